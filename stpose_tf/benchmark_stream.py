"""How long a frame of a stream takes on this machine, beside a whole window.

python tools/benchmark_stream.py --config=configs/cmu.py
"""

import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from absl import flags
from ml_collections import config_flags

from stpose_tf import commands, errors
from stpose_tf import config as configs
from stpose_tf.inference import streaming
from stpose_tf.models import model_builders, stpose, stream_step

_EQUAL_MM = 0.1  # stream and model are the same function
_BLOCKS = 40
_FRAMES = 50  # of a block, one after the other, as in a stream
_WINDOWS = 10  # of a block
_OPSET = 17

Tensors = Mapping[str, Any]


class _Function(NamedTuple):
    """A function of named tensors, its weights, and the tensors' shapes."""

    call: Callable[..., Tensors]
    variables: Sequence[tf.Variable]
    shapes: Mapping[str, tuple[int, ...]]


def define_flags() -> None:
    """Defines the command's flags."""
    config_flags.DEFINE_config_file("config", None, "Experiment whose model to time.")
    flags.DEFINE_integer("length", 64, "Frames of the window.", lower_bound=1)
    flags.DEFINE_float("fps", 30.0, "Frames a second.", lower_bound=1e-3)
    flags.DEFINE_integer("people", 1, "People followed at once.", lower_bound=1)
    flags.DEFINE_integer("threads", 1, "Threads of every runtime.", lower_bound=1)
    flags.mark_flag_as_required("config")


def main(arguments: Sequence[str]) -> None:
    """Prints milliseconds per frame, streaming and running a window for each frame."""
    del arguments
    given = flags.FLAGS
    configs.validate(given.config)
    tf.config.threading.set_intra_op_parallelism_threads(given.threads)
    tf.config.threading.set_inter_op_parallelism_threads(given.threads)
    model = model_builders.build_generator(given.config.model)
    step = stream_step.StreamStep(model)
    _require_equal(model, given.length)
    state = sum(map(math.prod, step.state_shapes.values()))
    latency = streaming.StreamingPredictor(model).latency_ms(given.fps)
    _say(
        f"TCN: {len(model.tcn.strides)} branches of width {model.tcn.channels}, "
        f"float32, {4 * model.tcn.count_params():,} bytes of weights (whole model "
        f"{4 * model.count_params():,})"
    )
    _say(
        f"stream: {4 * state:,} bytes of state per person; a pose lags "
        f"{step.lookahead} frames, {latency:,.0f} ms at {given.fps:g} fps"
    )
    _say(
        f"people {given.people}, window {given.length} frames, "
        f"CPU threads {given.threads}"
    )
    _say(
        f"{'ms':<22}{'frame p50':>10}{'p99':>8}{'window p50':>12}{'p99':>8}{'times':>7}"
    )
    window = _window(model, people=given.people, length=given.length)
    frame = _frame(step, people=given.people)
    for name, runtime in _RUNTIMES.items():
        try:
            run_window, run_frame = (
                runtime(function, given.threads) for function in (window, frame)
            )
        except ImportError as error:
            _say(f"{'TCN, ' + name:<22} not installed: {error.name}")
            continue
        _compare(f"TCN, {name}", _stream(run_frame, frame), _again(run_window, window))
    _compare("all, TensorFlow", *_whole(model, given.people, given.length))


def _require_equal(model: stpose.STPose, length: int) -> None:
    maps = _random((length, *model.heatmap_shape))
    predictor = streaming.StreamingPredictor(model)
    pushed = [predictor.push(frame) for frame in maps]
    poses = [p.pose for p in (*pushed, *predictor.flush()) if p is not None]
    difference = np.abs(poses - model(maps[None])["pose"][0]).max()
    if not difference <= _EQUAL_MM:
        raise errors.InputError(
            f"benchmark_stream: expected a stream within {_EQUAL_MM} mm of the model "
            f"(use float32). Received: {difference:.3f} mm apart"
        )


def _window(model: stpose.STPose, *, people: int, length: int) -> _Function:
    """Returns the TCN on whole windows."""

    def call(embeddings: tf.Tensor) -> Tensors:
        return {"features": model.tcn(embeddings, training=False)}

    shapes = {"embeddings": (people, length, model.embedding_size)}
    return _Function(call, _variables(model), shapes)


def _frame(step: stream_step.StreamStep, *, people: int) -> _Function:
    """Returns the TCN on one frame, with the state it leaves for the next one."""

    def call(embeddings: tf.Tensor, present: tf.Tensor, *state: tf.Tensor) -> Tensors:
        features, ready, following = step.advance(
            embeddings, present, dict(zip(step.state_shapes, state, strict=True))
        )
        after = {f"next_{name}": values for name, values in following.items()}
        return {"features": features, "ready": ready, **after}

    shapes = {
        "embeddings": (people, step.model.embedding_size),
        "present": (people,),
        **{f"state_{name}": (people, *s) for name, s in step.state_shapes.items()},
    }
    return _Function(call, _variables(step.model), shapes)


