"""The generator as a `.keras` file."""

from pathlib import Path

from stpose_tf.export import job as jobs

FILE = "model.keras"


def write(job: jobs.Job, folder: Path) -> None:
    """Writes `model.keras`: the `STPose` itself, to be run or trained further.

    `keras.saving.load_model` reads it wherever `stpose_tf.models.stpose` is imported.
    """
    job.generator.save(folder / FILE)
