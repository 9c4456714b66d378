import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.evaluation import occluded_joints
from stpose_tf.geometry import skeletons


@pytest.fixture
def support():
    return occluded_joints.support("coco17", "h36m17")


def _hidden_joints(support, *keypoints):
    hidden = np.zeros(17, bool)
    hidden[[skeletons.get("coco17").index(name) for name in keypoints]] = True
    joints = occluded_joints.from_keypoints(hidden, support)
    return {skeletons.get("h36m17").joints[j] for j in np.flatnonzero(joints)}


def test_a_limb_joint_hides_with_its_keypoint(support):
    assert _hidden_joints(support, "left_wrist") == {"left_wrist"}
    assert _hidden_joints(support, "nose") == {"nose"}


def test_a_middle_joint_hides_only_with_all_its_keypoints(support):
    assert _hidden_joints(support, "left_hip") == {"left_hip"}
    both = _hidden_joints(support, "left_hip", "right_hip")
    assert both == {"left_hip", "right_hip", "hip"}


def test_nothing_and_everything(support):
    assert _hidden_joints(support) == set()
    everything = occluded_joints.from_keypoints(np.ones((2, 3, 17), bool), support)
    assert everything.shape == (2, 3, 17)
    assert everything.all()


def test_a_joint_that_was_never_shown_is_not_hidden():
    support = occluded_joints.support("penn13", "h36m17")
    everything = occluded_joints.from_keypoints(np.ones(13, bool), support)
    hip = skeletons.get("h36m17").index("hip")
    assert not everything[hip]
    assert everything[skeletons.get("h36m17").index("left_knee")]


def test_skeletons_without_a_map_are_refused():
    with pytest.raises(errors.InputError):
        occluded_joints.support("penn13", "mpi_inf_3dhp_28")
