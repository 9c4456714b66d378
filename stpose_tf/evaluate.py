"""Measures a trained model.

python tools/evaluate.py --workdir=runs/tiny
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from stpose_tf import commands, errors
from stpose_tf import config as configs
from stpose_tf.data import pipeline
from stpose_tf.data.records import record_index
from stpose_tf.data.windows import window_plan
from stpose_tf.evaluation import conditions, evaluator, report
from stpose_tf.geometry import skeletons
from stpose_tf.lifting import calibration_report
from stpose_tf.models import stpose
from stpose_tf.training import checkpoints
from stpose_tf.viz import prediction_pictures


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_string("workdir", None, "Work directory of a trained model.")
    flags.DEFINE_string("preset", None, "Folder of a preset; instead of --workdir.")
    flags.DEFINE_list("records", None, "Folders of records instead of the run's own.")
    flags.DEFINE_enum(
        "split", "validation", list(window_plan.SPLITS), "What to measure."
    )
    flags.DEFINE_integer("views", None, "Views of each clip; 0 is all.", lower_bound=0)
    flags.DEFINE_list(
        "conditions", None, f"Some of {', '.join(conditions.KNOWN)}; else all of them."
    )
    flags.DEFINE_string("out", None, "Where the report goes; else the work directory.")
    flags.DEFINE_integer(
        "pictures",
        0,
        "Windows to draw, as strip.png and viewer.html beside the report.",
        lower_bound=0,
    )
    flags.DEFINE_integer(
        "calibration",
        0,
        "Windows of each condition to measure what confidences are worth; the curves "
        "go beside the report.",
        lower_bound=0,
    )


def main(argv: Sequence[str]) -> None:
    """Measures the model, shows the table and writes the report."""
    del argv
    given = flags.FLAGS
    source = commands.model_source()
    out = Path(given.out or given.workdir) if given.out or given.workdir else None
    if out is not None and out.exists() and not out.is_dir():
        raise errors.InputError(f"--out: expected a folder. Received: a file, {out}")
    if given.pictures and out is None:
        raise errors.InputError(
            "--pictures: expected --out or --workdir to draw into. Received: neither"
        )
    if given.calibration and out is None:
        raise errors.InputError(
            "--calibration: expected --out or --workdir to write into. "
            "Received: neither"
        )
    generator, config = checkpoints.load_generator(source)
    if given.records is not None:
        config.data.records = tuple(given.records)
        # What the run left out or held out is nothing that other records must have.
        config.data.exclude_clips = _among(config.data.exclude_clips, config, "id")
        config.data.validation_subjects = _among(
            config.data.validation_subjects, config, "subject"
        )
    if given.views is not None:
        config.evaluation.views = given.views
    indexes = pipeline.open_records(config)
    chosen = (
        conditions.get(tuple(given.conditions))
        if given.conditions is not None
        else evaluator.available(indexes)
    )
    found = evaluator.evaluate(
        generator,
        config,
        indexes,
        split=given.split,
        conditions=chosen,
        mean_pose=checkpoints.load_mean_pose(source),
        progress=_show_progress,
    )
    sys.stdout.write(f"{found.summary_table()}\n")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        found.write(out)
        sys.stdout.write(f"{out / report.MARKDOWN_NAME}\n")
        if given.pictures:
            _draw(generator, config, indexes, chosen, out)
        if given.calibration:
            _calibrate(generator, config, indexes, chosen, out)


def _draw(
    generator: stpose.STPose,
    config: configs.ExperimentConfig,
    indexes: Sequence[record_index.RecordIndex],
    chosen: Sequence[conditions.Condition],
    out: Path,
) -> None:
    """Draws the first and, where there is one, the next condition."""
    stride = config.evaluation.temporal_stride
    clips = [clip for index in indexes for clip in index.clips]
    made = prediction_pictures.write(
        out,
        generator,
        {
            condition.meaning: pipeline.build_eval(
                config,
                indexes,
                split=flags.FLAGS.split,
                context=evaluator.row_context(generator, config),
                condition=condition.op,
                detector=condition.detector_noise,
                max_windows=flags.FLAGS.pictures,
            )
            for condition in chosen[:2]
        },
        names=[clip.id for clip in clips],
        fps=indexes[0].fps / stride,
        frame_step=stride,
    )
    sys.stdout.writelines(f"{path}\n" for path in made)


def _calibrate(
    generator: stpose.STPose,
    config: configs.ExperimentConfig,
    indexes: Sequence[record_index.RecordIndex],
    chosen: Sequence[conditions.Condition],
    out: Path,
) -> None:
    """Measures the standard errors under all conditions together."""
    predictor = evaluator.Predictor(
        generator, config, indexes, split=flags.FLAGS.split, progress=_show_progress
    )
    curves = calibration_report.measure(
        predictor,
        chosen,
        root_index=skeletons.get(config.model.output_skeleton).root_index,
        max_windows=flags.FLAGS.calibration,
    )
    made = calibration_report.write(curves, out)
    sys.stdout.writelines(f"{path}\n" for path in made)


def _among(
    names: tuple[str, ...], config: configs.ExperimentConfig, field: str
) -> tuple[str, ...]:
    """Returns those of `names` that some clip of the records has."""
    indexes = [record_index.load(folder) for folder in config.data.records]
    there = {getattr(clip, field) for index in indexes for clip in index.clips}
    return tuple(name for name in names if name in there)


def _show_progress(condition: str, done: int, total: int) -> None:
    """Keeps one line on a terminal; elsewhere says when a condition is done."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        sys.stderr.write(f"\r{condition}: {done} of {total} batches{end}")
        sys.stderr.flush()
    elif done == total:
        sys.stderr.write(f"{condition}: {total} batches\n")


if __name__ == "__main__":
    commands.run(define_flags, main)
