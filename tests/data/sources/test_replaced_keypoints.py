import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from stpose_tf import errors
from stpose_tf.geometry import skeletons

FILES = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("detected_files.py")))
)


def penn_entries(points, *, lost=()):
    """Returns AlphaPose's list for images called as Penn Action's are."""
    return [
        {
            "image_id": f"{frame + 1:06d}.jpg",
            "category_id": 1,
            "keypoints": rows.reshape(-1).tolist(),
            "score": 2.5,
            "idx": 1,
            "box": [0, 0, 10, 10],
        }
        for frame, rows in enumerate(points)
        if frame not in lost
    ]


def test_files_that_leave_out_empty_frames_are_counted_as_the_images_are(tmp_path):
    files = FILES.load("penn_action_files")
    files.write(tmp_path / "in", "0001", files.fields())
    own = FILES.first("penn_action", tmp_path / "in", input_skeleton="coco17").read()
    points = FILES.people(own.views[0], others=0)[0]
    (tmp_path / "seen").mkdir()
    place = tmp_path / "seen" / "0001.json"
    place.write_text(json.dumps(penn_entries(points, lost=(0, 1, 45))))
    options = {"detections": tmp_path / "seen"}
    clip = FILES.first("penn_action", tmp_path / "in", **options).read()
    (view,) = clip.views
    assert clip.input_skeleton == "coco17"
    assert not view.confidence[[0, 1, 45]].any()
    assert (view.confidence[2:45] > 0).any(axis=1).all()
    there = view.confidence > 0
    assert_allclose(view.keypoints[there], points[..., :2][there], atol=0.1)
    # In another order, where that is asked for.
    turned = FILES.first(
        "penn_action", tmp_path / "in", input_skeleton="h36m17", **options
    )
    clip = turned.read()
    assert clip.input_skeleton == "h36m17"
    left = skeletons.get("h36m17").index("left_knee")
    same = skeletons.get("coco17").index("left_knee")
    assert_allclose(clip.views[0].keypoints[2:45, left], points[2:45, same, :2], 1e-4)
    # One frame more than there are labels.
    more = np.concatenate([points, points[-1:]])
    place.write_text(json.dumps(penn_entries(more)))
    with pytest.raises(errors.InputError, match=r"46 frames .* in frame 46 from 0"):
        FILES.first("penn_action", tmp_path / "in", **options).read()


def test_annotations_are_truth(tmp_path):
    files = FILES.load("penn_action_files")
    files.write(tmp_path / "in", "0001", files.fields())
    own = FILES.first("penn_action", tmp_path / "in", input_skeleton="coco17").read()
    points = FILES.people(own.views[0], others=0)[0]
    points[..., 2] = np.where(points[..., 2] > 0, 2, 0)
    images = [{"id": n, "file_name": f"{n + 1:06d}.jpg"} for n in range(len(points))]
    entries = [
        {"image_id": n, "category_id": 1, "keypoints": rows.reshape(-1).tolist()}
        for n, rows in enumerate(points)
    ]
    (tmp_path / "seen").mkdir()
    document = {"images": images, "annotations": entries}
    (tmp_path / "seen" / "0001.json").write_text(json.dumps(document))
    clip = FILES.first(
        "penn_action", tmp_path / "in", detections=tmp_path / "seen"
    ).read()
    assert_array_equal(clip.views[0].labelled, points[..., 2] > 0)
    assert clip.views[0].labelled.any()


def test_views_of_other_keypoints_are_refused(tmp_path):
    path, names = FILES.h36m_npz(tmp_path)
    clip = FILES.first("h36m_npz", path).read()
    FILES.save_all(tmp_path / "seen", names, clip)
    FILES.save(tmp_path / "seen", names[2], np.ones((1, 24, 13, 3)), "penn13")
    with pytest.raises(
        errors.InputError, match=r"keypoints of h36m17\. Received: penn"
    ):
        FILES.first("h36m_npz", path, detections=tmp_path / "seen").read()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"detections": "{0}/no"}, r"--detections: expected a folder\. Received"),
        ({"maps": "{0}/no"}, r"--maps: expected a folder\. Received"),
        ({"detections": "{0}", "maps": "{0}"}, "--maps: expected none with --detectio"),
        ({"layout": "tkhw"}, "--layout: expected none without --detections or --maps"),
        ({"detections": "{0}", "peak": 9.0}, "--peak: expected none without --maps"),
        (
            {"maps": "{0}", "file_format": "coco"},
            "--file_format: expected none with --maps",
        ),
        (
            {"detections": "{0}", "keypoints": "gt"},
            "--keypoints: expected none with --detections or --maps",
        ),
        ({"maps": "{0}", "origin": "left"}, "origin: expected one of edge, center"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(tmp_path, options, says):
    path, _ = FILES.h36m_npz(tmp_path)
    options = {
        name: Path(value.format(tmp_path)) if "{0}" in str(value) else value
        for name, value in options.items()
    }
    with pytest.raises(errors.InputError, match=says):
        FILES.first("h36m_npz", path, **options)
