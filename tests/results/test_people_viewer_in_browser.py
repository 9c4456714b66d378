"""The page of two people in headless Chromium: loads, plays, turns, says nothing."""

import json
import re

import pytest

from stpose_tf.results import people_viewer

pytestmark = pytest.mark.slow

# Runs after the page's own script: counts what is drawn, by a clock of its own.
DRIVE = """
<script>
const seen = {};
let circles = 0, texts = [];
const arc = pen.arc.bind(pen), fillText = pen.fillText.bind(pen);
pen.arc = (...where) => { circles += 1; arc(...where); };
pen.fillText = (text, ...where) => { texts.push(text); fillText(text, ...where); };
const inkOf = () => {
  const { width, height } = scene;
  const copy = Object.assign(document.createElement("canvas"), { width, height });
  const brush = copy.getContext("2d", { willReadFrequently: true });
  brush.drawImage(scene, 0, 0);
  const pixels = brush.getImageData(0, 0, width, height).data;
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 4) sum += pixels[i + 2] * (i % 997);
  return sum;
};
const note = (name) => {
  circles = 0; texts = []; draw();
  seen[name] = { ...state, frame: $("frame").textContent, circles,
    texts: [...texts], ink: inkOf() };
};
const pointer = (kind, x, y) => scene.dispatchEvent(new PointerEvent(kind,
  { pointerId: 1, clientX: x, clientY: y, buttons: 1, bubbles: true }));
const key = (name) => document.dispatchEvent(
  new KeyboardEvent("keydown", { key: name }));
note("opened");
pointer("pointerdown", 300, 300); pointer("pointermove", 425, 300);
pointer("pointerup", 425, 300); note("turned");
key("r");
const box = line.getBoundingClientRect();
line.dispatchEvent(new PointerEvent("pointerdown",
  { pointerId: 1, clientX: box.left + 8 + (box.width - 16) * 6 / 13, buttons: 1 }));
note("both");
key("End"); note("end");
key("Home"); key(" ");
requestAnimationFrame = () => 0;
clock = { time: 0, part: 0 };
for (let time = 50; time <= 400; time += 50) tick(time);
note("played");
const out = document.createElement("pre");
out.id = "seen"; out.textContent = JSON.stringify(seen); document.body.append(out);
</script>
</body>
"""


def test_two_people_play_and_turn(person, result, open_page, tmp_path):
    first, second = person(range(4, 14)), person(range(8, 18), name="ann", seed=1)
    people = result(first, second)
    page = tmp_path / "page.html"
    people_viewer.write(people, page, places=[first.roots, second.roots])
    done = open_page(page.read_text().replace("</body>", DRIVE))
    assert "CONSOLE" not in done.stderr, done.stderr
    assert 'data-ready="yes"' in done.stdout
    seen = json.loads(re.search(r'<pre id="seen">(.*?)</pre>', done.stdout)[1])

    def ids(moment):
        return [text for text in seen[moment]["texts"] if text in ("0", "ann")]

    assert (seen["opened"]["frame"], ids("opened")) == ("4", ["0"])
    assert seen["opened"]["circles"] == 17
    assert seen["turned"]["yaw"] == pytest.approx(seen["opened"]["yaw"] + 1.0)
    assert seen["turned"]["ink"] != seen["opened"]["ink"]
    assert (seen["both"]["frame"], ids("both")) == ("10", ["0", "ann"])
    assert seen["both"]["circles"] == 34
    assert (seen["end"]["frame"], ids("end")) == ("17", ["ann"])
    # 0.4 s at 30 frames/s.
    assert seen["played"]["playing"] is True
    assert seen["played"]["frame"] == "16"
