"""The spatio-temporal KCS discriminator."""

from typing import Any

import keras
from keras import ops

from stpose_tf import errors
from stpose_tf.geometry import skeletons
from stpose_tf.models import tkcs_features

_LAYERS = 3
_KERNEL_SIZE = 5
_SLOPE = 0.2


@keras.saving.register_keras_serializable(package="stpose_tf")
class TKCSDiscriminator(keras.Model):
    """Tells real motion from generated motion, patch by patch in time.

    Three convolutions of 5 taps and temporal stride 2, each with a normalization per
    frame, then one logit for each of ceil(time / 8) overlapping patches of 29 frames.
    Psi and Phi are computed in float32 under every precision.

    Args:
        skeleton: Name of the order of the joints; has a tree.
        spatial_kcs: Whether it sees Psi.
        temporal_kcs: Whether it sees Phi (Cheng et al. 2020, Eq. 4).
        interval: Frames between the two Psi of a Phi.
        channels: Width of its TCN.

    Call arguments:
        inputs: A dict of `poses`, joints in meters relative to the root,
            `[batch, time, joints, 3]`, and `rotation` `[batch, 3, 3]`, which turns
            the coordinates (Eq. 5).

    Input shape:
        `{"poses": (batch, time, joints, 3), "rotation": (batch, 3, 3)}`
    Output shape:
        `(batch, ceil(time / 8))`, float32 logits; high is real

    Reference:
        Cheng et al. 2020, "Spatio-Temporal KCS Pose Discriminator". The paper does
        not give its layers; strided convolutions over patches are as in the first
        author's public code of 2019.
    """

    def __init__(
        self,
        *,
        skeleton: str = "h36m17",
        spatial_kcs: bool = True,
        temporal_kcs: bool = True,
        interval: int = 1,
        channels: int = 128,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"autocast": False, **kwargs})
        tree = skeletons.get(skeleton)
        if tree.parents is None:
            raise errors.InputError(
                f"skeleton: expected one with a tree. Received: {skeleton}"
            )
        self.skeleton = skeleton
        self.spatial_kcs = spatial_kcs
        self.temporal_kcs = temporal_kcs
        self.interval = interval
        self.channels = channels
        self.convolutions = [
            keras.layers.Conv1D(
                channels,
                _KERNEL_SIZE,
                strides=2,
                padding="same",
                kernel_initializer="he_normal",
                name=f"convolution_{index}",
                dtype=self.dtype_policy,
            )
            for index in range(_LAYERS)
        ]
        self.normalizations = [
            keras.layers.LayerNormalization(
                epsilon=1e-5, name=f"normalization_{index}", dtype=self.dtype_policy
            )
            for index in range(_LAYERS)
        ]
        self.logit = keras.layers.Dense(1, name="logit", dtype="float32")

    def build(self, input_shape: Any = None) -> None:
        width = tkcs_features.num_features(
            skeletons.get(self.skeleton),
            spatial=self.spatial_kcs,
            temporal=self.temporal_kcs,
        )
        for convolution, normalization in zip(
            self.convolutions, self.normalizations, strict=True
        ):
            convolution.build((None, None, width))
            width = self.channels
            normalization.build((None, None, width))
        self.logit.build((None, None, width))
        self.built: bool = True

    def call(self, inputs: dict[str, Any], training: bool | None = None) -> Any:
        skeleton = skeletons.get(self.skeleton)
        poses, rotation = inputs["poses"], inputs["rotation"]
        if len(poses.shape) != 4 or tuple(poses.shape[2:]) != (skeleton.num_joints, 3):
            raise errors.InputError(
                "TKCSDiscriminator: expected poses of shape [batch, time, joints="
                f"{skeleton.num_joints}, 3]. Received: {tuple(poses.shape)}"
            )
        x = tkcs_features.motion_features(
            poses,
            rotation,
            skeleton,
            interval=self.interval,
            spatial=self.spatial_kcs,
            temporal=self.temporal_kcs,
        )
        for convolution, normalization in zip(
            self.convolutions, self.normalizations, strict=True
        ):
            x = normalization(ops.leaky_relu(convolution(x), _SLOPE))
        return ops.squeeze(self.logit(x), axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "skeleton": self.skeleton,
            "spatial_kcs": self.spatial_kcs,
            "temporal_kcs": self.temporal_kcs,
            "interval": self.interval,
            "channels": self.channels,
        }
