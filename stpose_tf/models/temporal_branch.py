"""One temporal stride of the multi-stride TCN."""

from typing import Any

import keras
from keras import ops

from stpose_tf.models import temporal_folding


@keras.saving.register_keras_serializable(package="stpose_tf")
class TemporalBranch(keras.layers.Layer):
    """Residual TCN whose convolutions look at frames t, t ± s, t ± 2 s, ...

    Every block adds `conv(relu(norm(drop(conv(relu(norm(x)))))))` to its input. It
    equals the same network of dilated convolutions (dilation s in each layer, zero
    padding), but s phases are folded into the batch and run through plain ones.

    Normalization is per frame, so that no frame reaches further than the
    convolutions. Whatever lies outside the clip is zero where a convolution looks,
    so that a clip has the same outputs alone and inside a longer row.

    Args:
        channels: Width of every layer.
        stride: s, the temporal stride.
        blocks: Residual blocks, two convolutions each.
        kernel_size: Taps of each convolution, odd.
        dropout: Rate at which whole channels are dropped inside a block.
        causal: Whether outputs depend on the present and earlier frames only.

    Call arguments:
        frames: Features of each frame, `[batch, time, channels]`.
        frame_mask: 1 inside the clip and 0 outside, `[batch, time, 1]`; None when
            every frame is inside.
        training: Whether dropout is active.

    Input shape:
        `(batch, time, channels)`
    Output shape:
        `(batch, time, channels)`
    """

    def __init__(
        self,
        channels: int,
        *,
        stride: int,
        blocks: int,
        kernel_size: int,
        dropout: float = 0.0,
        causal: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.channels = channels
        self.stride = stride
        self.blocks = blocks
        self.kernel_size = kernel_size
        self.dropout = dropout
        self.causal = causal
        self.normalizations = [
            keras.layers.LayerNormalization(
                epsilon=1e-5, name=f"normalization_{index}", dtype=self.dtype_policy
            )
            for index in range(2 * blocks)
        ]
        self.convolutions = [
            keras.layers.Conv1D(
                channels,
                kernel_size,
                padding="causal" if causal else "same",
                kernel_initializer="he_normal" if index % 2 == 0 else "glorot_normal",
                name=f"convolution_{index}",
                dtype=self.dtype_policy,
            )
            for index in range(2 * blocks)
        ]
        self.drop = keras.layers.SpatialDropout1D(dropout, dtype=self.dtype_policy)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        shape = (None, None, self.channels)
        for layer in (*self.normalizations, *self.convolutions):
            layer.build(shape)

    def call(
        self, frames: Any, frame_mask: Any | None = None, training: bool | None = None
    ) -> Any:
        time = ops.shape(frames)[1]
        mask = temporal_folding.fold_mask(frame_mask, frames, self.stride)
        x = temporal_folding.fold(frames, self.stride)
        for block in range(self.blocks):
            y = self._convolve(x, 2 * block, mask)
            y = self.drop(y, training=training)
            x = x + self._convolve(y, 2 * block + 1, mask)
        return temporal_folding.unfold(x, self.stride, time)

    def _convolve(self, phases: Any, index: int, mask: Any | None) -> Any:
        x = ops.relu(self.normalizations[index](phases))
        if mask is not None:
            x = x * mask
        return self.convolutions[index](x)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "channels": self.channels,
            "stride": self.stride,
            "blocks": self.blocks,
            "kernel_size": self.kernel_size,
            "dropout": self.dropout,
            "causal": self.causal,
        }
