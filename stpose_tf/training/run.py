"""A training run, from settings to a preset, resumable at any step."""

import dataclasses
import functools
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
from absl import logging

from stpose_tf import config as configs
from stpose_tf.data import pipeline
from stpose_tf.data.records import record_index
from stpose_tf.evaluation import evaluator
from stpose_tf.training import (
    checkpoints,
    interruption,
    leakage,
    mean_pose,
    model_card,
    pose_pictures,
    stepping,
    tensorboard_log,
    trainer,
    trainer_builder,
    training_state,
    validation,
    workdir,
)
from stpose_tf.training import strategy as devices

_MEAN_POSE_BATCHES = 8
_PICTURED_FRAMES = 6

Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """How a call of `train` ended.

    Attributes:
        step: Updates of each network so far.
        finished: Whether these are all; otherwise the same call goes on.
        best_mpjpe: Lowest validation error in mm; None without a validation.
    """

    step: int
    finished: bool
    best_mpjpe: float | None


def train(
    config: configs.ExperimentConfig,
    folder: Path,
    *,
    overwrite: bool = False,
    tensorboard: bool = False,
    say: Say = logging.info,
) -> Outcome:
    """Trains a model, or goes on where an earlier call was interrupted.

    Ctrl-C lets the step end, saves the state and returns.

    Args:
        config: The settings.
        folder: The work directory.
        overwrite: Begin anew where a run lies already.
        tensorboard: Also write curves and pictures for TensorBoard.
        say: Takes lines for the user.

    Raises:
        InputError: If the settings, the records or the work directory cannot be
            used, or a loss is no number.
    """
    configs.validate(config)
    if tensorboard:
        tensorboard_log.expect_installed()
    strategy = devices.build(config.training.replicas)
    trainer_builder.expect_divisible(config, strategy.num_replicas_in_sync)
    indexes = pipeline.open_records(config)
    is_new = overwrite or not (folder / workdir.CONFIG).exists()
    if is_new and config.data.validation_subjects:
        leakage.refuse_near_copies(config, indexes)
    keras.utils.set_random_seed(config.seed)
    with devices.precision(config.training.precision), strategy.scope():
        networks = trainer_builder.build_trainer(config)
    context = evaluator.row_context(networks.best_generator, config)
    pipeline.expect_windows(config, indexes, context=context)
    workdir.prepare(folder, config, overwrite=overwrite)
    state = training_state.TrainingState(folder / workdir.LATEST, networks)
    progress = state.restore() or training_state.Progress()
    workdir.truncate_log(folder, progress.step)
    for line in trainer_builder.describe(networks, fps=indexes[0].fps):
        say(line)
    run = _Run(
        config=config,
        folder=folder,
        indexes=indexes,
        networks=networks,
        stepper=stepping.Stepper(networks, strategy),
        state=state,
        say=say,
        tensorboard=tensorboard,
    )
    return run.go_on(progress)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Run:
    """One call of `train` once everything is in place."""

    config: configs.ExperimentConfig
    folder: Path
    indexes: tuple[record_index.RecordIndex, ...]
    networks: trainer.AdversarialTrainer
    stepper: stepping.Stepper
    state: training_state.TrainingState
    say: Say
    tensorboard: bool

    def go_on(self, progress: training_state.Progress) -> Outcome:
        """Trains until the last step or an interrupt."""
        steps = self.config.training.steps
        if progress.step:
            self.say(f"going on after step {progress.step} of {steps}")
        if progress.step < steps:
            batches = self.stepper.distribute(
                pipeline.build_train(
                    self.config, self.indexes, start_step=progress.step
                )
            )
            with interruption.Interruption() as stop:
                while progress.step < steps and not stop.requested:
                    progress = self._epoch(batches, progress, stop)
        if progress.step < steps:
            self.say(
                f"stopped after step {progress.step} of {steps}; the same command "
                "without --overwrite goes on"
            )
        best = progress.best_mpjpe
        return Outcome(
            step=progress.step,
            finished=progress.step >= steps,
            best_mpjpe=best if math.isfinite(best) else None,
        )

    def _epoch(
        self,
        batches: Iterator[Any],
        progress: training_state.Progress,
        stop: interruption.Interruption,
    ) -> training_state.Progress:
        """Trains to the next checkpoint, measures, and saves."""
        training = self.config.training
        epoch = progress.step // training.steps_per_epoch + 1
        end = min(training.steps, epoch * training.steps_per_epoch)
        stretch = self.stepper.train(
            batches, start=progress.step, end=end, stop=lambda: stop.requested
        )
        progress = dataclasses.replace(progress, step=stretch.step)
        if stretch.step == end:
            record = self._record(stretch, epoch)
            if epoch % training.evaluate_every == 0 or end == training.steps:
                measured = self._validation.measure(self.networks)
                record |= measured
                progress = self._keep_best(progress, measured)
            workdir.append_log(self.folder, record)
            if self._curves is not None:
                picture = self._picture(stretch.batch)
                self._curves.write(record, picture=picture)
        self.state.save(progress)
        return progress

    def _record(self, stretch: stepping.Stretch, epoch: int) -> dict[str, Any]:
        """Returns a line of the log."""
        data = self.config.data
        frames = 2 * data.batch_size * data.length
        return {
            "step": stretch.step,
            "epoch": epoch,
            "steps": stretch.steps,
            "learning_rate": float(self.networks.optimizer.learning_rate),
            "seconds_per_step": round(stretch.seconds_per_step, 4),
            "frames_per_second": round(frames / stretch.seconds_per_step, 1),
            "terms": stretch.means,
            "gradient_norms": self.stepper.gradient_norms(stretch.batch),
        }

    def _keep_best(
        self, progress: training_state.Progress, measured: dict[str, Any]
    ) -> training_state.Progress:
        """Writes `best/` if this is the best so far; without validation it is."""
        mpjpe = None
        if measured:
            self.say(validation.summary(measured))
            mpjpe = measured["validation"]["mpjpe_mm"]
            if mpjpe >= progress.best_mpjpe:
                return progress
        generator = self.networks.best_generator
        card = model_card.write(
            self.config,
            self.indexes,
            training=model_card.Training(
                step=progress.step, mpjpe=mpjpe, parameters=generator.count_params()
            ),
        )
        checkpoints.save_preset(
            self.folder / workdir.BEST,
            generator,
            self.config,
            description=self._description,
            card=card,
        )
        best = progress.best_mpjpe if mpjpe is None else mpjpe
        return dataclasses.replace(progress, best_mpjpe=best)

    def _picture(self, batch: Any) -> Any:
        """Returns the averaged generator's poses of a training window and the truth."""
        first = self.stepper.first_replica(batch)
        maps = first["heatmaps"][0, :1]
        poses = self.networks.best_generator(maps, training=False)["pose"][0]
        every = slice(None, None, max(1, maps.shape[1] // _PICTURED_FRAMES))
        turned = evaluator.to_camera_frame(poses, first["crop_rotation"][0, 0])
        return pose_pictures.compare(
            turned[every],
            first["pose"][0, 0].numpy()[every],
            skeleton_name=self.config.model.output_skeleton,
        )

    @functools.cached_property
    def _validation(self) -> validation.Validation:
        return validation.Validation(self.config, self.indexes)

    @functools.cached_property
    def _curves(self) -> tensorboard_log.TensorBoardLog | None:
        if not self.tensorboard:
            return None
        return tensorboard_log.TensorBoardLog(self.folder / workdir.TENSORBOARD)

    @functools.cached_property
    def _description(self) -> dict[str, Any]:
        """The preset's description, with the mean pose of the first batches."""
        first = pipeline.build_train(self.config, self.indexes, with_augmentation=False)
        pose = mean_pose.mean_pose(first.take(_MEAN_POSE_BATCHES))
        return checkpoints.preprocessor(
            self.config, fps=self.indexes[0].fps, mean_pose=pose
        )
