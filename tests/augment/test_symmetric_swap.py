import numpy as np
import pytest

from stpose_tf.augment import symmetric_swap
from stpose_tf.geometry import skeletons


def test_swaps_are_the_same_rendered_and_stored(check_law, coco_permutation):
    op = symmetric_swap.SymmetricSwap(0.4, coco_permutation)
    before, after = check_law(op, tolerance=1e-5)
    for key in ("keypoint_labels", "labelled", "pose", "pose_valid"):
        np.testing.assert_array_equal(after[key], before[key])


def test_the_right_pairs_are_swapped(make_window, coco_permutation):
    skeleton = skeletons.get("coco17")
    example, _ = make_window()
    swapped = symmetric_swap.SymmetricSwap(1.0, coco_permutation)(example, (0, 0))
    for key in ("peaks", "keypoints", "confidence", "occluded"):
        before, after = example[key].numpy(), swapped[key].numpy()
        for name in skeleton.joints:
            other = name
            if "left" in name or "right" in name:
                other = name.replace("left", "@")
                other = other.replace("right", "left").replace("@", "right")
            np.testing.assert_array_equal(
                after[:, skeleton.index(name)], before[:, skeleton.index(other)]
            )


def test_swapping_twice_with_one_seed_is_the_identity(make_window, coco_permutation):
    op = symmetric_swap.SymmetricSwap(0.5, coco_permutation)
    for example in make_window():
        twice = op(op(example, (3, 1)), (3, 1))
        for key, value in example.items():
            np.testing.assert_allclose(twice[key], value, err_msg=key)


@pytest.mark.parametrize("rate", [0.0, 0.2])
def test_each_pair_is_swapped_at_its_rate(rate, make_window, coco_permutation):
    example, _ = make_window(frames=16)
    op = symmetric_swap.SymmetricSwap(rate, coco_permutation)
    swapped = np.stack(
        [
            np.any(op(example, (i, 0))["keypoints"] != example["keypoints"], -1)
            for i in range(80)
        ]
    )
    assert not swapped[..., 0].any()  # the nose
    np.testing.assert_array_equal(swapped, swapped[..., coco_permutation])
    assert abs(swapped[..., 1:].mean() - rate) < 0.03
