import sys

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.geometry import skeletons
from stpose_tf.viz import contact_sheet, strip

COCO, H36M = skeletons.get("coco17"), skeletons.get("h36m17")
PNG = b"\x89PNG\r\n\x1a\n"


def _size(path):
    content = path.read_bytes()
    assert content.startswith(PNG)
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def test_heat_maps_keep_their_side_in_the_picture():
    maps = np.zeros((4, 4, 17))
    maps[0, 0, COCO.index("left_wrist")] = 1
    maps[3, 3, COCO.index("right_wrist")] = 1
    picture = strip.composite(maps, COCO)
    assert picture[0, 0, 2] > picture[0, 0, 0]  # blue
    assert picture[3, 3, 0] > picture[3, 3, 2]  # orange
    assert (picture[1, 1] == 0).all()
    crowded = strip.composite(np.ones((4, 4, 17)), COCO)
    assert crowded.max() == 1


def test_instants_run_from_the_first_to_the_last_frame():
    assert strip.spread(30, 4) == [0, 10, 19, 29]
    assert strip.spread(3, 8) == [0, 1, 2]
    assert strip.spread(1, 8) == [0]


def test_a_strip_and_a_sheet_are_pictures(walker, tmp_path):
    pytest.importorskip("matplotlib")
    truths, predictions, hidden = walker
    maps = np.random.default_rng(0).uniform(size=(30, 8, 8, 17))
    options = {
        "heatmaps": maps,
        "predictions": predictions,
        "input_skeleton": COCO,
        "output_skeleton": H36M,
    }
    strip.write(
        tmp_path / "new" / "full.png",
        **options,
        truths=truths,
        occluded=hidden,
        hidden_joints=hidden,
        places=np.full((30, 17, 2), 3.0),
        instants=4,
        title="A title",
    )
    strip.write(tmp_path / "plain.png", **options, instants=4)
    full, plain = _size(tmp_path / "new" / "full.png"), _size(tmp_path / "plain.png")
    assert full[1] > plain[1]  # the row of truths
    rows = [
        contact_sheet.SheetRow(name="a", predictions=predictions, truths=truths),
        contact_sheet.SheetRow(name="b", predictions=predictions[:2]),
    ]
    contact_sheet.write(tmp_path / "sheet.png", rows, H36M, instants=3)
    assert _size(tmp_path / "sheet.png")[0] > 200


def test_a_sheet_of_nothing_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match="Received: none"):
        contact_sheet.write(tmp_path / "x.png", [], H36M)


def test_without_matplotlib_it_says_what_to_install(walker, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    rows = [contact_sheet.SheetRow(name="a", predictions=walker[0])]
    with pytest.raises(errors.InputError, match=r'pip install "stpose-tf\[viz\]"'):
        contact_sheet.write(tmp_path / "x.png", rows, H36M)
