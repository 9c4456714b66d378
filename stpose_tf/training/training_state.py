"""The folder `latest/`: everything that an interrupted run goes on from."""

import dataclasses
import json
import math
from pathlib import Path

import tensorflow as tf

from stpose_tf import errors
from stpose_tf.training import trainer as trainers

_POINTER = "state.json"


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        step: Updates of each network so far.
        best_mpjpe: Lowest validation error in mm so far; infinite before the first.
    """

    step: int = 0
    best_mpjpe: float = math.inf


class TrainingState:
    """Saves and restores a trainer: networks, averages, optimizers, random states.

    A small pointer file, replaced in one operation, names the current checkpoint: an
    interrupt at any moment leaves the old or the new state, never half of one.

    Args:
        folder: `latest/` of a work directory.
        trainer: With networks and optimizers built.
    """

    def __init__(self, folder: Path, trainer: trainers.AdversarialTrainer) -> None:
        self._folder = folder
        owners = {
            "generator": trainer.generator,
            "averaged_generator": trainer.averaged_generator,
            "discriminator": trainer.discriminator,
            "generator_optimizer": trainer.optimizer,
            "discriminator_optimizer": trainer.discriminator_optimizer,
        }
        # Listed, not found by TensorFlow: it overlooks some of Keras's variables,
        # such as the random state of dropout, without a word.
        self._checkpoint = tf.train.Checkpoint(
            **{
                name: [variable.value for variable in owner.variables]
                for name, owner in owners.items()
                if owner is not None
            }
        )

    def save(self, progress: Progress) -> None:
        """Writes the state and then removes the one before."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"step-{progress.step:08d}"
        self._checkpoint.write(str(self._folder / name))
        values = {
            "checkpoint": name,
            "step": progress.step,
            "best_mpjpe": _finite(progress.best_mpjpe),
        }
        partial = self._folder / f"{_POINTER}.partial"
        partial.write_text(json.dumps(values) + "\n")
        partial.replace(self._folder / _POINTER)
        for path in self._folder.glob("step-*"):
            if not path.name.startswith(f"{name}."):
                path.unlink()

    def restore(self) -> Progress | None:
        """Sets the trainer to the saved state; None if there is none.

        Raises:
            InputError: If the folder is damaged.
        """
        path = self._folder / _POINTER
        if not path.exists():
            return None
        try:
            values = json.loads(path.read_text())
            status = self._checkpoint.read(str(self._folder / values["checkpoint"]))
            status.assert_consumed()
            best = values["best_mpjpe"]
            return Progress(values["step"], math.inf if best is None else best)
        except (
            AssertionError,
            KeyError,
            ValueError,
            tf.errors.OpError,
        ) as error:
            raise errors.InputError(
                f"{self._folder}: expected the state of this run (--overwrite starts "
                f"anew). Received: {error}"
            ) from error


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
