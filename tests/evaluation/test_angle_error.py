import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from stpose_tf import errors
from stpose_tf.evaluation import angle_error
from stpose_tf.geometry import skeletons

H36M = skeletons.get("h36m17")


def _poses(frames=25, seed=0):
    """Smooth motion of a body with spread limbs, z up."""
    rest = np.zeros((17, 3))
    steps = {"left": 1.0, "right": -1.0}
    for parent, child in H36M.bones:
        side, _, joint = H36M.joints[child].partition("_")
        step = {
            "hip": (130, 0, 0),
            "knee": (20, -30, -440),
            "ankle": (0, 60, -450),
            "shoulder": (150, 0, 20),
            "elbow": (120, 10, -250),
            "wrist": (60, -120, -200),
        }.get(joint, (0, -20, 230))
        rest[child] = rest[parent] + np.array(step) * (steps.get(side, 1.0), 1, 1)
    rng = np.random.default_rng(seed)
    time = np.arange(frames)[:, None, None] / 8
    sway = 40 * np.sin(time + rng.uniform(0, 6, (17, 3)))
    sway[:, 0] = 0
    return rest + sway


def test_known_euler_angles_of_known_exponential_maps():
    expmaps = [(0.3, -0.2, 0.5), (1.0, 0.5, -0.7)]
    found = angle_error.rotation_to_euler(angle_error.expmap_to_rotation(expmaps))
    known = [(-0.338416, 0.115171, -0.525115), (-1.091105, -0.065047, 0.820199)]
    np.testing.assert_allclose(found, known, atol=1e-6)


def test_rotations_are_scipys():
    expmaps = np.random.default_rng(1).normal(size=(50, 3))
    expmaps[0] = 0
    rotations = angle_error.expmap_to_rotation(expmaps)
    reference = Rotation.from_rotvec(expmaps)
    np.testing.assert_allclose(rotations, reference.as_matrix(), atol=1e-12)
    # R = Rx(-E1) Ry(-E2) Rz(-E3), as an independent library composes it.
    angles = angle_error.rotation_to_euler(rotations)
    again = Rotation.from_euler("XYZ", -angles).as_matrix()
    np.testing.assert_allclose(again, rotations, atol=1e-12)


@pytest.mark.parametrize("sine", [1.0, -1.0])
def test_a_locked_gimbal_still_gives_angles_of_the_rotation(sine):
    R = Rotation.from_euler("YZ", [sine * np.pi / 2, 0.4]).as_matrix()
    R[0, 2], R[1, 2], R[2, 2] = sine, 0.0, 0.0
    first, second, third = angle_error.rotation_to_euler(R)
    assert third == 0
    assert second == pytest.approx(-sine * np.pi / 2)
    assert first == pytest.approx(np.arctan2(R[0, 1], R[0, 2]))


def test_known_windows_of_known_lengths():
    starts = [402, 374, 63, 156, 323, 305, 443, 121]
    found = angle_error.window_starts((600, 700))
    assert found == [(number % 2, start) for number, start in enumerate(starts)]
    # Seeded anew for each action: the same lengths give the same windows.
    assert angle_error.window_starts((600, 700)) == found
    with pytest.raises(errors.InputError, match=r"Received: \[600, 150\]"):
        angle_error.window_starts((600, 150))


def test_the_error_is_a_norm_over_the_angles_that_move():
    truths = np.zeros((25, 99))
    truths[:, 0:6] = np.linspace(0, 1, 25)[:, None]  # the whole body: never counted
    truths[:, 9] = np.linspace(0, 0.5, 25)  # turns about x only
    truths[:, 30] = 0.3  # stands still: left out, however wrong
    predictions = truths.copy()
    predictions[:, 9] += 0.2
    predictions[:, 30] += 1.0
    predictions[:, 0:6] += 5.0
    np.testing.assert_allclose(
        angle_error.from_expmaps(predictions, truths), 0.2, atol=1e-9
    )
    truths[:, 33] = predictions[:, 33] = np.linspace(0, 0.4, 25)
    predictions[:, 33] += 0.15
    np.testing.assert_allclose(
        angle_error.from_expmaps(predictions, truths), 0.25, atol=1e-9
    )
    with pytest.raises(errors.InputError, match="99 numbers"):
        angle_error.from_expmaps(predictions[:, :54], truths[:, :54])


def test_angles_of_positions_know_no_size_place_or_heading():
    poses = _poses()
    turn = Rotation.from_rotvec([0.4, -0.9, 2.0]).as_matrix()
    moved = 1.7 * poses @ turn.T + [500.0, -20.0, 3000.0]
    error = angle_error.from_positions(moved, poses, skeleton=H36M)
    np.testing.assert_allclose(error, 0.0, atol=1e-9)
    assert angle_error.from_positions(_poses(seed=4), poses, skeleton=H36M).min() > 0.1


def test_bone_rotations_rebuild_the_directions_without_twist():
    poses = _poses()
    found = angle_error.bone_rotations(poses, H36M)
    np.testing.assert_allclose(
        found @ np.swapaxes(found, -1, -2),
        np.broadcast_to(np.eye(3), found.shape),
        atol=1e-9,
    )
    np.testing.assert_allclose(np.linalg.det(found), 1.0, atol=1e-9)
    # The knee's rotation bends the shank against the thigh by the angle they make.
    bones = [H36M.joints[child] for _, child in H36M.bones]
    thigh = poses[:, H36M.index("left_knee")] - poses[:, H36M.index("left_hip")]
    shank = poses[:, H36M.index("left_ankle")] - poses[:, H36M.index("left_knee")]
    cosine = (thigh * shank).sum(-1) / (
        np.linalg.norm(thigh, axis=-1) * np.linalg.norm(shank, axis=-1)
    )
    angles = Rotation.from_matrix(found[:, bones.index("left_ankle")]).magnitude()
    np.testing.assert_allclose(angles, np.arccos(cosine), atol=1e-7)


def test_a_bone_that_points_the_other_way_is_a_rotation_too():
    poses = _poses(frames=1)
    root, spine = H36M.index("hip"), H36M.index("spine")
    poses[:, spine] = poses[:, root] + [0, 0, 200.0]
    poses[:, H36M.index("thorax")] = poses[:, root] - [0, 0, 100.0]
    found = angle_error.bone_rotations(poses, H36M)
    np.testing.assert_allclose(np.linalg.det(found), 1.0, atol=1e-9)


def test_other_skeletons_have_no_pose_at_rest():
    with pytest.raises(errors.InputError, match="Received: smpl24"):
        angle_error.bone_rotations(np.zeros((24, 3)), skeletons.get("smpl24"))


def test_the_error_agrees_with_a_plain_loop_over_another_librarys_rotations():
    rng = np.random.default_rng(2)
    truths = rng.normal(scale=0.4, size=(25, 99))
    truths[:, 12:21] = truths[0, 12:21]  # three joints that stand still
    predictions = truths + rng.normal(scale=0.1, size=(25, 99))

    def angles(row):
        found = []
        for column in range(6, 99, 3):
            R = Rotation.from_rotvec(row[column : column + 3])
            found += list(-R.as_euler("XYZ"))
        return np.array(found)

    true_angles = np.array([angles(row) for row in truths])
    moving = [values.std() > 1e-4 for values in true_angles.T]
    assert sum(moving) == 93 - 9
    expected = [
        np.sqrt(sum((angles(row) - true)[moving] ** 2))
        for row, true in zip(predictions, true_angles, strict=True)
    ]
    found = angle_error.from_expmaps(predictions, truths)
    np.testing.assert_allclose(found, expected, atol=1e-6)
