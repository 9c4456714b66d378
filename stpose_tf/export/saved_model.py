"""The generator as a TensorFlow SavedModel, for TensorFlow Serving."""

from pathlib import Path

import keras

from stpose_tf.export import job as jobs
from stpose_tf.export import signatures, warmup_requests


def write(job: jobs.Job, folder: Path) -> None:
    """Writes a SavedModel that needs nothing but TensorFlow.

    It has the functions of `signatures.clips`, `signatures.keypoints` and
    `signatures.stream`, for any batch and time, and requests with which TensorFlow
    Serving runs each of them before the first client does.
    """
    generator, said = job.generator, job.preprocessor
    archive = keras.export.ExportArchive()
    archive.track(generator)
    for signature in (
        signatures.clips(generator),
        signatures.keypoints(generator, said),
        signatures.stream(generator),
    ):
        archive.add_endpoint(
            signature.name, signature.checked, input_signature=[signature.inputs]
        )
    archive.write_out(folder, verbose=False)
    warmup_requests.write(
        folder,
        (
            signatures.clips(generator, batch=1, time=1),
            signatures.keypoints(generator, said, batch=1, time=1),
            signatures.stream(generator, batch=1),
        ),
    )
