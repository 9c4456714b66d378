"""The runs of Tables 1 and 2 and of the studies, as changes of one configuration.

Every row changes a copy of the same settings, so that a small configuration gives the
same ladder at a small size.
"""

import copy
import dataclasses
import itertools
from collections.abc import Callable, Mapping

from stpose_tf import config as configs
from stpose_tf.models import receptive_field
from stpose_tf.studies import published

Change = Callable[[configs.ExperimentConfig], None]

FULL_STRIDES = (1, 2, 3, 5, 7)
_TABLE_1 = published.TABLES["1"]
_REFERENCE = "512 64 1,2,3 1"
_OCCLUSIONS = ("frames", "run", "points", "limb", "joint", "area")
FORECAST_SEEN = 50  # frames before the future, as the field has it
_RUN_RATE = 0.5
_LEAST_SCORED = 16  # frames of an evaluation row


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A configuration of a ladder.

    Attributes:
        name: Of its run's folder.
        label: What the table calls it.
        change: Makes it from the settings that all rungs share.
        withheld: Whether the 3D of some training subjects is kept from it.
        adds_2d: Whether these subjects come back as 2D-only clips.
    """

    name: str
    label: str
    change: Change
    withheld: bool = False
    adds_2d: bool = False

    def config(
        self, shared: configs.ExperimentConfig, *, seed: int = 0
    ) -> configs.ExperimentConfig:
        """Returns the rung's settings; `shared` stays as it is.

        Args:
            shared: Settings of all rungs.
            seed: Number of the repetition, added to the shared seed.
        """
        config = copy.deepcopy(shared)
        self.change(config)
        config.seed += seed
        config.name = f"{shared.name}-{self.name}-seed{seed}"
        return config


def _base(config: configs.ExperimentConfig) -> None:
    """The paper's Base: peaks, one stride, squared error, rotated skeletons.

    Departs from the paper: it is silent on whether the later rows rotate the
    skeletons; they do, so that a row adds one thing only.
    """
    config.model.encoder = configs.Encoder.PEAKS
    config.model.strides = (1,)
    config.views.rotate_skeleton = True
    config.loss.multi_view = 0.0
    config.loss.reprojection = 0.0
    config.loss.adversarial = 0.0


def _embedding(
    config: configs.ExperimentConfig, shared: configs.ExperimentConfig
) -> None:
    config.model.encoder = shared.model.encoder


def _multi_stride(
    config: configs.ExperimentConfig, shared: configs.ExperimentConfig
) -> None:
    del shared
    config.model.strides = FULL_STRIDES


def _multi_view(
    config: configs.ExperimentConfig, shared: configs.ExperimentConfig
) -> None:
    config.loss.multi_view = shared.loss.multi_view


def _spatial_kcs(
    config: configs.ExperimentConfig, shared: configs.ExperimentConfig
) -> None:
    config.loss.adversarial = shared.loss.adversarial
    config.discriminator.spatial_kcs = True
    config.discriminator.temporal_kcs = False


def _temporal_kcs(
    config: configs.ExperimentConfig, shared: configs.ExperimentConfig
) -> None:
    del shared
    config.discriminator.temporal_kcs = True


def _data_2d(
    config: configs.ExperimentConfig, shared: configs.ExperimentConfig
) -> None:
    config.loss.reprojection = shared.loss.reprojection


_STEPS = (
    ("embedding", "+embedding", _embedding),
    ("multi_stride", "+multi-stride TCN", _multi_stride),
    ("multi_view", "+Multi-view loss", _multi_view),
    ("spatial_kcs", "+Spatial KCS", _spatial_kcs),
    ("temporal_kcs", "+Temporal KCS", _temporal_kcs),
    ("data_2d", "+2D Data", _data_2d),
)
"""What each row of Table 2 adds to the one before, as the shared settings have it."""


def _ablation(name: str, label: str, steps: int) -> Rung:
    """Returns Base with the first steps, each as the shared settings have it."""

    def change(config: configs.ExperimentConfig) -> None:
        shared = copy.deepcopy(config)
        _base(config)
        for _, _, add in _STEPS[:steps]:
            add(config, shared)

    return Rung(
        name=f"table2_{name}",
        label=label,
        change=change,
        withheld=True,
        adds_2d=name == "data_2d",
    )


def _sensitivity(setting: str) -> Rung:
    embedding, length, strides, interval = _TABLE_1.setting[setting]

    def change(config: configs.ExperimentConfig) -> None:
        reference_length = config.data.length
        config.model.embedding_size = embedding
        config.model.strides = strides
        config.discriminator.interval = interval
        config.loss.reprojection = 0.0  # no 2D data in this table
        config.data.length = length
        # As many frames in a batch whatever the length of its windows.
        frames = config.data.batch_size * reference_length
        config.data.batch_size = max(1, frames // length)

    shown = "-".join(map(str, strides))
    return Rung(
        name=f"table1_e{embedding}_t{length}_s{shown}_i{interval}",
        label=setting,
        change=change,
    )


TABLE_1: Mapping[str, Rung] = {
    setting: _sensitivity(setting) for setting in _TABLE_1.rows
}
"""By the setting as the paper prints it: embedding, T, strides, interval."""

SWEEPS: Mapping[str, tuple[str, ...]] = {
    "embedding": tuple(f"{size} 64 1,2,3 1" for size in (64, 128, 256, 512, 1024)),
    "temporal length": tuple(f"512 {size} 1,2,3 1" for size in (8, 16, 32, 64, 128)),
    "strides": tuple(
        f"512 64 {strides} 1"
        for strides in ("1", "1,2", "1,2,3", "1,2,3,5", "1,2,3,5,7")
    ),
    "TKCS interval": tuple(f"512 64 1,2,3 {interval}" for interval in (1, 3, 5)),
}
"""The paper's four blocks; `512 64 1,2,3 1` is one run in all of them."""

