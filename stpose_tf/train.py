"""Trains a model, or goes on with an interrupted run.

python tools/train.py --config=configs/tiny.py --records=records/demo \
    --workdir=runs/tiny
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from absl import flags
from ml_collections import config_flags

from stpose_tf import commands, errors
from stpose_tf.training import run


def define_flags() -> None:
    """Defines the command's flags."""
    config_flags.DEFINE_config_file("config", None, "Settings of the run.")
    flags.DEFINE_list("records", None, "Folders of records, for config.data.records.")
    flags.DEFINE_string("workdir", None, "Where checkpoints, logs and the model go.")
    flags.DEFINE_bool("overwrite", False, "Remove an earlier run and begin anew.")
    flags.DEFINE_bool("tensorboard", False, "Also write curves and pictures.")


def main(argv: Sequence[str]) -> int | None:
    """Trains the model."""
    del argv
    given = flags.FLAGS
    for name in ("config", "workdir"):
        if given[name].value is None:
            raise errors.InputError(f"--{name}: expected a value. Received: none")
    if given.records is not None:
        given.config.data.records = tuple(given.records)
    outcome = run.train(
        given.config,
        Path(given.workdir),
        overwrite=given.overwrite,
        tensorboard=given.tensorboard,
        say=_say,
    )
    if not outcome.finished:
        return commands.PARTLY
    best = "" if outcome.best_mpjpe is None else f", MPJPE {outcome.best_mpjpe:.1f} mm"
    _say(f"best model: {Path(given.workdir) / 'best'}{best}")
    return None


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    commands.run(define_flags, main)
