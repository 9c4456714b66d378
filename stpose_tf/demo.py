"""The whole main job on made-up motion, in minutes.

python -m stpose_tf.demo --out=demo

Records, training, evaluation, export and pictures, each by its own command, which is
printed first: change a flag and run it again by itself.
"""

import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from stpose_tf import commands, errors
from stpose_tf.viz import prediction_pictures

_CONFIG = "configs/demo.py"


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_string("out", "demo", "Folder for everything that is made.")
    flags.DEFINE_string("config", _CONFIG, "Settings of the run.")
    flags.DEFINE_bool("overwrite", False, "Replace what an earlier demo made.")


def main(arguments: Sequence[str]) -> None:
    """Runs the commands one after another and says where the results are."""
    del arguments
    given = flags.FLAGS
    out = Path(given.out)
    if out.exists() and not out.is_dir():
        raise errors.InputError(f"--out: expected a folder. Received: a file, {out}")
    if out.exists() and any(out.iterdir()) and not given.overwrite:
        raise errors.InputError(
            f"--out: expected an empty folder (--overwrite replaces it). "
            f"Received: {out}"
        )
    if not Path(given.config).is_file():
        raise errors.InputError(
            f"--config: expected a file (run this in the checkout). "
            f"Received: {given.config}"
        )
    begin = time.monotonic()
    records, workdir = out / "records", out / "run"
    overwrite = ["--overwrite"] if given.overwrite else []
    steps = {
        "Made-up motion through four virtual cameras": [
            "build_records",
            "--source=procedural",
            f"--output={records}",
            *overwrite,
        ],
        "Training: generator against discriminator": [
            "train",
            f"--config={given.config}",
            f"--records={records}",
            f"--workdir={workdir}",
            *overwrite,
        ],
        "Evaluation on people who were never trained on": [
            "evaluate",
            f"--workdir={workdir}",
            "--pictures=6",
        ],
        "Export, compared with the model": [
            "export",
            f"--workdir={workdir}",
            *overwrite,
        ],
    }
    for title, words in steps.items():
        _run(title, words)
    for made, what in (
        (workdir / "report.md", "the table above, and more"),
        (workdir / prediction_pictures.STRIP, "what went in, the truth, the answer"),
        (workdir / prediction_pictures.VIEWER, "open it in a browser: turn, play"),
        (workdir / "export" / "saved_model", "for TensorFlow Serving"),
    ):
        _say(f"{made}: {what}")
    _say(f"done in {(time.monotonic() - begin) / 60:.1f} min")


def _run(title: str, words: Sequence[str]) -> None:
    """Runs one of the package's commands; its failure is ours."""
    _say(f"\n== {title}\n$ python -m stpose_tf.{shlex.join(words)}")
    module, *arguments = words
    done = subprocess.run(
        [sys.executable, "-m", f"stpose_tf.{module}", *arguments], check=False
    )
    if done.returncode != commands.DONE:
        raise errors.InputError(
            f"{module}: expected it to end well. Received: exit code {done.returncode}"
        )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    commands.run(define_flags, main)
