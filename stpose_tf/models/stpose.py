"""`STPose`: heat maps of a video to 3D poses."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
from keras import ops

from stpose_tf import config, errors
from stpose_tf.geometry import skeletons
from stpose_tf.models import (
    heatmap_encoder,
    multi_stride_tcn,
    pose_head,
    presets,
    receptive_field,
)

_ENCODERS: dict[config.Encoder, Any] = {
    config.Encoder.COMPACT: heatmap_encoder.CompactEncoder,
    config.Encoder.CONV5: heatmap_encoder.Conv5Encoder,
    config.Encoder.PEAKS: heatmap_encoder.PeakEncoder,
}


@keras.saving.register_keras_serializable(package="stpose_tf")
class STPose(keras.Model):
    """3D poses from the heat maps of one tracked person.

    Each frame's heat maps are embedded, parallel TCNs of several temporal strides run
    over the embeddings, and a head turns their concatenated features into joints.
    Works on any number of frames from 1 up.

    Args:
        input_skeleton: Name of the order of the heat maps.
        output_skeleton: Name of the order of the predicted joints; has a root.
        heatmap_size: Height and width of a heat map.
        encoder: `"compact"`, `"conv5"` or `"peaks"`.
        embedding_size: Length of a frame's embedding.
        strides: Temporal stride of each TCN branch.
        channels: Width of each branch.
        blocks: Residual blocks of a branch, two convolutions each.
        kernel_size: Taps of each convolution, odd.
        head_channels: Width of the layer between the branches and the outputs.
        dropout: Rate inside the residual blocks.
        causal: Whether an output may depend on earlier frames only.

    Call arguments:
        inputs: Heat maps in 0..1, `[batch, time, height, width, keypoints]`, or a
            dict of them as `heatmaps` and optionally `frame_mask` `[batch, time]`:
            1 inside the clip, 0 outside. Frames outside act as if absent.
        training: Whether dropout is active.

    Attributes:
        heatmap_shape: Height, width and keypoints of a frame's heat maps.
        preset: What its preset says of it, if it came from one.

    Output shape:
        A dict of float32 tensors. `pose`: joints in mm in the crop frame, relative to
        the root, which is exactly 0, `[batch, time, joints, 3]`; 0 outside the clip.
        `log_sigma`: log of each joint's standard error in mm,
        `[batch, time, joints]`; it means nothing outside the clip.

    Reference:
        Cheng et al. 2020, "3D Human Pose Estimation Using Spatio-Temporal Networks
        with Explicit Occlusion Training".
    """

    def __init__(
        self,
        *,
        input_skeleton: str = "coco17",
        output_skeleton: str = "h36m17",
        heatmap_size: Sequence[int] = (64, 64),
        encoder: str = "compact",
        embedding_size: int = 512,
        strides: Sequence[int] = (1, 2, 3, 5, 7),
        channels: int = 128,
        blocks: int = 2,
        kernel_size: int = 3,
        head_channels: int = 512,
        dropout: float = 0.1,
        causal: bool = False,
        **kwargs: Any,
    ) -> None:
        # Encoders cast heat maps themselves: peaks are decoded in float32.
        super().__init__(**{"autocast": False, **kwargs})
        if encoder not in _ENCODERS:
            raise errors.InputError(
                f"encoder: expected one of {', '.join(_ENCODERS)}. Received: {encoder}"
            )
        joints = skeletons.get(output_skeleton)
        keypoints = skeletons.get(input_skeleton)
        self.input_skeleton = input_skeleton
        self.output_skeleton = output_skeleton
        self.heatmap_shape = (*heatmap_size, keypoints.num_joints)
        self.preset: presets.Preset | None = None
        self.encoder = str(encoder)
        self.embedding_size = embedding_size
        self.head_channels = head_channels
        self.embedding = _ENCODERS[config.Encoder(encoder)](
            embedding_size, name="embedding", dtype=self.dtype_policy
        )
        self.tcn = multi_stride_tcn.MultiStrideTCN(
            channels,
            strides=strides,
            blocks=blocks,
            kernel_size=kernel_size,
            dropout=dropout,
            causal=causal,
            name="tcn",
            dtype=self.dtype_policy,
        )
        self.head = pose_head.PoseHead(
            joints.num_joints,
            root_index=joints.root_index,
            channels=head_channels,
            name="head",
            dtype=self.dtype_policy,
        )

    @classmethod
    def from_preset(cls, path: Path | str) -> "STPose":
        """Returns the trained model of a preset.

        Args:
            path: Its folder, or `hf://OWNER/NAME` on the Hugging Face Hub.

        Raises:
            InputError: If there is none, or its parts do not fit together.
        """
        folder = presets.locate(path)
        preset = presets.load(folder)
        model = cls(**dataclasses.asdict(preset.config.model))
        model.build((None, None, *model.heatmap_shape))
        presets.load_weights(model, folder)
        model.preset = preset
        return model

    def save_to_preset(
        self, folder: Path | str, *, preset: presets.Preset | None = None
    ) -> None:
        """Writes the model and what it needs to be used into a folder.

        Args:
            folder: Empty, missing, or a preset, which is replaced.
            preset: What to say of the model; else what the preset it came from said.

        Raises:
            InputError: If nothing is to be said of it, or something else lies there.
        """
        preset = preset or self.preset
        if preset is None:
            raise errors.InputError(
                "save_to_preset: expected `preset`, as this model did not come from "
                "one; `presets.describe` tells what goes in and out. Received: none"
            )
        own = self.get_config()
        for name, value in dataclasses.asdict(preset.config.model).items():
            value = list(value) if isinstance(value, tuple) else value
            if own[name] != value:
                raise errors.InputError(
                    f"save_to_preset: expected preset.config.model.{name}={own[name]}, "
                    f"as the model has it. Received: {value}"
                )
        presets.write(Path(folder), self, preset)

    @property
    def receptive_fields(self) -> dict[int, receptive_field.ReceptiveField]:
        """Of each branch, by temporal stride: the frames an output depends on."""
        tcn = self.tcn
        return {
            stride: receptive_field.of_branch(
                stride,
                blocks=tcn.blocks,
                kernel_size=tcn.kernel_size,
                causal=tcn.causal,
            )
            for stride in tcn.strides
        }

    @property
    def context(self) -> tuple[int, int]:
        """Frames before and after a frame that its pose depends on."""
        fields = self.receptive_fields.values()
        return max(f.past for f in fields), max(f.future for f in fields)

    @property
    def branch_costs(self) -> tuple[receptive_field.BranchCost, ...]:
        """What each branch sees and costs; `receptive_field.table` prints it."""
        return receptive_field.branch_costs(
            self.receptive_fields.values(),
            embedding_size=self.embedding_size,
            channels=self.tcn.channels,
            blocks=self.tcn.blocks,
            kernel_size=self.tcn.kernel_size,
        )

    def build(self, input_shape: Any = None) -> None:
        self.embedding.build((None, *self.heatmap_shape))
        self.tcn.build((None, None, self.embedding_size))
        width = len(self.tcn.strides) * self.tcn.channels
        self.head.build((None, None, width))
        self.built: bool = True

    def call(self, inputs: Any, training: bool | None = None) -> dict[str, Any]:
        heatmaps, frame_mask = self._unpack(inputs)
        batch, time = ops.shape(heatmaps)[:2]
        frames = ops.reshape(heatmaps, (batch * time, *self.heatmap_shape))
        embeddings = self.embedding(frames, training=training)
        embeddings = ops.reshape(embeddings, (batch, time, self.embedding_size))
        if frame_mask is None:
            return self.head(self.tcn(embeddings, training=training))
        # Chosen, not multiplied: whatever lies in the maps outside, even NaN, is gone.
        inside = ops.cast(frame_mask, "bool")[:, :, None]
        embeddings = ops.where(inside, embeddings, ops.zeros_like(embeddings))
        mask = ops.cast(inside, embeddings.dtype)
        outputs = self.head(self.tcn(embeddings, frame_mask=mask, training=training))
        pose = outputs["pose"] * ops.cast(inside[..., None], "float32")
        return {**outputs, "pose": pose}

    def _unpack(self, inputs: Any) -> tuple[Any, Any | None]:
        heatmaps, frame_mask = inputs, None
        if isinstance(inputs, dict):
            if not {"heatmaps"} <= inputs.keys() <= {"heatmaps", "frame_mask"}:
                raise errors.InputError(
                    "STPose: expected inputs 'heatmaps' and, if wanted, 'frame_mask'. "
                    f"Received: {', '.join(map(repr, inputs))}"
                )
            heatmaps, frame_mask = inputs["heatmaps"], inputs.get("frame_mask")
        _check_shape("heatmaps", heatmaps, (None, None, *self.heatmap_shape))
        if frame_mask is not None:
            _check_shape("frame_mask", frame_mask, tuple(heatmaps.shape[:2]))
        return heatmaps, frame_mask

    def get_config(self) -> dict[str, Any]:
        tcn = self.tcn
        return {
            **super().get_config(),
            "input_skeleton": self.input_skeleton,
            "output_skeleton": self.output_skeleton,
            "heatmap_size": list(self.heatmap_shape[:2]),
            "encoder": self.encoder,
            "embedding_size": self.embedding_size,
            "strides": list(tcn.strides),
            "channels": tcn.channels,
            "blocks": tcn.blocks,
            "kernel_size": tcn.kernel_size,
            "head_channels": self.head_channels,
            "dropout": tcn.dropout,
            "causal": tcn.causal,
        }


def _check_shape(name: str, tensor: Any, expected: tuple[int | None, ...]) -> None:
    shape = tuple(tensor.shape)
    fits = len(shape) == len(expected) and all(
        want is None or have is None or have == want
        for have, want in zip(shape, expected, strict=False)
    )
    if not fits:
        axes = ("batch", "time", "height", "width", "keypoints")
        wanted = ", ".join(
            axis if size is None else f"{axis}={size}"
            for axis, size in zip(axes, expected, strict=False)
        )
        raise errors.InputError(
            f"STPose: expected {name} of shape [{wanted}]. Received: {shape}"
        )
