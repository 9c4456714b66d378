import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.data.windows import features
from stpose_tf.geometry import cameras, crops, heatmaps

SETTINGS = {"output_skeleton": "h36m17", "heatmap_size": (32, 48), "sigma": 1.5}


@pytest.fixture
def window(make_clip):
    """A clip, and its first view and motion as they are parsed."""
    clip = make_clip("one", frames=6)
    view = clip.views[0]
    arrays = {
        name: tf.constant(getattr(view, name))
        for name in ("keypoints", "confidence", "labelled", "crop")
    }
    motion = {
        "pose_world": tf.constant(clip.pose_world),
        "pose_valid": tf.ones([6, 17], tf.bool),
    }
    return clip, arrays, motion


def test_the_pose_is_the_motion_in_the_cameras_frame(window):
    clip, arrays, motion = window
    camera = clip.views[0].camera
    example = features.window_example(arrays, motion, camera=camera, **SETTINGS)
    seen = cameras.world_to_camera(clip.pose_world, camera)
    np.testing.assert_allclose(example["pose"], seen - seen[:, :1], atol=0.02)
    np.testing.assert_array_equal(example["pose"][:, 0], 0)
    # And the picture is a picture of it: keypoints that are joints project there.
    wrist = cameras.project(seen[:, 13], camera)
    np.testing.assert_allclose(arrays["keypoints"][:, 9], wrist, atol=0.05)


def test_unit_labels_lie_where_the_crop_frame_says(window):
    """About the crop's center a long lens is a scaled orthographic camera."""
    clip, arrays, motion = window
    camera = clip.views[0].camera
    example = features.window_example(arrays, motion, camera=camera, **SETTINGS)
    turned = tf.einsum("tde,tje->tjd", example["crop_rotation"], example["pose"])
    weights = tf.ones([6, 13])
    body = [0, 11, 14, 12, 15, 13, 16, 4, 1, 5, 2, 6, 3]  # h36m17
    keypoints = [0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]  # coco17
    joints = tf.gather(turned, body[1:], axis=1)
    labels = tf.gather(example["keypoint_labels"], keypoints[1:], axis=1)
    projected, scale = crops.fit_orthographic(joints, labels, weights[:, 1:])
    assert scale > 0
    assert np.abs(projected - labels).mean() < 0.02
    # The crop's center is in the direction that the crop frame calls forward.
    center = np.append(
        (example["crop"][0, :2] - camera.center) / camera.focal, 1.0
    ).astype(np.float32)
    forward = example["crop_rotation"][0].numpy() @ (center / np.linalg.norm(center))
    np.testing.assert_allclose(forward, [0, 0, 1], atol=1e-5)


def test_rendered_maps_peak_at_the_keypoints_as_high_as_the_confidence(window):
    clip, arrays, motion = window
    arrays["confidence"] = tf.fill([6, 17], 0.5) * tf.linspace(0.0, 1.0, 17)
    example = features.window_example(
        arrays, motion, camera=clip.views[0].camera, **SETTINGS
    )
    target = features.render(features.target(example), (32, 48))
    found = heatmaps.decode(target["heatmaps"]).numpy()
    inside = (found[..., 2] > 0).all(0)
    assert inside.sum() >= 14
    np.testing.assert_allclose(
        found[:, inside, :2], example["keypoints"].numpy()[:, inside], atol=0.01
    )
    np.testing.assert_allclose(found[:, 1:, 2], arrays["confidence"][:, 1:], rtol=0.2)
    assert not target["heatmaps"].numpy()[..., 0].any()  # confidence 0
    assert target["only_2d"] == 0


def test_a_view_of_an_unknown_camera_is_2d_only(window):
    _, arrays, motion = window
    nowhere = cameras.unpack(tf.zeros([22]))
    example = features.window_example(arrays, motion, camera=nowhere, **SETTINGS)
    assert not example["pose"].numpy().any()
    np.testing.assert_allclose(
        example["crop_rotation"], np.tile(np.eye(3), (6, 1, 1)), atol=1e-6
    )
    target = features.target(example)
    assert target["only_2d"] == 1
    assert not target["pose_valid"].numpy().any()
    assert target["labelled"].numpy().all()


def test_frames_outside_the_clip_are_empty(window):
    clip, arrays, motion = window
    example = features.window_example(
        arrays, motion, camera=clip.views[0].camera, **SETTINGS
    )
    inside = np.array([False, True, True, True, True, False])
    found = features.without_frames_outside(example, tf.constant(inside))
    target = features.render(features.target(found), (32, 48))
    for name in ("heatmaps", "pose_valid", "labelled"):
        values = target[name].numpy().reshape(6, -1)
        np.testing.assert_array_equal(values.any(-1), inside)
    np.testing.assert_array_equal(found["pose"], example["pose"])


def test_frames_without_a_root_have_no_pose(window):
    clip, arrays, motion = window
    valid = np.ones((6, 17), bool)
    valid[2, 0] = valid[3, 5] = False
    motion["pose_valid"] = tf.constant(valid)
    example = features.window_example(
        arrays, motion, camera=clip.views[0].camera, **SETTINGS
    )
    found = example["pose_valid"].numpy()
    assert not found[2].any()
    assert found[3].sum() == 16
    assert not example["pose"].numpy()[~found].any()


def test_recorded_maps_are_taken_as_they_are(window):
    clip, arrays, motion = window
    maps = tf.random.stateless_uniform([6, 32, 48, 17], [1, 2])
    example = features.window_example(
        {**arrays, "heatmaps": maps},
        motion,
        camera=clip.views[0].camera,
        **SETTINGS,
    )
    assert "peaks" not in example
    target = features.render(features.target(example), (32, 48))
    np.testing.assert_array_equal(target["heatmaps"], maps)