TABLE_2: tuple[Rung, ...] = (
    _ablation("base", "Base", 0),
    *(
        _ablation(name, label, count)
        for count, (name, label, _) in enumerate(_STEPS, start=1)
    ),
)


def _full(config: configs.ExperimentConfig) -> None:
    config.model.strides = FULL_STRIDES
    config.loss.reprojection = 0.0


def _without_occlusion(config: configs.ExperimentConfig) -> None:
    _full(config)
    for name in _OCCLUSIONS:
        setattr(config.augment, name, 0.0)


OCCLUSION: tuple[Rung, ...] = (
    Rung(name="occlusion_with", label="occlusion training", change=_full),
    Rung(
        name="occlusion_without",
        label="no occlusion training",
        change=_without_occlusion,
    ),
    Rung(name="occlusion_base", label="Base", change=_base),
)

SPEED: tuple[Rung, ...] = (
    TABLE_1["512 64 1 1"],
    TABLE_1["512 64 1,2,3,5,7 1"],
)


def forecast(future: int) -> Rung:
    """Returns the forecaster: windows of one rate that often end in the dark.

    It has blocks enough for the last frame of the future to see half of the past.

    Args:
        future: Frames to predict at the evaluation rate.
    """

    def change(config: configs.ExperimentConfig) -> None:
        _full(config)
        # Only the evaluation rate: a horizon is a time, and needs one.
        config.data.temporal_strides = (config.evaluation.temporal_stride,)
        reference_length = config.data.length
        config.data.length = max(config.data.length, FORECAST_SEEN + future)
        frames = config.data.batch_size * reference_length
        config.data.batch_size = max(1, frames // config.data.length)
        config.augment.run = _RUN_RATE
        config.augment.run_length = future
        config.augment.run_at_end = 0.75
        _deepen(config, past=future + FORECAST_SEEN // 2)

    return Rung(name="forecast", label="forecaster", change=change)


def _deepen(config: configs.ExperimentConfig, *, past: int) -> None:
    """Adds blocks until a model looks so far back, and room for them in its rows."""
    model = config.model
    for blocks in itertools.count(model.blocks):
        reach = receptive_field.of_branch(
            max(model.strides),
            blocks=blocks,
            kernel_size=model.kernel_size,
            causal=model.causal,
        )
        if reach.past >= past:
            break
    model.blocks = blocks
    least = 2 * max(reach.past, reach.future) + _LEAST_SCORED
    config.evaluation.length = max(config.evaluation.length, least)
