import numpy as np

from stpose_tf.training import mean_pose


def test_the_mean_is_over_valid_joints_in_the_crop_frame():
    quarter_turn = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], float)
    pose = np.zeros((1, 2, 2, 3))
    pose[0, 0, 1] = [10, 0, 0]  # seen as (0, 10, 0)
    pose[0, 1, 1] = [np.nan, 0, 0]
    valid = np.array([[[1, 1], [1, 0]]], float)
    batch = {
        "pose": pose,
        "pose_valid": valid,
        "crop_rotation": np.broadcast_to(quarter_turn, (1, 2, 3, 3)),
    }
    other = {**batch, "pose": np.where(np.isnan(pose), 0, 3 * pose)}
    # Joint 1 is seen once in each batch: (0, 10, 0) and (0, 30, 0).
    found = mean_pose.mean_pose([batch, other])
    np.testing.assert_allclose(found, [[0, 0, 0], [0, 20, 0]], atol=1e-9)
