import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.augment import heatmap_noise, peak_components

SIZE = (64, 64)


@pytest.mark.parametrize("sigma", [1.4, 2.0])
def test_blur_is_the_same_rendered_and_stored(sigma, check_law):
    before, after = check_law(heatmap_noise.Blur(1.5), sigma=sigma)
    assert after["heatmaps"].max() < 0.95
    np.testing.assert_array_equal(after["keypoints"], before["keypoints"])


def test_blur_by_hand(make_window):
    example, _ = make_window(sigma=2.0)
    stddev = 1.5 * float(tf.random.stateless_uniform([], (7, 0)))
    peaks = heatmap_noise.Blur(1.5)(example, (7, 0))["peaks"].numpy()
    variance = 4 + stddev**2
    np.testing.assert_allclose(peaks[:, :, 0, 2], variance**0.5, rtol=1e-6)
    np.testing.assert_allclose(peaks[:, :, 0, 3], 4 / variance, rtol=1e-6)


def test_amplitude_scales_each_keypoint_by_one_factor(check_law):
    before, after = check_law(heatmap_noise.Amplitude(0.3), tolerance=1e-5)
    heights = after["heatmaps"].max(axis=(1, 2))
    assert heights.max() <= 1.3
    assert heights.min() >= 0.6
    assert np.ptp(heights, axis=1).min() > 0.2
    np.testing.assert_array_equal(after["confidence"], before["confidence"])


def test_blobs_are_low_and_everywhere(check_law, make_window):
    op = heatmap_noise.Blobs(SIZE, 0.1)
    check_law(op, tolerance=1e-5)
    example, stored = make_window(frames=30)
    blobs = op(example, (7, 0))["peaks"][:, :, peak_components.BLOB].numpy()
    assert 0.09 < blobs[..., 3].max() <= 0.1
    assert blobs[..., 3].min() >= 0
    for axis in (0, 1):
        quarters = np.histogram(blobs[..., axis], 4, (-0.5, 63.5))[0] / 510
        np.testing.assert_allclose(quarters, 0.25, atol=0.08)
    added = op(stored, (7, 0))["heatmaps"] - stored["heatmaps"]
    assert 0.05 < np.max(added) <= 0.1
    assert np.min(added) > -1e-6


def test_maps_without_a_detection_stay_empty(make_window, coco_permutation):
    for example in make_window():
        example["confidence"] = tf.zeros_like(example["confidence"])
        key = "peaks" if "peaks" in example else "heatmaps"
        for op in (
            heatmap_noise.Blobs(SIZE, 0.1),
            heatmap_noise.SecondPeaks(SIZE, 1.0, coco_permutation),
        ):
            changed = op(example, (7, 0))[key]
            if key == "peaks":
                assert np.all(changed[:, :, 1:, 3] == 0)
            else:
                np.testing.assert_array_equal(changed, example[key])


@pytest.mark.parametrize("rate", [0.0, 0.1, 1.0])
def test_second_peaks_come_at_their_rate(rate, make_window, coco_permutation):
    example, _ = make_window(frames=32)
    op = heatmap_noise.SecondPeaks(SIZE, rate, coco_permutation)
    shares = []
    for index in range(30):
        peaks = op(example, (index, 0))["peaks"].numpy()
        shares.append((peaks[:, :, peak_components.SECOND, 3] > 0).mean())
        np.testing.assert_array_equal(
            peaks[:, :, peak_components.MAIN], example["peaks"][:, :, 0]
        )
    assert abs(np.mean(shares) - rate) < 0.02


def test_second_peaks_are_the_same_rendered_and_stored(check_law, coco_permutation):
    op = heatmap_noise.SecondPeaks(SIZE, 0.4, coco_permutation)
    before, after = check_law(op, tolerance=1e-5)
    np.testing.assert_array_equal(after["keypoints"], before["keypoints"])


def test_half_of_the_second_peaks_lie_on_the_counterpart(make_window, coco_permutation):
    example, _ = make_window(frames=4)
    shares = []
    for index in range(60):
        peaks = heatmap_noise.second_peaks(
            example["keypoints"],
            (index, 1),
            size=SIZE,
            mirror_permutation=coco_permutation,
        ).numpy()
        other = example["keypoints"].numpy()[:, coco_permutation]
        shares.append(np.all(peaks[..., :2] == other, axis=(0, 2)))
        assert np.all((peaks[..., 2] >= 0.3) & (peaks[..., 2] <= 0.9))
    by_keypoint = np.mean(shares, axis=0)
    assert by_keypoint[0] == 0  # the nose has none
    assert abs(by_keypoint[1:].mean() - 0.5) < 0.06


def test_a_second_peak_that_is_there_stays(make_window, coco_permutation):
    example, _ = make_window()
    given = tf.broadcast_to([1.0, 2.0, 3.0, 0.5], [8, 17, 4])
    example["peaks"] = peak_components.with_component(
        example["peaks"], peak_components.SECOND, given
    )
    op = heatmap_noise.SecondPeaks(SIZE, 1.0, coco_permutation)
    np.testing.assert_array_equal(op(example, (0, 0))["peaks"], example["peaks"])
