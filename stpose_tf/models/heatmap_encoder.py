"""f_E: one frame's heat maps as a vector (Cheng et al. 2020, `r_t = f_E(m_t)`).

The paper does not give its layers; which ones is our choice.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from stpose_tf.geometry import heatmaps as heatmap_geometry

_PACKAGE = "stpose_tf"
_SLOPE = 0.2
_MOMENTS = 3  # features of a map beside the convolutions
_PLACE_GAIN = 2.0  # people fill half of a crop
_EMPTY = 1e-6  # mass of a map that shows nothing


@keras.saving.register_keras_serializable(package=_PACKAGE)
class CompactEncoder(keras.layers.Layer):
    """Embedding of heat maps that is cheap on a CPU: patches first, and where they are.

    A 4x4 stride-4 convolution, which reads every pixel once, and two 3x3 stride-2
    ones; beside them the centroid and mass of each map, because convolutions learn
    only slowly where a peak is; a dense layer and a normalization per frame.

    Args:
        embedding_size: Length of an embedding.
        channels: Channels of each convolution.

    Call arguments:
        heatmaps: `[frames, height, width, keypoints]`, in 0..1.

    Input shape:
        `(frames, height, width, keypoints)`
    Output shape:
        `(frames, embedding_size)`
    """

    def __init__(
        self,
        embedding_size: int,
        *,
        channels: Sequence[int] = (32, 64, 64),
        **kwargs: Any,
    ) -> None:
        # Centroids are computed in float32 under every precision.
        super().__init__(**{"autocast": False, **kwargs})
        self.embedding_size = embedding_size
        self.channels = tuple(channels)
        self.convolutions = [
            _convolution(width, size, stride, name, self.dtype_policy)
            for width, (size, stride, name) in zip(
                self.channels,
                ((4, 4, "first"), (3, 2, "second"), (3, 2, "third")),
                strict=True,
            )
        ]
        self.projection = keras.layers.Dense(
            embedding_size, name="projection", dtype=self.dtype_policy
        )
        self.normalization = keras.layers.LayerNormalization(
            epsilon=1e-6, name="normalization", dtype=self.dtype_policy
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        shape = _build_chain(self.convolutions, input_shape)
        keypoints = input_shape[-1]
        assert keypoints is not None
        features = shape[1] * shape[2] * shape[3] + _MOMENTS * keypoints
        self.projection.build((None, features))
        self.normalization.build((None, self.embedding_size))

    def call(self, heatmaps: Any) -> Any:
        x = ops.cast(heatmaps, self.compute_dtype)
        for convolution in self.convolutions:
            x = ops.leaky_relu(convolution(x), _SLOPE)
        places = ops.cast(moments(heatmaps), self.compute_dtype)
        x = ops.concatenate([_flatten(x), places], axis=-1)
        return self.normalization(self.projection(x))

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "embedding_size": self.embedding_size,
            "channels": list(self.channels),
        }


@keras.saving.register_keras_serializable(package=_PACKAGE)
class Conv5Encoder(keras.layers.Layer):
    """Embedding of heat maps by four 5x5 stride-2 convolutions, bounded by tanh.

    Layers after the first author's public code of 2019 (64, 128, 128, 128 channels,
    leaky ReLU, dense layer with tanh); ten times the work of `CompactEncoder`.

    Args:
        embedding_size: Length of an embedding.

    Call arguments:
        heatmaps: `[frames, height, width, keypoints]`, in 0..1.

    Input shape:
        `(frames, height, width, keypoints)`
    Output shape:
        `(frames, embedding_size)`
    """

    def __init__(self, embedding_size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.embedding_size = embedding_size
        self.convolutions = [
            _convolution(channels, 5, 2, name, self.dtype_policy)
            for name, channels in (
                ("first", 64),
                ("second", 128),
                ("third", 128),
                ("fourth", 128),
            )
        ]
        self.projection = keras.layers.Dense(
            embedding_size,
            activation="tanh",
            name="projection",
            dtype=self.dtype_policy,
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        shape = _build_chain(self.convolutions, input_shape)
        self.projection.build((None, shape[1] * shape[2] * shape[3]))

    def call(self, heatmaps: Any) -> Any:
        x = heatmaps
        for convolution in self.convolutions:
            x = ops.leaky_relu(convolution(x), _SLOPE)
        return self.projection(_flatten(x))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "embedding_size": self.embedding_size}


@keras.saving.register_keras_serializable(package=_PACKAGE)
class PeakEncoder(keras.layers.Layer):
    """Embedding of each map's peak alone, the paper's Base in its ablation.

    (x, y) run from -1 to 1 over the map; (0, 0) with confidence 0 is an empty map.
    Peaks are decoded in float32 under every precision.

    Args:
        embedding_size: Length of an embedding.

    Call arguments:
        heatmaps: `[frames, height, width, keypoints]`, in 0..1.

    Input shape:
        `(frames, height, width, keypoints)`
    Output shape:
        `(frames, embedding_size)`
    """

    def __init__(self, embedding_size: int, **kwargs: Any) -> None:
        super().__init__(**{"autocast": False, **kwargs})
        self.embedding_size = embedding_size
        self.projection = keras.layers.Dense(
            embedding_size, name="projection", dtype=self.dtype_policy
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        keypoints = input_shape[-1]
        assert keypoints is not None
        self.projection.build((None, 3 * keypoints))

    def call(self, heatmaps: Any) -> Any:
        height, width, keypoints = heatmaps.shape[1:]
        x, y, confidence = ops.unstack(heatmap_geometry.decode(heatmaps), 3, axis=-1)
        x = 2.0 * (x + 0.5) / width - 1.0
        y = 2.0 * (y + 0.5) / height - 1.0
        peaks = ops.stack([x, y, confidence], axis=-1)
        return self.projection(ops.reshape(peaks, (-1, 3 * keypoints)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "embedding_size": self.embedding_size}


def moments(heatmaps: Any) -> Any:
    """Returns centroid and mass of each map's fourth powers, of order 1.

    The fourth power lets the highest peak outweigh tails and noise, and unlike a
    highest pixel it moves smoothly. An empty map gives zeros.

    Args:
        heatmaps: `[frames, height, width, keypoints]`.

    Returns:
        float32 `[frames, 3 * keypoints]`: all x, then all y, from -2 to 2 over the
        map, and the fourth roots of all sums over pixels.
    """
    maps = ops.cast(heatmaps, "float32")
    height, width, keypoints = maps.shape[1:]
    powers = ops.reshape(ops.square(ops.square(maps)), (-1, height * width, keypoints))
    y, x = np.meshgrid(_pixels(height), _pixels(width), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y]).reshape(_MOMENTS, -1)
    sums = ops.matmul(terms.astype("float32"), powers)  # [frames, 3, keypoints]
    mass = sums[:, :1]
    features = [_PLACE_GAIN * sums[:, 1:] / (mass + _EMPTY), mass**0.25]
    return ops.reshape(ops.concatenate(features, axis=1), (-1, _MOMENTS * keypoints))


def _pixels(count: int) -> np.ndarray:
    """Returns the pixels' centers on an axis that runs from -1 to 1."""
    return (2.0 * np.arange(count) + 1.0) / count - 1.0


def _convolution(
    channels: int, size: int, stride: int, name: str, dtype: Any
) -> keras.layers.Conv2D:
    return keras.layers.Conv2D(
        channels,
        size,
        strides=stride,
        padding="same",
        kernel_initializer="he_normal",
        name=name,
        dtype=dtype,
    )


def _build_chain(layers: list[Any], shape: tuple[int | None, ...]) -> tuple[Any, ...]:
    for layer in layers:
        layer.build(shape)
        shape = layer.compute_output_shape(shape)
    return shape


def _flatten(x: Any) -> Any:
    return ops.reshape(x, (-1, x.shape[1] * x.shape[2] * x.shape[3]))
