import numpy as np
import pytest

from stpose_tf.geometry import skeletons
from stpose_tf.lifting import absolute_root, intrinsics

CAMERA = intrinsics.given(1100.0, 1050.0, 940.0, 560.0)
TO_CAMERA = np.array([1.0, -1.0, -1.0])  # y up and towards the camera to its frame


@pytest.fixture
def scene(marcher):
    """Somebody who walks before a camera: relative poses, roots and rays."""

    def make(frames=60, turn=1.0):
        bodies = marcher(frames, turn=turn) * TO_CAMERA + [0.0, 1300.0, 5000.0]
        roots = bodies[:, 0]
        rays = CAMERA.rays(CAMERA.project(bodies))
        return bodies - roots[:, None], roots, rays

    return make


def test_the_true_root_comes_back_from_true_keypoints(scene):
    poses, roots, rays = scene()
    weights = np.ones(rays.shape[:2])
    found = absolute_root.fit(poses, rays, weights, fps=30.0)
    np.testing.assert_allclose(found, roots, atol=8.0)


def test_false_keypoints_and_absent_ones_move_it_little(scene):
    poses, roots, rays = scene()
    rng = np.random.default_rng(0)
    noisy = rays + rng.normal(scale=2.0 / 1100, size=rays.shape)
    weights = rng.uniform(0.5, 1.0, rays.shape[:2])
    false = rng.uniform(size=weights.shape) < 0.15
    noisy[false] += rng.normal(scale=0.3, size=(false.sum(), 2))
    weights[rng.uniform(size=weights.shape) < 0.2] = 0.0
    noisy[weights == 0.0] = np.nan
    found = absolute_root.fit(poses, noisy, weights, fps=30.0)
    off = np.abs(found - roots)
    assert np.median(off[:, :2]) < 10
    assert np.median(off[:, 2]) < 40
    assert off.max() < 150


def test_frames_without_the_person_are_bridged(scene):
    poses, roots, rays = scene(turn=0.3)
    weights = np.ones(rays.shape[:2])
    weights[25:40] = 0.0
    found = absolute_root.fit(poses, rays, weights, fps=30.0)
    np.testing.assert_allclose(found, roots, atol=60.0)


def test_a_person_twice_as_large_stands_twice_as_far(scene):
    poses, _, rays = scene(20)
    weights = np.ones(rays.shape[:2])
    near = absolute_root.fit(poses, rays, weights, fps=30.0)
    far = absolute_root.fit(2.0 * poses, rays, weights, fps=30.0)
    np.testing.assert_allclose(far, 2.0 * near, rtol=0.01, atol=1.0)


def test_a_jump_is_not_smoothed_away(scene):
    poses, roots, rays = scene(40)
    time = np.arange(40) / 30
    up = np.maximum(0.0, 3.0 * (time - 0.4) - 4.905 * (time - 0.4) ** 2) * 1000
    up[time < 0.4] = 0.0
    jumped = roots - up[:, None] * [0, 1, 0]
    rays = CAMERA.rays(CAMERA.project(poses + jumped[:, None]))
    found = absolute_root.fit(poses, rays, np.ones(rays.shape[:2]), fps=30.0)
    assert up.max() > 400
    assert np.abs(found - jumped)[:, 1].max() < 40


def test_too_little_to_see_is_no_place(scene):
    poses, _, rays = scene(10)
    weights = np.zeros(rays.shape[:2])
    weights[:, :2] = 1.0
    assert absolute_root.fit(poses, rays, weights, fps=30.0) is None


def test_joints_are_shared_by_name_but_not_the_head():
    coco, h36m = skeletons.get("coco17"), skeletons.get("h36m17")
    pairs = absolute_root.shared_joints(coco.joints, h36m.joints)
    names = {h36m.joints[joint] for _, joint in pairs}
    assert all(coco.joints[k] == h36m.joints[j] for k, j in pairs)
    assert names == {
        f"{side}_{part}"
        for side in ("left", "right")
        for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    }


def test_a_field_of_view_is_twice_the_angle_to_the_edge():
    camera = intrinsics.from_field_of_view(90.0, (1000, 600))
    assert (camera.fx, camera.fy) == (pytest.approx(500), pytest.approx(500))
    np.testing.assert_allclose(camera.rays([1000.0, 300.0]), [1.0, 0.0])
    np.testing.assert_allclose(camera.project([1.0, 0.0, 1.0]), [1000, 300])
    tall = intrinsics.assumed((600, 1000))
    assert tall.fx == intrinsics.assumed((1000, 600)).fx
    assert (tall.cx, tall.cy, tall.origin) == (300, 500, "assumed")
