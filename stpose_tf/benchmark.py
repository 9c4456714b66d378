"""How fast the parts of training are, or the stages from a video to 3D.

python tools/benchmark.py --config=configs/cmu.py --records=records/cmu
python tools/benchmark.py --video=clip.mp4 --workdir=runs/cmu
"""

import functools
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import tensorflow as tf
from absl import flags
from keras import ops
from ml_collections import config_flags

from stpose_tf import commands, errors, video_speed
from stpose_tf import config as configs
from stpose_tf.data import pipeline
from stpose_tf.models import (
    stpose,
    temporal_branch,
    tkcs_discriminator,
)
from stpose_tf.networks2d import network_choice, network_flags
from stpose_tf.training import objectives, trainer_builder

_RUNS = 10
_PIPELINE_BATCHES = 20
_EQUAL_MM = 0.01  # folded and dilated networks are the same network


def define_flags() -> None:
    """Defines the command's flags."""
    config_flags.DEFINE_config_file("config", None, "Experiment to time.")
    flags.DEFINE_list("records", None, "Folders of records, in place of the config's.")
    flags.DEFINE_string("video", None, "Video to time the way to 3D on, instead.")
    flags.DEFINE_string("workdir", None, "Work directory of the video's model.")
    flags.DEFINE_string("preset", None, "Folder of a preset; instead of --workdir.")
    network_flags.define(
        "network", network_choice.DEFAULT, "What finds keypoints in the video:"
    )


def main(arguments: Sequence[str]) -> None:
    """Prints what is asked for."""
    del arguments
    given = flags.FLAGS
    if (given.config is None) == (given.video is None):
        raise errors.InputError(
            "expected one of --config and --video. "
            f"Received: {'none' if given.video is None else 'both'}"
        )
    if given.video is None:
        _time_training()
        return
    seconds, frames = video_speed.measure(
        given.video, commands.model_source(), network_flags.choice("network")
    )
    for line in video_speed.lines(seconds, frames):
        _say(line)


def _time_training() -> None:
    """Prints frames per second of the pipeline, of the step and of its parts."""
    config: configs.ExperimentConfig = flags.FLAGS.config
    if flags.FLAGS.records:
        config.data.records = tuple(flags.FLAGS.records)
    configs.validate(config)
    frames = 2 * config.data.batch_size * config.data.length
    batches = iter(pipeline.build_train(config, pipeline.open_records(config)))
    batch = next(batches)

    keras.mixed_precision.set_global_policy(config.training.precision)
    trainer = trainer_builder.build_trainer(config)
    step = tf.function(trainer.train_step)
    step_seconds = statistics.median(_seconds(lambda: step(batch)))
    pipeline_seconds = _pipeline_seconds(batches)
    _line("input pipeline", pipeline_seconds, frames)
    _line("train step, both networks", step_seconds, frames)
    _say(f"{'pipeline / train step':<34}{step_seconds / pipeline_seconds:10.2f} times")

    generator = trainer.generator
    heatmaps = objectives.windows(batch)["heatmaps"]
    for name, seconds in _parts(generator, trainer.discriminator, heatmaps).items():
        _line(f"  forward + backward, {name}", seconds, frames)
    folded, dilated = _compare(generator, heatmaps)
    ratios = [slow / fast for fast, slow in zip(folded, dilated, strict=True)]
    _line("generator step, folded phases", statistics.median(folded), frames)
    _line("generator step, dilated Conv1D", statistics.median(dilated), frames)
    _say(
        f"{'dilated / folded, time':<34}{statistics.median(ratios):10.2f} times "
        f"(median of {_RUNS} interleaved runs; {min(ratios):.2f} to {max(ratios):.2f})"
    )


def _pipeline_seconds(batches: Iterator[Any]) -> float:
    start = time.perf_counter()
    for _ in range(_PIPELINE_BATCHES):
        next(batches)
    return (time.perf_counter() - start) / _PIPELINE_BATCHES


