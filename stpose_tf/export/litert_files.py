"""The generator as TensorFlow Lite files, run by LiteRT."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from stpose_tf.export import job as jobs
from stpose_tf.export import (
    litert_conversion,
    litert_metadata,
    sample_windows,
    signatures,
)

STREAM = "stream_step.tflite"


def file_name(precision: str, *, time: int | None) -> str:
    """Returns the name of the file for clips of `time` frames; None is any number."""
    return f"{precision}.tflite" if time is None else f"{precision}_t{time}.tflite"


def write(job: jobs.Job, folder: Path) -> None:
    """Writes a file for each precision and shape, and the step of a stream.

    `float32.tflite` and so on take any batch and time: resize the input before
    tensors are allocated, as a signature runner does by itself. `float32_t64.tflite`
    and so on take one clip of 64 frames, the shape that delegates want.
    `stream_step.tflite` takes a frame and the state after the one before, in float32;
    see `signatures.stream`. Inputs and outputs are float32 in all of them, and the
    metadata say what they mean.
    """
    windows = list(job.calibration())

    def examples() -> Iterator[dict[str, Any]]:
        for window in windows:
            yield {"heatmaps": window}

    for batch, time in ((None, None), (1, sample_windows.LENGTH)):
        signature = signatures.clips(job.generator, batch=batch, time=time)
        with _saved(job, signature, folder) as saved:
            name = signature.name
            exact = litert_conversion.float32(saved, name)
            for precision, content in (
                ("float32", exact),
                ("float16", litert_conversion.float16(saved, name)),
                ("dynamic_range", litert_conversion.dynamic_range(saved, name)),
                (
                    "int8",
                    litert_conversion.int8(
                        saved, name, examples=examples, float_model=exact
                    ),
                ),
            ):
                facts = {**job.facts(time=time), "precision": precision}
                file = folder / file_name(precision, time=time)
                file.write_bytes(litert_metadata.added(content, facts))
    signature = signatures.stream(job.generator)
    with _saved(job, signature, folder) as saved:
        content = litert_conversion.float32(saved, signature.name)
        facts = {**job.facts(time=1), "precision": "float32"}
        (folder / STREAM).write_bytes(litert_metadata.added(content, facts))


@contextlib.contextmanager
def _saved(
    job: jobs.Job, signature: signatures.Signature, folder: Path
) -> Iterator[Path]:
    """Makes a SavedModel of one signature for as long as the context lasts."""
    archive = keras.export.ExportArchive()
    archive.track(job.generator)
    archive.add_endpoint(
        signature.name, signature.call, input_signature=[signature.inputs]
    )
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        archive.write_out(temporary, verbose=False)
        yield Path(temporary)
