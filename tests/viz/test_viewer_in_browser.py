"""Drives the viewer in headless Chromium: what it shows and how it is moved."""

import json
import re

import numpy as np
import pytest

from stpose_tf.geometry import skeletons
from stpose_tf.viz import viewer

pytestmark = pytest.mark.slow

# Runs after the page's own script and leaves what it saw in the page.
DRIVE = """
<script>
const seen = {};
const note = (name) => { seen[name] = { ...state, frame: $("frame").textContent,
  error: $("error").textContent, ink: inkOf(scene), clipName: clip().name }; };
const inkOf = ({ width, height }) => {
  const copy = Object.assign(document.createElement("canvas"), { width, height });
  const brush = copy.getContext("2d", { willReadFrequently: true });
  brush.drawImage(scene, 0, 0);
  const pixels = brush.getImageData(0, 0, width, height).data;
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 4) sum += pixels[i + 2] * (i % 997);
  return sum;
};
const pointer = (kind, x, y, id = 1) => scene.dispatchEvent(new PointerEvent(kind,
  { pointerId: id, clientX: x, clientY: y, buttons: 1, bubbles: true }));
const key = (name) => document.dispatchEvent(
  new KeyboardEvent("keydown", { key: name }));
note("opened");
pointer("pointerdown", 300, 300); pointer("pointermove", 400, 330);
pointer("pointerup", 400, 330); note("turned");
scene.dispatchEvent(new WheelEvent("wheel", { deltaY: -300, cancelable: true }));
note("zoomed");
pointer("pointerdown", 300, 300, 1); pointer("pointerdown", 400, 300, 2);
pointer("pointermove", 500, 300, 2); pointer("pointerup", 300, 300, 1);
pointer("pointerup", 500, 300, 2); note("pinched");
key("r"); note("home");
key("ArrowRight"); key("ArrowRight"); note("stepped");
key("End"); note("end");
key("o"); note("overlaid");
const box = line.getBoundingClientRect();
line.dispatchEvent(new PointerEvent("pointerdown",
  { pointerId: 1, clientX: box.left + box.width / 2, buttons: 1 }));
note("scrubbed");
$("clip").value = "1"; $("clip").dispatchEvent(new Event("change")); note("other");
$("clip").value = "0"; $("clip").dispatchEvent(new Event("change"));
$("speed").value = "2"; $("speed").dispatchEvent(new Event("change"));
key(" "); note("playing");
// The page's clock is ours: 50 ms a picture, and 2 s that it did not draw.
seen.asked = 0;
requestAnimationFrame = (callback) => { seen.asked += callback === tick; };
clock = { time: 0, part: 0 };
for (let time = 50; time <= 400; time += 50) tick(time);
note("played");
tick(2400); note("late");
const out = document.createElement("pre");
out.id = "seen"; out.textContent = JSON.stringify(seen); document.body.append(out);
</script>
</body>
"""


@pytest.fixture
def clips(walker):
    truths, predictions, hidden = walker
    skeleton = skeletons.get("h36m17")
    return [
        viewer.ViewerClip(
            name="first",
            fps=25.0,
            skeleton=skeleton,
            truths=truths,
            predictions=predictions,
            occluded=hidden,
            frame_step=2,
        ),
        viewer.ViewerClip(
            name="alone", fps=50.0, skeleton=skeleton, predictions=predictions
        ),
    ]


def test_the_viewer_is_moved_by_mouse_fingers_and_keys(clips, walker, open_page):
    truths, predictions, _ = walker
    page = viewer.to_html(clips, title="Driven").replace("</body>", DRIVE)
    done = open_page(page)
    assert "CONSOLE" not in done.stderr, done.stderr
    seen = json.loads(re.search(r'<pre id="seen">(.*?)</pre>', done.stdout)[1])
    errors = np.linalg.norm(predictions - truths, axis=-1).mean(axis=1)

    opened = seen["opened"]
    assert opened["error"].startswith(f"{errors[0]:.1f} mm")
    assert f"{errors.mean():.1f} mm mean" in opened["error"]
    assert opened["frame"] == "0"
    assert opened["ink"] > 0  # something is drawn

    assert seen["turned"]["yaw"] == pytest.approx(opened["yaw"] + 0.8)
    assert seen["turned"]["pitch"] == pytest.approx(opened["pitch"] + 0.24)
    assert seen["turned"]["ink"] != opened["ink"]
    assert seen["zoomed"]["zoom"] == pytest.approx(np.exp(0.36))
    # Two fingers 100 px apart move to 200 px.
    ratio = seen["pinched"]["zoom"] / seen["zoomed"]["zoom"]
    assert ratio == pytest.approx(2)
    assert seen["home"]["ink"] == opened["ink"]

    assert seen["stepped"]["frame"] == "4"  # every frame is two of the clip's
    assert seen["stepped"]["error"].startswith(f"{errors[2]:.1f} mm")
    assert seen["end"]["frame"] == "58"
    assert seen["overlaid"]["overlay"] is True
    assert seen["overlaid"]["ink"] != seen["end"]["ink"]
    assert seen["scrubbed"]["frame"] in ("28", "30")

    assert seen["other"]["clipName"] == "alone"
    assert seen["other"]["error"] == ""
    assert seen["other"]["frame"] == "0"
    assert seen["playing"]["playing"] is True
    # 0.4 s at twice 25 frames/s, each of two frames; then at most 0.1 s at once.
    assert seen["played"]["frame"] == "40"
    assert seen["late"]["frame"] == "50"
    assert seen["asked"] == 9  # each picture asks for the next


def test_a_link_opens_a_clip_at_a_frame(clips, open_page):
    done = open_page(viewer.to_html(clips), "#clip=1&frame=7")
    assert "CONSOLE" not in done.stderr, done.stderr
    assert re.search(r'id="frame">7<', done.stdout)
    assert 'data-ready="yes"' in done.stdout
