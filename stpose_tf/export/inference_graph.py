"""The generator as one plain graph for runtimes that are not Keras.

The same weights and the same answers as `STPose`, but dilated convolutions in place of
folded phases: no reshaping of time, no masks, one operation for each layer in every
runtime. Outside the clip each convolution sees zeros by its padding, which is what the
masks of the folded form are for.
"""

from typing import Any

import tensorflow as tf
from keras import ops

from stpose_tf.models import heatmap_encoder, stpose, temporal_branch

PLACES = "places"
"""Scope of the layer that takes centroids: its inputs need more than 8 bits."""
_SLOPE = 0.2


def predict(generator: stpose.STPose, heatmaps: tf.Tensor) -> dict[str, tf.Tensor]:
    """Returns what the generator says of whole clips.

    Args:
        generator: The trained model.
        heatmaps: `[batch, time, height, width, keypoints]` in 0..1.

    Returns:
        float32 `pose` in mm, `[batch, time, joints, 3]`, and `log_sigma`,
        `[batch, time, joints]`.
    """
    time = ops.shape(heatmaps)[1]
    frames = ops.reshape(heatmaps, (-1, *generator.heatmap_shape))
    tcn = generator.tcn
    inputs = tcn.projection(_embed(generator.embedding, frames))  # [frames, channels]
    inputs = ops.reshape(inputs, (-1, 1, time, inputs.shape[-1]))
    features = ops.concatenate(
        [
            _branch(branch, x)
            for branch, x in zip(
                tcn.branches,
                ops.split(inputs, len(tcn.branches), axis=-1),
                strict=True,
            )
        ],
        axis=-1,
    )
    outputs = generator.head(ops.reshape(features, (-1, features.shape[-1])))
    return {
        name: ops.cast(ops.reshape(value, (-1, time, *value.shape[1:])), "float32")
        for name, value in outputs.items()
    }


def _embed(encoder: Any, frames: Any) -> Any:
    """Returns the embedding of each frame, `[frames, embedding]`.

    Of a compact encoder the dense layer is two: one scale of 8 bits for features of
    convolutions and centroids together would move every centroid by half a pixel.
    """
    if not isinstance(encoder, heatmap_encoder.CompactEncoder):
        return encoder(frames)
    x = frames
    for convolution in encoder.convolutions:
        x = ops.leaky_relu(convolution(x), _SLOPE)
    x = ops.reshape(x, (-1, x.shape[1] * x.shape[2] * x.shape[3]))
    kernel = encoder.projection.kernel.value
    count = x.shape[-1]
    with tf.name_scope(PLACES):
        places = tf.matmul(heatmap_encoder.moments(frames), kernel[count:])
    x = tf.matmul(x, kernel[:count]) + encoder.projection.bias.value
    return encoder.normalization(x + places)


def _branch(branch: temporal_branch.TemporalBranch, x: Any) -> Any:
    """Returns a branch's features, `[batch, 1, time, channels]`, of such inputs."""
    for block in range(branch.blocks):
        y = _convolve(branch, x, 2 * block)
        x = x + _convolve(branch, y, 2 * block + 1)
    return x


def _convolve(branch: temporal_branch.TemporalBranch, x: Any, index: int) -> Any:
    layer = branch.convolutions[index]
    x = ops.relu(branch.normalizations[index](x))
    reach = (branch.kernel_size - 1) * branch.stride
    future = 0 if branch.causal else reach // 2
    # Told, not "SAME": onnxruntime pads no dilated convolution by itself.
    x = tf.nn.conv2d(
        x,
        layer.kernel.value[tf.newaxis],
        strides=1,
        padding=[[0, 0], [0, 0], [reach - future, future], [0, 0]],
        dilations=(1, branch.stride),
    )
    return tf.nn.bias_add(x, layer.bias.value)
