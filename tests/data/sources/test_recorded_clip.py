import numpy as np
import pytest
from numpy.testing import assert_allclose

from stpose_tf import errors
from stpose_tf.data.sources.recorded import (
    joint_order,
    recorded_clip,
    recovered_cameras,
)
from stpose_tf.geometry import skeletons

RNG = np.random.default_rng(2)
MPI = "mpi_inf_3dhp_17"


def parts(*, shift=0.0):
    """Returns truth and a sight of it, 4 m before a level camera."""
    joints = RNG.uniform([-500, 3500, 0], [500, 4500, 1700], (6, 17, 3))
    camera = recovered_cameras.pinhole(
        np.array([1000.0, 1000]),
        np.array([500.0, 500]),
        rotation=recovered_cameras.LEVEL,
        translation=np.array([0.0, 900, 0]),
    )
    points = joints @ recovered_cameras.LEVEL.T + [0, 900, 0]
    pixels = points[..., :2] / points[..., 2:] * 1000 + 500 + shift
    every = np.ones((6, 17), bool)
    sight = recorded_clip.Sight(
        name="camera",
        keypoints=pixels,
        confidence=every * 0.5,
        labelled=every,
        image_size=(1000, 1000),
        camera=camera,
    )
    return recorded_clip.Truth(skeleton=MPI, joints=joints, known=every), sight


def build(truth, *sights, **options):
    given = {"input_skeleton": MPI, **options}
    return recorded_clip.build(
        clip_id="c",
        dataset="d",
        subject="s",
        action="a",
        fps=25.0,
        seen_skeleton=MPI,
        sights=sights,
        truth=truth,
        **given,
    )


def test_positions_and_confidence_follow_their_joints():
    truth, sight = parts()
    clip = build(truth, sight, input_skeleton="h36m17")
    one, other = skeletons.get(MPI), skeletons.get("h36m17")
    for name, source in (("hip", "pelvis"), ("left_knee", "left_knee")):
        row, column = other.index(name), one.index(source)
        assert_allclose(clip.pose_world[:, row], truth.joints[:, column], rtol=1e-6)
        assert_allclose(
            clip.views[0].keypoints[:, row], sight.keypoints[:, column], rtol=1e-6
        )
    assert_allclose(clip.views[0].confidence, 0.5)


def test_a_mean_of_an_unknown_joint_is_unknown():
    positions = RNG.normal(size=(3, 17, 3))
    known = np.ones((3, 17), bool)
    coco = skeletons.get("coco17")
    known[1, coco.index("left_hip")] = False
    positions[1, coco.index("left_hip")] = np.nan
    found, valid = joint_order.change(
        positions, known, source="coco17", target="h36m17"
    )
    h36m = skeletons.get("h36m17")
    assert np.flatnonzero(~valid[1]).tolist() == [
        h36m.index(name) for name in ("hip", "left_hip", "spine")
    ]
    assert (found[1, h36m.index("hip")] == 0).all()
    hips = [coco.index("left_hip"), coco.index("right_hip")]
    assert_allclose(found[0, 0], positions[0, hips].mean(axis=0), rtol=1e-6)


def test_2d_that_the_3d_does_not_project_on_is_refused():
    truth, sight = parts(shift=30.0)
    with pytest.raises(errors.InputError, match=r"c, camera: .* Received: 42 px"):
        build(truth, sight)
    build(*parts(shift=5.0))


def test_keypoints_in_3d_are_for_new_cameras_that_stand_in_the_world():
    truth, sight = parts()
    assert build(truth, sight).keypoints_world is not None
    assert build(truth, sight, moving_camera=True).keypoints_world is None
    truth.known[2, 4] = False
    assert build(truth, sight).keypoints_world is None


def test_the_floor_is_70_mm_under_the_ankles():
    truth, _ = parts()
    ankles = [skeletons.get(MPI).index(f"{side}_ankle") for side in ("left", "right")]
    truth.joints[:, ankles, 2] = [[-320, -100]]
    assert recorded_clip.lift_to_floor(truth) == pytest.approx(390)
    truth.known[:] = False
    assert recorded_clip.lift_to_floor(truth) == 0
