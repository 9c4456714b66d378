import base64
import json
import re

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.geometry import skeletons
from stpose_tf.viz import viewer

H36M = skeletons.get("h36m17")


def _clip(walker, **changes):
    truths, predictions, hidden = walker
    fields = {"truths": truths, "predictions": predictions, "occluded": hidden}
    return viewer.ViewerClip(
        **{"name": "walk", "fps": 25.0, "skeleton": H36M, **fields, **changes}
    )


def _payload(page):
    (text,) = re.findall(r'id="payload">(.*?)</script>', page, re.DOTALL)
    return json.loads(text)


def _floats(text):
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(-1, 17, 3)


def test_the_page_needs_nothing_from_outside(walker):
    page = viewer.to_html([_clip(walker)])
    assert not re.findall(r"https?://|//cdn|@import|url\(", page)
    assert not re.findall(r"<(?:link|img|iframe)\b|\bsrc=|fetch\(", page)
    assert "__" not in re.sub(r'id="payload">.*?</script>', "", page, flags=re.DOTALL)


def test_the_poses_come_back_turned_upright(walker):
    truths, predictions, hidden = walker
    (clip,) = _payload(viewer.to_html([_clip(walker)]))["clips"]
    # x stays, y turns from down to up, z from away to near.
    turned = predictions * [1, -1, -1]
    np.testing.assert_allclose(_floats(clip["prediction"]), turned, atol=1e-3)
    np.testing.assert_allclose(_floats(clip["truth"]), truths * [1, -1, -1], atol=1e-3)
    bits = np.frombuffer(base64.b64decode(clip["occluded"]), np.uint8)
    np.testing.assert_array_equal(bits.reshape(30, 17), hidden)
    assert clip["sides"][H36M.index("left_wrist")] == "L"
    assert clip["sides"][H36M.index("right_knee")] == "R"
    assert clip["sides"][H36M.index("head")] == "C"
    assert len(clip["bones"]) == 16


@pytest.mark.parametrize(
    "up", [(0, -1, 0), (0.3, -0.9, -0.2), (0, 0, 1), (0, 0.01, -1)]
)
def test_upright_is_a_rotation_that_lifts_up(up):
    rotation = viewer.upright(up)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)  # left stays left
    np.testing.assert_allclose(
        rotation @ (np.array(up) / np.linalg.norm(up)), [0, 1, 0], atol=1e-12
    )


def test_a_person_that_walks_takes_truth_and_prediction_along(walker):
    roots = np.linspace([0, 0, 4000], [500, 0, 5000], 30)
    (moved,) = _payload(viewer.to_html([_clip(walker, roots=roots)]))["clips"]
    (fixed,) = _payload(viewer.to_html([_clip(walker)]))["clips"]
    for name in ("truth", "prediction"):
        np.testing.assert_allclose(
            _floats(moved[name]) - _floats(fixed[name]),
            np.broadcast_to((roots * [1, -1, -1])[:, None], (30, 17, 3)),
            atol=1e-3,
        )


def test_the_floor_is_under_the_feet_of_the_truth(walker):
    truths, _, _ = walker
    (clip,) = _payload(viewer.to_html([_clip(walker)]))["clips"]
    lowest = (-truths[..., 1]).min(axis=1)
    assert lowest.min() <= clip["floor"] <= np.median(lowest)


def test_an_unknown_truth_does_not_reach_the_numbers_of_the_page(walker):
    truths, _, _ = walker
    unknown = truths.copy()
    unknown[:, 3] = np.nan
    (clip,) = _payload(viewer.to_html([_clip(walker, truths=unknown)]))["clips"]
    assert np.isfinite([clip["floor"], *clip["middle"]]).all()
    none = np.full_like(truths, np.nan)
    (clip,) = _payload(viewer.to_html([_clip(walker, truths=none)]))["clips"]
    assert np.isfinite([clip["floor"], *clip["middle"]]).all()


def test_names_cannot_break_the_page(walker):
    name = '</script><script>alert("x")</script>'
    page = viewer.to_html([_clip(walker, name=name)], title="<b>&")
    assert page.count("<script") == 2
    assert _payload(page)["clips"][0]["name"] == name
    assert "<title>&lt;b&gt;&amp;</title>" in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"truths": np.zeros((29, 17, 3))}, "truths"),
        ({"predictions": np.zeros((30, 16, 3))}, "predictions"),
        ({"roots": np.zeros((30, 2))}, "roots"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(walker, changes, field):
    with pytest.raises(errors.InputError, match=f"expected {field} of walk"):
        viewer.to_html([_clip(walker, **changes)])


def test_no_clip_is_refused():
    with pytest.raises(errors.InputError, match="Received: none"):
        viewer.to_html([])