def _parts(
    generator: stpose.STPose,
    discriminator: tkcs_discriminator.TKCSDiscriminator | None,
    heatmaps: tf.Tensor,
) -> dict[str, float]:
    """Returns the median seconds of each part on its own, forward and backward."""
    windows, time_steps = heatmaps.shape[:2]
    images = tf.reshape(heatmaps, [-1, *heatmaps.shape[2:]])
    size = generator.embedding_size
    embeddings = tf.random.stateless_normal([windows, time_steps, size], [0, 0])
    features = tf.random.stateless_normal(
        [windows, time_steps, len(generator.tcn.strides) * generator.tcn.channels],
        [0, 1],
    )
    poses = generator(heatmaps)["pose"] / 1000.0
    rotation = tf.eye(3, batch_shape=[windows])
    parts: dict[str, tuple[keras.layers.Layer, Callable[[], Any]]] = {
        "encoder": (generator.embedding, lambda: generator.embedding(images)),
        "TCN": (generator.tcn, lambda: generator.tcn(embeddings, training=True)),
        "head": (generator.head, lambda: generator.head(features)),
    }
    for branch in generator.tcn.branches:
        inputs = embeddings[..., : generator.tcn.channels]
        parts[f"branch of stride {branch.stride}"] = (
            branch,
            functools.partial(_call, branch, inputs),
        )
    if discriminator is not None:
        parts["discriminator"] = (
            discriminator,
            lambda: discriminator({"poses": poses, "rotation": rotation}),
        )
    return {
        name: statistics.median(_seconds(_gradient_step(forward, layer)))
        for name, (layer, forward) in parts.items()
    }


def _compare(
    generator: stpose.STPose, heatmaps: tf.Tensor
) -> tuple[list[float], list[float]]:
    """Returns seconds of the same network's step with folded and dilated branches."""
    difference = ops.max(
        ops.abs(generator(heatmaps)["pose"] - _dilated(generator, heatmaps)["pose"])
    )
    if difference > _EQUAL_MM:
        raise errors.InputError(
            f"benchmark: expected equal networks (up to {_EQUAL_MM} mm; use float32). "
            f"Received: {float(difference):.3f} mm apart"
        )
    folded = _gradient_step(lambda: generator(heatmaps, training=True), generator)
    dilated = _gradient_step(
        lambda: _dilated(generator, heatmaps, training=True), generator
    )
    folded()
    dilated()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(_RUNS):
        for step, seconds in zip((folded, dilated), times, strict=True):
            start = time.perf_counter()
            step()
            seconds.append(time.perf_counter() - start)
    return times


def _dilated(
    generator: stpose.STPose, heatmaps: tf.Tensor, *, training: bool = False
) -> dict[str, Any]:
    """Returns the generator's outputs by plain dilated convolutions, same weights."""
    windows, time_steps = heatmaps.shape[:2]
    images = tf.reshape(heatmaps, [-1, *heatmaps.shape[2:]])
    embeddings = generator.embedding(images)
    embeddings = ops.reshape(embeddings, (windows, time_steps, -1))
    tcn = generator.tcn
    inputs = ops.split(tcn.projection(embeddings), len(tcn.branches), axis=-1)
    features = [
        _dilated_branch(branch, x, training=training)
        for branch, x in zip(tcn.branches, inputs, strict=True)
    ]
    outputs: dict[str, Any] = generator.head(ops.concatenate(features, axis=-1))
    return outputs


def _dilated_branch(
    branch: temporal_branch.TemporalBranch, x: Any, *, training: bool
) -> Any:
    reach = (branch.kernel_size - 1) * branch.stride

    def convolve(frames: Any, index: int) -> Any:
        frames = ops.relu(branch.normalizations[index](frames))
        if branch.causal:
            frames = ops.pad(frames, ((0, 0), (reach, 0), (0, 0)))
        layer = branch.convolutions[index]
        return layer.bias + ops.conv(
            frames,
            layer.kernel,
            padding="valid" if branch.causal else "same",
            dilation_rate=branch.stride,
        )

    for block in range(branch.blocks):
        y = branch.drop(convolve(x, 2 * block), training=training)
        x = x + convolve(y, 2 * block + 1)
    return x


def _call(layer: keras.layers.Layer, inputs: Any) -> Any:
    return layer(inputs, training=True)


def _gradient_step(
    forward: Callable[[], Any], layer: keras.layers.Layer
) -> Callable[[], Any]:
    """Returns a compiled function: forward, sum of squares, gradients of the layer."""

    @tf.function
    def step() -> Any:
        with tf.GradientTape() as tape:
            outputs = tf.nest.flatten(forward())
            loss = sum(ops.sum(ops.square(ops.cast(x, "float32"))) for x in outputs)
        return tape.gradient(loss, layer.trainable_variables)

    return step


def _seconds(step: Callable[[], Any]) -> list[float]:
    """Returns the seconds of each run after a first one that is not counted."""
    step()
    seconds = []
    for _ in range(_RUNS):
        start = time.perf_counter()
        tf.nest.map_structure(lambda x: None if x is None else x.numpy(), step())
        seconds.append(time.perf_counter() - start)
    return seconds


def _line(name: str, seconds: float, frames: int) -> None:
    rate = f"{frames / seconds:10,.0f} frames/s"
    _say(f"{name:<34}{rate}{1e3 * seconds:10.1f} ms per batch")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    commands.run(define_flags, main)
