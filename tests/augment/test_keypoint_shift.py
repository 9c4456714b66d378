import numpy as np
import pytest

from stpose_tf.augment import keypoint_shift

SIZE = (64, 64)


@pytest.mark.parametrize("sigma", [1.4, 2.0])
def test_shifts_are_the_same_rendered_and_stored(sigma, check_law):
    op = keypoint_shift.KeypointShift(SIZE, 0.4, 8.0)
    before, after = check_law(op, sigma=sigma)
    for key in ("keypoint_labels", "confidence", "occluded", "pose", "labelled"):
        np.testing.assert_array_equal(after[key], before[key])
    assert np.any(after["keypoints"] != before["keypoints"])


def test_only_drawn_keypoints_move_by_the_given_size(make_window):
    example, _ = make_window(frames=16)
    op = keypoint_shift.KeypointShift((64, 64), 0.1, 10.0)
    moves = []
    for index in range(60):
        changed = op(example, (index, 0))
        moves.append((changed["keypoints"] - example["keypoints"]).numpy())
        offsets = changed["peaks"][..., :2] - example["peaks"][..., :2]
        np.testing.assert_allclose(
            offsets, np.broadcast_to(moves[-1][:, :, None], offsets.shape), atol=1e-5
        )
    moves = np.stack(moves)
    shifted = np.any(moves != 0, axis=-1)
    assert abs(shifted.mean() - 0.1) < 0.015
    # 10 px of 256 are 2.5 px of 64.
    assert abs(moves[shifted].std() - 2.5) < 0.15


def test_shifts_scale_with_each_side_of_the_map(make_window):
    example, _ = make_window(frames=32, size=(64, 48))
    op = keypoint_shift.KeypointShift((64, 48), 1.0, 10.0)
    stddev = np.mean(
        [
            np.std(op(example, (i, 0))["keypoints"] - example["keypoints"], (0, 1))
            for i in range(20)
        ],
        axis=0,
    )
    np.testing.assert_allclose(stddev, [10 * 48 / 256, 2.5], rtol=0.1)


def test_rate_zero_is_the_identity(make_window, check_augmentation):
    for example in make_window():
        op = keypoint_shift.KeypointShift(SIZE, 0.0, 10.0)
        changed = check_augmentation(op, example)
        for key, value in example.items():
            np.testing.assert_array_equal(changed[key], value)
