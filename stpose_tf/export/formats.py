"""The formats that a model can be exported to, and what is in each."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from stpose_tf import errors
from stpose_tf.export import (
    comparison,
    keras_file,
    litert_files,
    onnx_files,
    parity,
    runtimes,
    saved_model,
    signatures,
)
from stpose_tf.export import job as jobs
from stpose_tf.export.sample_windows import LENGTH

ALL = "all"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Part:
    """One function of an export, and how it is compared with the model.

    Attributes:
        name: What reports call it.
        file: Where it is in the export's folder.
        signature: A name of `signatures`.
        limits: How far off it may be.
        batch_sizes: Clips in a batch that it is tried with.
        lengths: Frames of a clip that it is tried with.
    """

    name: str
    file: str
    signature: str = signatures.CLIPS
    limits: parity.Limits = parity.FLOAT32
    batch_sizes: Sequence[int] = comparison.BATCH_SIZES
    lengths: Sequence[int] = comparison.LENGTHS

    def compare(
        self, run: runtimes.Run, reference: comparison.Comparison
    ) -> parity.Parity:
        """Returns how far the part, opened as `run`, is from its model."""
        cases: Iterator[parity.Case]
        if self.signature == signatures.KEYPOINTS:
            cases = reference.keypoints(run)
        elif self.signature == signatures.STREAM:
            cases = reference.stream(run)
        else:
            cases = reference.clips(
                run, batch_sizes=self.batch_sizes, lengths=self.lengths
            )
        return parity.Parity(limits=self.limits, cases=tuple(cases))

    def input_shapes(self, job: jobs.Job) -> dict[str, list[int | None]]:
        """Returns the shape of each input; None is an axis of any size."""
        time = self.lengths[0] if len(self.lengths) == 1 else None
        batch = self.batch_sizes[0] if len(self.batch_sizes) == 1 else None
        inputs = {
            signatures.CLIPS: lambda: signatures.clips(
                job.generator, batch=batch, time=time
            ),
            signatures.KEYPOINTS: lambda: signatures.keypoints(
                job.generator, job.preprocessor
            ),
            signatures.STREAM: lambda: signatures.stream(job.generator),
        }[self.signature]().inputs
        return {name: spec.shape.as_list() for name, spec in inputs.items()}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Format:
    """How to write a model and how to run what was written.

    Attributes:
        write: Writes the model into a folder.
        open: Opens a file of it and returns one of its functions.
        parts: What is in the folder.
    """

    write: Callable[[jobs.Job, Path], None]
    open: Callable[[Path, str], runtimes.Run]
    parts: tuple[Part, ...]


_LITERT_LIMITS = {
    "float32": parity.FLOAT32,
    "float16": parity.FLOAT16,
    "dynamic_range": parity.INT8,
    "int8": parity.INT8,
}

KNOWN: Mapping[str, Format] = {
    "saved_model": Format(
        write=saved_model.write,
        open=runtimes.saved_model,
        parts=tuple(
            Part(name=name, file=".", signature=name)
            for name in (signatures.CLIPS, signatures.KEYPOINTS, signatures.STREAM)
        ),
    ),
    "tflite": Format(
        write=litert_files.write,
        open=runtimes.litert,
        parts=(
            *(
                Part(
                    name=precision,
                    file=litert_files.file_name(precision, time=None),
                    limits=limits,
                )
                for precision, limits in _LITERT_LIMITS.items()
            ),
            *(
                Part(
                    name=f"{precision}, {LENGTH} frames",
                    file=litert_files.file_name(precision, time=LENGTH),
                    limits=limits,
                    batch_sizes=(1,),
                    lengths=(LENGTH,),
                )
                for precision, limits in _LITERT_LIMITS.items()
            ),
            Part(
                name=signatures.STREAM,
                file=litert_files.STREAM,
                signature=signatures.STREAM,
            ),
        ),
    ),
    "onnx": Format(
        write=onnx_files.write,
        open=runtimes.onnx,
        parts=(
            Part(name="float32", file=onnx_files.CLIPS),
            Part(
                name=f"float32, {LENGTH} frames",
                file=onnx_files.FIXED_CLIPS,
                lengths=(LENGTH,),
            ),
            Part(
                name=signatures.STREAM,
                file=onnx_files.STREAM,
                signature=signatures.STREAM,
            ),
        ),
    ),
    "keras": Format(
        write=keras_file.write,
        open=runtimes.keras_file,
        parts=(Part(name="float32", file=keras_file.FILE),),
    ),
}


def get(name: str) -> Format:
    """Returns the format called `name`.

    Raises:
        InputError: If there is none.
    """
    if name not in KNOWN:
        raise errors.InputError(
            f"--format: expected one of {', '.join(KNOWN)}. Received: {name}"
        )
    return KNOWN[name]
