import pytest

from stpose_tf import errors
from stpose_tf.augment import limbs
from stpose_tf.geometry import skeletons


def test_limbs_of_coco():
    # left arm, left leg, right arm, right leg
    expected = ((5, 7, 9), (11, 13, 15), (6, 8, 10), (12, 14, 16))
    assert limbs.of(skeletons.get("coco17")) == expected


def test_limbs_of_a_detector_with_feet_and_hands():
    skeleton = skeletons.get("blazepose33")
    arm = [skeleton.joints[i] for i in limbs.of(skeleton)[0]]
    assert arm == [
        "left_shoulder", "left_elbow", "left_wrist", "left_pinky", "left_index",
        "left_thumb",
    ]  # fmt: skip


@pytest.mark.parametrize("name", sorted(skeletons.KNOWN))
def test_every_known_skeleton_has_four_limbs_without_overlap(name):
    groups = limbs.of(skeletons.get(name))
    assert len(groups) == 4
    members = [keypoint for limb in groups for keypoint in limb]
    assert len(members) == len(set(members))
    assert all(len(limb) >= 3 for limb in groups)


def test_a_skeleton_without_sides_is_refused():
    skeleton = skeletons.Skeleton("dots", ("a", "b"))
    with pytest.raises(errors.InputError, match=r"augment\.limb.*dots"):
        limbs.of(skeleton)
