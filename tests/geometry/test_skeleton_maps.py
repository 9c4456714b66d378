import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.geometry import skeleton_maps, skeletons

PAIRS = [
    (source, target)
    for source in skeletons.KNOWN
    for target in (source, *skeleton_maps.targets_of(source))
]


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_maps_commute_with_the_mirror(source, target):
    matrix, valid = skeleton_maps.linear_map(source, target)
    of_source = skeletons.get(source).mirror_permutation
    of_target = skeletons.get(target).mirror_permutation
    np.testing.assert_array_equal(matrix[of_target][:, of_source], matrix)
    np.testing.assert_array_equal(valid[of_target], valid)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_valid_joints_are_averages_and_follow_a_shift(source, target):
    linear_map = skeleton_maps.linear_map(source, target)
    positions = np.random.default_rng(0).normal(size=(5, linear_map.matrix.shape[1], 3))
    shift = np.array([10.0, -20.0, 30.0])
    moved = skeleton_maps.apply(positions + shift, linear_map)
    expected = skeleton_maps.apply(positions, linear_map)
    expected = expected + shift * linear_map.valid[:, None]
    np.testing.assert_allclose(moved, expected, atol=1e-5)
    assert linear_map.matrix.min() >= 0.0
    assert not linear_map.matrix[~linear_map.valid].any()


@pytest.mark.parametrize("name", list(skeletons.KNOWN))
def test_a_skeleton_maps_to_itself_unchanged(name):
    matrix, valid = skeleton_maps.linear_map(name, name)
    np.testing.assert_array_equal(matrix, np.eye(skeletons.get(name).num_joints))
    assert valid.all()


def test_coco_to_h36m_is_the_known_formula():
    coco = np.random.default_rng(1).normal(size=(3, 17, 2))
    linear_map = skeleton_maps.linear_map("coco17", "h36m17")
    h36m = np.zeros((3, 17, 2))
    h36m[:, 0] = (coco[:, 11] + coco[:, 12]) / 2
    h36m[:, 8] = (coco[:, 5] + coco[:, 6]) / 2
    h36m[:, 7] = (h36m[:, 0] + h36m[:, 8]) / 2
    h36m[:, 9] = coco[:, 0]
    h36m[:, 10] = (coco[:, 1] + coco[:, 2]) / 2
    h36m[:, [1, 2, 3, 4, 5, 6]] = coco[:, [12, 14, 16, 11, 13, 15]]
    h36m[:, [11, 12, 13, 14, 15, 16]] = coco[:, [5, 7, 9, 6, 8, 10]]
    np.testing.assert_allclose(skeleton_maps.apply(coco, linear_map), h36m, atol=1e-6)
    assert linear_map.valid.all()


def _permutation(source, target):
    linear_map = skeleton_maps.linear_map(source, target)
    assert set(np.unique(linear_map.matrix)) <= {0.0, 1.0}
    return [
        int(row.argmax()) if valid else None
        for row, valid in zip(*linear_map, strict=True)
    ]


def test_permutations_are_those_of_the_formats():
    assert _permutation("blazepose33", "coco17") == [
        *(0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
    ]
    assert _permutation("mpi_inf_3dhp_28", "mpi_inf_3dhp_17") == [
        *(7, 5, 14, 15, 16, 9, 10, 11, 23, 24, 25, 18, 19, 20, 4, 3, 6)
    ]
    assert _permutation("h36m17", "mpi_inf_3dhp_17") == [
        *(10, 8, 14, 15, 16, 11, 12, 13, 1, 2, 3, 4, 5, 6, 0, 7, 9)
    ]
    assert _permutation("body25", "coco17") == [
        *(0, 16, 15, 18, 17, 5, 2, 6, 3, 7, 4, 12, 9, 13, 10, 14, 11)
    ]
    assert _permutation("smpl24", "h36m17") == [
        *(0, 2, 5, 8, 1, 4, 7, 6, 12, None, 15, 16, 18, 20, 17, 19, 21)
    ]
    assert _permutation("penn13", "h36m17") == [
        *(None, 8, 10, 12, 7, 9, 11, None, None, None, 0, 1, 3, 5, 2, 4, 6)
    ]
    assert _permutation("h36m17", "coco17") == [
        *([None] * 5),
        *(11, 14, 12, 15, 13, 16, 4, 1, 5, 2, 6, 3),
    ]


def test_mpii_and_halpe_follow_the_published_tables():
    matrix, _ = skeleton_maps.linear_map("mpii16", "h36m17")
    rows = [3, 2, 1, 4, 5, 6, 0, 8, 9, 10, 16, 15, 14, 11, 12, 13]
    np.testing.assert_array_equal(matrix[rows], np.eye(16))
    np.testing.assert_allclose(matrix[7, [2, 3, 12, 13]], 0.25)
    matrix, valid = skeleton_maps.linear_map("halpe26", "h36m17")
    for row, column in {0: 19, 1: 12, 6: 15, 8: 18, 9: 0, 10: 17, 13: 9}.items():
        assert matrix[row, column] == 1.0
    np.testing.assert_allclose(matrix[7, [18, 19]], 0.5)
    assert valid.all()


def test_h36m_to_mpi_and_back_is_nothing():
    there, _ = skeleton_maps.linear_map("h36m17", "mpi_inf_3dhp_17")
    back, _ = skeleton_maps.linear_map("mpi_inf_3dhp_17", "h36m17")
    np.testing.assert_array_equal(back @ there, np.eye(17))


def test_numpy_and_tensors_agree_and_keep_their_dtype():
    linear_map = skeleton_maps.linear_map("coco17", "h36m17")
    positions = np.random.default_rng(0).normal(size=(2, 17, 2))
    out = skeleton_maps.apply(positions, linear_map)
    tensor = skeleton_maps.apply(tf.constant(positions), linear_map)
    assert isinstance(out, np.ndarray)
    assert out.dtype == np.float64 == tensor.dtype.as_numpy_dtype
    np.testing.assert_allclose(tensor, out)
    graph = tf.function(lambda x: skeleton_maps.apply(x, linear_map))
    np.testing.assert_allclose(graph(positions.astype("float32")), out, atol=1e-5)


def test_a_joint_is_known_only_if_all_it_is_made_of_is():
    linear_map = skeleton_maps.linear_map("coco17", "h36m17")
    known = np.ones((2, 17), bool)
    known[1, 11] = False  # the left hip
    out = skeleton_maps.apply_to_valid(known, linear_map)
    assert out[0].all()
    h36m = skeletons.get("h36m17")
    assert [h36m.joints[j] for j in np.flatnonzero(~out[1])] == [
        *("hip", "left_hip", "spine")
    ]


def test_undefined_pairs_and_unknown_names_are_refused():
    with pytest.raises(errors.InputError, match=r"'penn13' to 'smpl24'.*coco17"):
        skeleton_maps.linear_map("penn13", "smpl24")
    with pytest.raises(errors.InputError, match="must be one of"):
        skeleton_maps.linear_map("coco17", "h36m")
