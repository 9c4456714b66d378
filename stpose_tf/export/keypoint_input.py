"""From a 2D detector's keypoints to the heat maps that the model was trained on."""

import tensorflow as tf

from stpose_tf.geometry import crops, heatmaps

SMOOTHING = 9  # frames of the moving average, as in training
_SMALLEST_CROP = 16.0  # px
_FAR = 1e9


def to_heatmaps(
    keypoints: tf.Tensor,
    confidence: tf.Tensor,
    *,
    size: tuple[int, int],
    sigma: float,
    margin: float,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns heat maps of a clip's keypoints, and the crops they lie in.

    A map is one Gaussian as high as its keypoint's confidence; a keypoint of
    confidence 0 was not seen: its map is empty and its place, even NaN, of no meaning.

    Args:
        keypoints: Image px, `[batch, time, keypoints, 2]`.
        confidence: 0 to 1, `[batch, time, keypoints]`.
        size: Height and width of a map.
        sigma: Standard deviation of a Gaussian in heat-map px.
        margin: Side of a crop over the larger side of the keypoints' box.

    Returns:
        `[batch, time, height, width, keypoints]`, and center x, center y, side in px
        and roll (0) of each crop, `[batch, time, 4]`.
    """
    seen = confidence > 0.0
    keypoints = tf.where(seen[..., tf.newaxis], keypoints, 0.0)
    crop = tracked_crops(keypoints, seen, margin=margin)
    places = heatmaps.unit_to_heatmap(crops.image_to_unit(keypoints, crop), size)
    sigmas = tf.fill(tf.shape(confidence), tf.constant(sigma, tf.float32))
    heights = tf.where(seen, confidence, 0.0)
    peaks = tf.stack([places[..., 0], places[..., 1], sigmas, heights], axis=-1)
    return heatmaps.render(peaks[..., tf.newaxis, :], size), crop


def tracked_crops(keypoints: tf.Tensor, seen: tf.Tensor, *, margin: float) -> tf.Tensor:
    """Returns upright square crops around the keypoints seen, smoothed in time.

    Frames without any have the crop of the frames around them, and where those have
    none either, the mean of the clip's.

    Args:
        keypoints: Image px, `[batch, time, keypoints, 2]`.
        seen: Which of them count, bool `[batch, time, keypoints]`.
        margin: Side of a crop over the larger side of the box.

    Returns:
        Center x, center y, side in px and roll (0), `[batch, time, 4]`.
    """
    counts = seen[..., tf.newaxis]
    lowest = tf.reduce_min(tf.where(counts, keypoints, _FAR), axis=-2)
    highest = tf.reduce_max(tf.where(counts, keypoints, -_FAR), axis=-2)
    side = margin * tf.reduce_max(highest - lowest, axis=-1, keepdims=True)
    side = tf.maximum(side, _SMALLEST_CROP)
    box = tf.concat([(lowest + highest) / 2.0, side], axis=-1)  # [batch, time, 3]
    found = tf.cast(tf.reduce_any(seen, axis=-1, keepdims=True), box.dtype)
    box = tf.where(found > 0.0, box, 0.0)
    # Frames outside the clip and frames without keypoints are in neither average.
    near = tf.nn.avg_pool1d(box, SMOOTHING, 1, "SAME")
    share = tf.nn.avg_pool1d(found, SMOOTHING, 1, "SAME")
    mean = tf.math.divide_no_nan(
        tf.reduce_sum(box, axis=1, keepdims=True),
        tf.reduce_sum(found, axis=1, keepdims=True),
    )
    smooth = tf.where(share > 0.0, tf.math.divide_no_nan(near, share), mean)
    smooth = tf.concat(
        [smooth[..., :2], tf.maximum(smooth[..., 2:], _SMALLEST_CROP)], axis=-1
    )
    return tf.pad(smooth, [[0, 0], [0, 0], [0, 1]])
