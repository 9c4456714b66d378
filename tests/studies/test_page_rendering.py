import html.parser

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.studies import page, page_rendering, repetitions
from stpose_tf.viz import drawing


class _Balance(html.parser.HTMLParser):
    """Checks that every element is closed in order."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def _page():
    rng = np.random.default_rng(0)
    series = page.Series(
        name="ours", x=(1.0, 2.0, 4.0), y=(3.0, None, 5.0), spread=(0.5, None, None)
    )
    paper = page.Series(name="paper", x=(1.0, 2.0), y=(2.0, 2.5), reference=True)
    chart = page.Chart(
        title="t", x_label="x", y_label="mm", series=(series, paper), logarithmic=True
    )
    named = page.Chart(
        title="t", x_label="", y_label="mm", series=(series,), ticks=("a", "b", "c")
    )
    return page.Page(
        title="A <title> & more",
        command="python tools/experiment.py --table=2",
        blocks=(
            page.Text(text="One < two", items=("first", "second"), heading="Words"),
            page.Text(text="Partial: gone", items=("row",), warning=True),
            page.Table(
                header=("", "a|b"),
                rows=(("x", "1"), ("ours", "")),
                caption="mm",
                emphasized=(1,),
            ),
            page.Charts(charts=(chart, named), heading="Curves"),
            page.Strip(
                input_skeleton="coco17",
                output_skeleton="h36m17",
                keypoints=rng.uniform(size=(3, 17, 2)).tolist(),
                hidden=[[False] * 17, [True] * 17, [True] + [False] * 16],
                poses={"full": rng.normal(scale=300, size=(3, 17, 3)).tolist()},
                truths=rng.normal(scale=300, size=(3, 17, 3)).tolist(),
                names=("frame 1", "frame 2", "frame 3"),
                caption="crosses",
            ),
        ),
    )


def test_a_page_is_whole_and_the_same_each_time(tmp_path):
    web, text = page_rendering.write(tmp_path, "report", _page())
    content = web.read_text()
    checked = _Balance()
    checked.feed(content)
    assert checked.open == []
    assert content.count("<svg") == 2
    assert "A &lt;title&gt; &amp; more" in content
    assert '<tr class="ours">' in content
    assert '<div class="warning">' in content
    words = text.read_text()
    assert "**Partial: gone**" in words
    assert "- first\n- second" in words
    assert "![Curves](report-1.svg)" in words
    assert r"a\|b" in words
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    page_rendering.write(tmp_path, "report", _page())
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_without_matplotlib_the_words_are_there(tmp_path, monkeypatch):
    def refuse(width, height):
        raise errors.InputError("Pictures: expected Matplotlib")

    monkeypatch.setattr(drawing, "figure", refuse)
    with pytest.raises(errors.InputError, match="Matplotlib"):
        page_rendering.write(tmp_path, "report", _page())
    assert "**Partial: gone**" in (tmp_path / "report.md").read_text()
    assert not (tmp_path / "report.html").exists()


def test_mean_and_sample_deviation():
    # 40, 42, 47: mean 43, squared deviations 9 + 1 + 16 = 26, 26 / 2 = 13.
    spread = repetitions.of([40.0, None, 42.0, 47.0])
    assert spread.mean == 43.0
    assert spread.stddev == pytest.approx(13**0.5)
    assert spread.text() == "43.0 ± 3.6"
    assert repetitions.of([40.0]).text() == "40.0"
    assert repetitions.of([None]).text() == ""
