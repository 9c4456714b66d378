import numpy as np

from stpose_tf.geometry import skeletons
from stpose_tf.training import pose_pictures


def test_joints_are_drawn_where_the_camera_sees_them():
    skeleton = skeletons.get("h36m17")
    poses = np.zeros((2, 17, 3))
    poses[:, skeleton.index("left_hip")] = [550, 0, 0]  # half way to the right edge
    picture = pose_pictures.compare(poses, 0 * poses, skeleton_name="h36m17", size=100)
    assert picture.shape == (200, 200, 3)
    red = np.argwhere(picture[:, :, 0] > picture[:, :, 2])
    # The bone from the center (50, 50) to (75, 50), in both columns of the upper row.
    assert (red[:, 0] == 50).sum() >= 2 * 24
    assert {51, 75, 151, 175} <= set(red[red[:, 0] == 50][:, 1])


def test_what_lies_outside_is_not_drawn():
    poses = np.full((1, 17, 3), 1e6)
    poses[:, 0] = 0
    picture = pose_pictures.compare(poses, poses, skeleton_name="h36m17", size=16)
    assert picture.min() < 255
