"""Windows of real input that exports are compared on and calibrated with."""

import contextlib
import copy
import dataclasses
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.data import motion_shooting, pipeline
from stpose_tf.data.records import record_index, record_writer
from stpose_tf.data.sources.mocap import procedural
from stpose_tf.data.windows import evaluation_rows
from stpose_tf.evaluation import conditions

LENGTH = 64
CONDITIONS = ("clean", "points30", "frames10")
_MADE_UP = "procedural motion"
_MADE_UP_CLIPS = 20
_MADE_UP_SECONDS = 5.0
_SKELETONS = ("coco17", "h36m17")

Array = npt.NDArray[np.float32]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Windows:
    """Equally long pieces of clips, as a model sees them, and the truth.

    Attributes:
        condition: What was done to the input; a name of `conditions.KNOWN`.
        heatmaps: `[windows, time, height, width, keypoints]` in 0..1.
        truths: In the crop frame in mm, root-relative, `[windows, time, joints, 3]`.
        valid: Whether the truth is known, `[windows, time, joints]`.
    """

    condition: str
    heatmaps: Array
    truths: Array
    valid: npt.NDArray[np.bool_]

    def first_frames(self, length: int) -> "Windows":
        """Returns the windows cut to their first frames."""
        return dataclasses.replace(
            self,
            heatmaps=self.heatmaps[:, :length],
            truths=self.truths[:, :length],
            valid=self.valid[:, :length],
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Source:
    """Records, opened, and the settings to read them with.

    Attributes:
        name: What parity reports say of them.
        config: Of the run, with these records.
        indexes: The records.
    """

    name: str
    config: configs.ExperimentConfig
    indexes: tuple[record_index.RecordIndex, ...]

    def windows(
        self, condition: str, *, count: int, training: bool, length: int = LENGTH
    ) -> Windows:
        """Returns windows of a split, spread over all of its clips.

        Args:
            condition: A name of `conditions.KNOWN`.
            count: Number of windows, fewer where there are fewer.
            training: Of the subjects that were trained on, else of those held out.
                Where nobody was held out both are all subjects.
            length: Frames of a window.
        """
        config = self.config
        split = "train" if training else "validation"
        if not config.data.validation_subjects:
            split = "all"
        # Equal input is all a comparison needs: no frames around the scored ones.
        config.evaluation.length = length
        config.evaluation.batch_size = 1
        chosen = conditions.KNOWN[condition]
        plan = evaluation_rows.plan(config, self.indexes, split=split, context=0)
        batches = pipeline.build_eval(
            config,
            self.indexes,
            split=split,
            context=0,
            condition=chosen.op,
            detector=chosen.detector_noise,
            max_windows=min(count, len(plan)),
        )
        rows = list(batches.as_numpy_iterator())
        turned = [
            np.einsum("btij,btkj->btki", r["crop_rotation"], r["pose"]) for r in rows
        ]
        return Windows(
            condition=condition,
            heatmaps=np.concatenate([row["heatmaps"] for row in rows]),
            truths=np.concatenate(turned),
            valid=np.concatenate([row["pose_valid"] for row in rows]) > 0.5,
        )


@contextlib.contextmanager
def open_source(
    config: configs.ExperimentConfig, folders: Sequence[str] | None = None
) -> Iterator[Source]:
    """Opens what windows are drawn from; made-up motion lasts as long as the context.

    Args:
        config: Of the run; is not changed.
        folders: Records; else those of the run, and where they are not at hand
            made-up motion.

    Raises:
        InputError: If `folders` cannot be used, or there are no records and motion
            cannot be made up for the model's skeletons.
    """
    config = copy.deepcopy(config)
    if folders is None and all(Path(name).is_dir() for name in config.data.records):
        folders = config.data.records
    if folders:
        yield _open(config, folders)
        return
    with tempfile.TemporaryDirectory(prefix="stpose_tf_") as folder:
        _make_up(config, Path(folder) / "records")
        source = _open(config, (str(Path(folder) / "records"),))
        yield dataclasses.replace(source, name=_MADE_UP)


def _open(config: configs.ExperimentConfig, folders: Sequence[str]) -> Source:
    config.data.records = tuple(folders)
    there = [clip for name in folders for clip in record_index.load(name).clips]
    # What the run left out or held out is nothing that other records must have.
    data = config.data
    data.exclude_clips = _among(data.exclude_clips, {clip.id for clip in there})
    data.validation_subjects = _among(
        data.validation_subjects, {clip.subject for clip in there}
    )
    return Source(
        name=", ".join(Path(name).name for name in folders),
        config=config,
        indexes=pipeline.open_records(config),
    )


def _make_up(config: configs.ExperimentConfig, folder: Path) -> None:
    model = config.model
    if (model.input_skeleton, model.output_skeleton) != _SKELETONS:
        raise errors.InputError(
            f"--records: expected records of {model.input_skeleton} and "
            f"{model.output_skeleton}. Received: none, and motion can be made up for "
            f"{' and '.join(_SKELETONS)} only"
        )
    fps = 30.0 * config.evaluation.temporal_stride
    with record_writer.RecordWriter(folder, num_shards=1) as writer:
        for planned in procedural.find(
            fps=fps, clips=_MADE_UP_CLIPS, seconds=_MADE_UP_SECONDS
        ):
            clip = motion_shooting.shoot(
                planned.read(), dataset="made up", num_views=1, seed=0
            )
            writer.write(clip)


def _among(names: Sequence[str], known: set[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in known)
