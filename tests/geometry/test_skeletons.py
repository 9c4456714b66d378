import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.geometry import skeletons

NAMES = tuple(skeletons.KNOWN)
TREES = tuple(n for n, s in skeletons.KNOWN.items() if s.parents is not None)


def test_all_the_orders_we_speak_of_are_known():
    assert {
        name: skeleton.num_joints for name, skeleton in skeletons.KNOWN.items()
    } == {
        "h36m17": 17,
        "coco17": 17,
        "mpii16": 16,
        "humaneva15": 15,
        "mpi_inf_3dhp_17": 17,
        "mpi_inf_3dhp_28": 28,
        "penn13": 13,
        "smpl24": 24,
        "blazepose33": 33,
        "body25": 25,
        "halpe26": 26,
    }


@pytest.mark.parametrize("name", NAMES)
def test_mirror_twice_is_nothing_and_keeps_the_bones(name):
    skeleton = skeletons.get(name)
    mirror = skeleton.mirror_permutation
    np.testing.assert_array_equal(mirror[mirror], np.arange(skeleton.num_joints))
    bones = {frozenset(bone) for bone in skeleton.edges}
    assert {frozenset(int(mirror[j]) for j in bone) for bone in bones} == bones
    for index, joint in enumerate(skeleton.joints):
        other = (
            joint.replace("left", "*").replace("right", "left").replace("*", "right")
        )
        assert skeleton.joints[mirror[index]] == other
    if skeleton.root is not None:
        assert mirror[skeleton.root_index] == skeleton.root_index


@pytest.mark.parametrize("name", TREES)
def test_bones_summed_along_the_tree_give_the_pose_back(name):
    skeleton = skeletons.get(name)
    assert len(skeleton.bones) == skeleton.num_joints - 1
    poses = np.random.default_rng(0).normal(size=(4, skeleton.num_joints, 3))
    bones = skeleton.bone_matrix @ poses
    for row, (parent, child) in enumerate(skeleton.bones):
        np.testing.assert_allclose(bones[:, row], poses[:, child] - poses[:, parent])
    root = poses[:, skeleton.root_index, None]
    np.testing.assert_allclose(skeleton.ancestor_matrix @ bones, poses - root)


@pytest.mark.parametrize("name", ["h36m17", "humaneva15"])
def test_left_and_right_are_those_of_the_published_files(name):
    # Pairs in the order of VideoPose3D's `keypoints_symmetry`.
    published = {
        "h36m17": ((4, 5, 6, 11, 12, 13), (1, 2, 3, 14, 15, 16)),
        "humaneva15": ((2, 3, 4, 8, 9, 10), (5, 6, 7, 11, 12, 13)),
    }
    skeleton = skeletons.get(name)
    assert (skeleton.left, skeleton.right) == published[name]


def test_h36m17_has_the_sixteen_bones_of_the_authors():
    published = (
        "8-9 9-10 8-14 14-15 15-16 8-11 11-12 12-13 8-7 7-0 0-4 4-5 5-6 0-1 1-2 2-3"
    )
    bones = {frozenset(map(int, bone.split("-"))) for bone in published.split()}
    assert {frozenset(bone) for bone in skeletons.get("h36m17").bones} == bones


def test_names_stand_where_the_formats_put_them():
    coco, body = skeletons.get("coco17"), skeletons.get("body25")
    assert [coco.index(j) for j in ("nose", "left_wrist", "right_ankle")] == [0, 9, 16]
    assert [body.index(j) for j in ("mid_hip", "right_eye", "right_heel")] == [
        8,
        15,
        24,
    ]
    assert skeletons.get("h36m17").index("right_wrist") == 16
    assert skeletons.get("mpi_inf_3dhp_17").root_index == 14
    assert skeletons.get("mpi_inf_3dhp_28").root_index == 4
    assert skeletons.get("blazepose33").index("left_hip") == 23
    assert skeletons.get("halpe26").index("hip") == 19


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(errors.InputError, match=r"h36m17.*Received: 'h36m'"):
        skeletons.get("h36m")
    with pytest.raises(errors.InputError, match=r"left_ankle.*Received: 'tail'"):
        skeletons.get("coco17").index("tail")


def test_orders_without_a_tree_refuse_what_needs_one():
    coco = skeletons.get("coco17")
    with pytest.raises(errors.InputError, match="no root"):
        _ = coco.root_index
    with pytest.raises(errors.InputError, match="no tree"):
        _ = coco.ancestor_matrix


@pytest.mark.parametrize(
    ("parents", "root"),
    [((-1, 0), "a"), ((-1, 2, 1), "a"), ((-1, 0, -1), "a"), ((-1, 0, 1), "b")],
    ids=["short", "loop", "two roots", "other root"],
)
def test_what_is_not_a_rooted_tree_is_refused(parents, root):
    with pytest.raises(ValueError, match="root"):
        skeletons.Skeleton("broken", ("a", "b", "c"), parents, (), root)


def test_mirror_pairs_must_name_joints_once():
    with pytest.raises(ValueError, match="mirror"):
        skeletons.Skeleton("broken", ("a", "b"), None, (("a", "b"), ("b", "a")))
    with pytest.raises(ValueError, match="twice"):
        skeletons.Skeleton("broken", ("a", "a"))
    with pytest.raises(ValueError, match="edge"):
        skeletons.Skeleton("broken", ("a", "b"), edges=((0, 2),))
