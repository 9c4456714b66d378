"""From temporal features to joints and to how far off they may be."""

import math
from typing import Any

import keras
from keras import ops

_MM_PER_METER = 1000.0
_FIRST_ERROR = 100.0  # mm, what an untrained model says of itself


@keras.saving.register_keras_serializable(package="stpose_tf")
class PoseHead(keras.layers.Layer):
    """Joint positions and log standard errors of each frame.

    The last layers run in float32 and in meters. The error's layers see the features
    behind a stopped gradient: their loss changes no pose.

    Args:
        num_joints: Joints of a pose.
        root_index: The joint that stays at the origin.
        channels: Width of the hidden layer.

    Call arguments:
        features: `[..., features]`.

    Input shape:
        `(..., features)`
    Output shape:
        A dict of `pose` `(..., num_joints, 3)` in mm, the root exactly 0, and
        `log_sigma` `(..., num_joints)`, the log of mm
    """

    def __init__(
        self, num_joints: int, *, root_index: int, channels: int, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.num_joints = num_joints
        self.root_index = root_index
        self.channels = channels
        policy = self.dtype_policy
        self.normalization = keras.layers.LayerNormalization(
            epsilon=1e-5, name="normalization", dtype=policy
        )
        self.hidden = keras.layers.Dense(
            channels,
            activation="relu",
            kernel_initializer="he_normal",
            name="hidden",
            dtype=policy,
        )
        self.position = keras.layers.Dense(
            3 * (num_joints - 1),
            kernel_initializer=keras.initializers.RandomNormal(stddev=1e-3),
            name="position",
            dtype="float32",
        )
        self.error_hidden = keras.layers.Dense(
            max(channels // 4, 1),
            activation="relu",
            kernel_initializer="he_normal",
            name="error_hidden",
            dtype=policy,
        )
        self.error = keras.layers.Dense(
            num_joints,
            kernel_initializer=keras.initializers.RandomNormal(stddev=1e-3),
            bias_initializer=keras.initializers.Constant(math.log(_FIRST_ERROR)),
            name="error",
            dtype="float32",
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.normalization.build(input_shape)
        self.hidden.build(input_shape)
        self.position.build((None, None, self.channels))
        self.error_hidden.build((None, None, self.channels))
        self.error.build((None, None, self.error_hidden.units))

    def call(self, features: Any) -> dict[str, Any]:
        x = self.hidden(ops.relu(self.normalization(features)))
        meters = self.position(x)
        leading = ops.shape(meters)[:-1]
        meters = ops.reshape(meters, (*leading, self.num_joints - 1, 3))
        return {
            "pose": _MM_PER_METER * self._with_root(meters),
            "log_sigma": self.error(self.error_hidden(ops.stop_gradient(x))),
        }

    def _with_root(self, others: Any) -> Any:
        root = ops.zeros_like(others[..., :1, :])
        before = others[..., : self.root_index, :]
        after = others[..., self.root_index :, :]
        # No empty part: TensorFlow Lite reads `[:0]` of a flexible shape as `[:]`.
        parts = [part for part in (before, root, after) if part.shape[-2]]
        return ops.concatenate(parts, axis=-2)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_joints": self.num_joints,
            "root_index": self.root_index,
            "channels": self.channels,
        }
