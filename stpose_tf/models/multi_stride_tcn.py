"""The paper's multi-scale temporal features."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from stpose_tf import errors
from stpose_tf.models import temporal_branch


@keras.saving.register_keras_serializable(package="stpose_tf")
class MultiStrideTCN(keras.layers.Layer):
    """Parallel TCNs of different temporal strides, their features concatenated.

    One dense layer makes the input of all branches at once.

    Args:
        channels: Width of each branch.
        strides: Temporal stride of each branch (Cheng et al. 2020: 1, 2, 3, 5, 7).
        blocks: Residual blocks of a branch, two convolutions each.
        kernel_size: Taps of each convolution, odd.
        dropout: Rate at which whole channels are dropped inside a block.
        causal: Whether outputs depend on the present and earlier frames only.

    Call arguments:
        embeddings: `[batch, time, embedding]`.
        frame_mask: 1 inside the clip and 0 outside, `[batch, time, 1]`; None when
            every frame is inside.
        training: Whether dropout is active.

    Input shape:
        `(batch, time, embedding)`
    Output shape:
        `(batch, time, branches * channels)`, branch after branch

    Reference:
        Cheng et al. 2020, "Multi-Scale Features for Pose Estimation".
    """

    def __init__(
        self,
        channels: int,
        *,
        strides: Sequence[int],
        blocks: int,
        kernel_size: int,
        dropout: float = 0.0,
        causal: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not strides or min(strides) < 1 or len(set(strides)) < len(strides):
            raise errors.InputError(
                "strides: expected different integers of at least 1. Received: "
                f"{tuple(strides)}"
            )
        if kernel_size % 2 == 0:
            raise errors.InputError(
                f"kernel_size: expected an odd number. Received: {kernel_size}"
            )
        self.channels = channels
        self.strides = tuple(strides)
        self.blocks = blocks
        self.kernel_size = kernel_size
        self.dropout = dropout
        self.causal = causal
        self.projection = keras.layers.Dense(
            len(self.strides) * channels, name="projection", dtype=self.dtype_policy
        )
        self.branches = [
            temporal_branch.TemporalBranch(
                channels,
                stride=stride,
                blocks=blocks,
                kernel_size=kernel_size,
                dropout=dropout,
                causal=causal,
                name=f"stride_{stride}",
                dtype=self.dtype_policy,
            )
            for stride in self.strides
        ]

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.projection.build(input_shape)
        for branch in self.branches:
            branch.build((None, None, self.channels))

    def call(
        self,
        embeddings: Any,
        frame_mask: Any | None = None,
        training: bool | None = None,
    ) -> Any:
        inputs = ops.split(self.projection(embeddings), len(self.branches), axis=-1)
        features = [
            branch(x, frame_mask=frame_mask, training=training)
            for branch, x in zip(self.branches, inputs, strict=True)
        ]
        return ops.concatenate(features, axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "channels": self.channels,
            "strides": list(self.strides),
            "blocks": self.blocks,
            "kernel_size": self.kernel_size,
            "dropout": self.dropout,
            "causal": self.causal,
        }