def _variables(model: stpose.STPose) -> list[tf.Variable]:
    return [variable.value for variable in model.tcn.variables]


def _whole(
    model: stpose.STPose, people: int, length: int
) -> tuple[Callable[[], object], Callable[[], object]]:
    """Returns a push of the predictor and the model on a window, encoder included."""
    predictor = streaming.StreamingPredictor(model)
    maps = _random((people, length, *model.heatmap_shape))
    predict = tf.function(model, autograph=False).get_concrete_function(
        tf.TensorSpec(maps.shape)
    )
    windows = tf.constant(maps)
    return (
        lambda: predictor.push(maps[:, 0]),
        lambda: predict(windows)["pose"].numpy(),
    )


def _tensorflow(function: _Function, threads: int) -> Callable[[Tensors], Tensors]:
    del threads  # of the whole process
    concrete = tf.function(function.call, autograph=False).get_concrete_function(
        *_specs(function)
    )

    def run(tensors: Tensors) -> Tensors:
        outputs: Tensors = concrete(*map(tf.convert_to_tensor, tensors.values()))
        outputs["features"].numpy()
        return outputs

    return run


def _litert(function: _Function, threads: int) -> Callable[[Tensors], Tensors]:
    from ai_edge_litert import interpreter as litert

    module = tf.Module()
    module.tracked = function.variables
    module.call = tf.function(function.call, autograph=False)
    concrete = module.call.get_concrete_function(*_specs(function))
    with tempfile.TemporaryDirectory() as folder:
        # By way of a SavedModel alone does a file know the names of its tensors.
        tf.saved_model.save(module, folder, signatures=concrete)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        content = converter.convert()
    runner = litert.Interpreter(
        model_content=content, num_threads=threads
    ).get_signature_runner()
    return lambda tensors: runner(**tensors)


def _onnxruntime(function: _Function, threads: int) -> Callable[[Tensors], Tensors]:
    import onnxruntime
    import tf2onnx

    model, _ = tf2onnx.convert.from_function(
        tf.function(function.call, autograph=False),
        input_signature=_specs(function),
        opset=_OPSET,
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    return lambda tensors: dict(zip(names, session.run(names, tensors), strict=True))


_RUNTIMES: Mapping[str, Callable[[_Function, int], Callable[[Tensors], Tensors]]] = {
    "TensorFlow": _tensorflow,
    "LiteRT": _litert,
    "ONNX Runtime": _onnxruntime,
}


def _specs(function: _Function) -> list[tf.TensorSpec]:
    return [tf.TensorSpec(shape, name=name) for name, shape in function.shapes.items()]


def _stream(
    run: Callable[[Tensors], Tensors], function: _Function
) -> Callable[[], object]:
    """Returns a call that is given the state which the call before left behind."""
    tensors = {name: _random(shape) for name, shape in function.shapes.items()}

    def again() -> None:
        outputs = run(tensors)
        for name in tensors:
            if name.startswith("state_"):
                tensors[name] = outputs[f"next_{name.removeprefix('state_')}"]

    return again


def _again(
    run: Callable[[Tensors], Tensors], function: _Function
) -> Callable[[], object]:
    tensors = {name: _random(shape) for name, shape in function.shapes.items()}
    return lambda: run(tensors)


def _compare(
    name: str, frame: Callable[[], object], window: Callable[[], object]
) -> None:
    """Prints a line of both, from blocks of runs that take turns."""
    frames: list[float] = []
    windows: list[float] = []
    for _ in range(_BLOCKS):
        frames += _milliseconds(frame, _FRAMES)
        windows += _milliseconds(window, _WINDOWS)
    ratio = statistics.median(windows) / statistics.median(frames)
    columns = (*np.percentile(frames, [50, 99]), *np.percentile(windows, [50, 99]))
    _say(
        f"{name:<22}{columns[0]:10.2f}{columns[1]:8.2f}{columns[2]:12.2f}"
        f"{columns[3]:8.2f}{ratio:7.1f}"
    )


def _milliseconds(run: Callable[[], object], count: int) -> list[float]:
    """Returns the time of each run after two that warm the caches."""
    run()
    run()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    return times


def _random(shape: tuple[int, ...]) -> Any:
    return np.random.default_rng(0).uniform(size=shape).astype(np.float32)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    commands.run(define_flags, main)
