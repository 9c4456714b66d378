import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.export import (
    formats,
    parity,
    runtimes,
    saved_model,
    signatures,
    warmup_requests,
)

OTHER_PYTHON = "STPOSE_TF_2_20_PYTHON"

# Runs in a process of its own that can import TensorFlow, but neither of the others.
ALONE = """
import sys

for name in ("stpose_tf", "keras"):
    sys.modules[name] = None  # importing it raises ImportError
import numpy as np
import tensorflow as tf

model = tf.saved_model.load(sys.argv[1])
given = np.load(sys.argv[2])
made = {"version": tf.__version__}
for name in ("serving_default", "from_keypoints", "stream_step"):
    serve = model.signatures[name]
    wanted = serve.structured_input_signature[1]
    inputs = {key: tf.constant(given[f"{name}/{key}"]) for key in wanted}
    for key, value in serve(**inputs).items():
        made[f"{name}/{key}"] = value.numpy()
np.savez(sys.argv[3], **made)
"""


@pytest.fixture(scope="module")
def folder(job, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "saved_model"
    folder.mkdir()
    saved_model.write(job, folder)
    return folder


@pytest.fixture(scope="module")
def asked(job):
    """The three signatures, and inputs of odd sizes for each."""
    rng = np.random.default_rng(3)
    sizes = {"batch": 2, "time": 11}
    found = {}
    for signature, free in (
        (signatures.clips(job.generator), ("batch", "time")),
        (signatures.keypoints(job.generator, job.preprocessor), ("batch", "time")),
        (signatures.stream(job.generator), ("batch",)),
    ):
        inputs = {}
        for name, specification in signature.inputs.items():
            shape = specification.shape.as_list()
            shape[: len(free)] = [sizes[axis] for axis in free]
            scale = 400 if name == "keypoints" else 1
            inputs[name] = (scale * rng.uniform(size=shape) ** 2).astype(np.float32)
        found[signature.name] = (signature, inputs)
    return found


def test_names_and_shapes_are_those_promised(folder):
    model = tf.saved_model.load(folder)
    assert set(model.signatures) == {"serving_default", "from_keypoints", "stream_step"}
    maps, joints = (16, 16, 17), 17
    for name, inputs, outputs in (
        (
            "serving_default",
            {"heatmaps": (None, None, *maps)},
            {"pose": (None, None, joints, 3), "log_sigma": (None, None, joints)},
        ),
        (
            "from_keypoints",
            {"keypoints": (None, None, 17, 2), "confidence": (None, None, 17)},
            {
                "pose": (None, None, joints, 3),
                "log_sigma": (None, None, joints),
                "crop": (None, None, 4),
            },
        ),
    ):
        serve = model.signatures[name]
        taken = serve.structured_input_signature[1]
        given = serve.structured_outputs
        assert {k: tuple(v.shape) for k, v in taken.items()} == inputs
        assert {k: tuple(v.shape) for k, v in given.items()} == outputs
    serve = model.signatures["stream_step"]
    taken = set(serve.structured_input_signature[1])
    given = set(serve.structured_outputs)
    assert {"heatmaps", "present"} < taken
    assert {"pose", "log_sigma", "ready"} < given
    state = {name.removeprefix("state_") for name in taken - {"heatmaps", "present"}}
    assert {f"next_{name}" for name in state} == given - {"pose", "log_sigma", "ready"}


def test_every_signature_says_what_the_model_says(folder, reference):
    for part in formats.KNOWN["saved_model"].parts:
        found = part.compare(runtimes.saved_model(folder, part.signature), reference)
        assert found.good, found
        assert found.limits == parity.FLOAT32


def test_any_batch_and_length_goes_and_the_root_is_zero(folder):
    run = runtimes.saved_model(folder, "serving_default")
    for batch, time in ((1, 1), (3, 7), (1, 130)):
        outputs = run({"heatmaps": np.ones((batch, time, 16, 16, 17), np.float32)})
        assert outputs["pose"].shape == (batch, time, 17, 3)
        assert (outputs["pose"][:, :, 0] == 0).all()


@pytest.mark.parametrize(
    "shape", [(1, 4, 17, 16, 16), (1, 4, 16, 16, 13), (1, 4, 8, 8, 17)]
)
def test_another_shape_is_an_error_that_names_the_expected_one(folder, shape):
    serve = tf.saved_model.load(folder).signatures["serving_default"]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"heatmaps.*16,16,17\]"):
        serve(heatmaps=tf.zeros(shape))


def test_another_rank_is_an_error_that_names_the_expected_one(folder):
    serve = tf.saved_model.load(folder).signatures["serving_default"]
    with pytest.raises(
        (ValueError, TypeError, tf.errors.InvalidArgumentError)
    ) as found:
        serve(heatmaps=tf.zeros((4, 16, 16, 17)))
    assert "16, 17" in str(found.value) or "16,17" in str(found.value)


def test_a_server_warms_up_every_signature(folder, asked):
    apis = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    model = tf.saved_model.load(folder)
    file = str(folder / warmup_requests.FILE)
    assert file.endswith("assets.extra/tf_serving_warmup_requests")
    names = []
    for record in tf.data.TFRecordDataset(file).as_numpy_iterator():
        log = apis.PredictionLog.FromString(record)
        assert log.WhichOneof("log_type") == "predict_log"
        request = log.predict_log.request
        names.append(request.model_spec.signature_name)
        serve = model.signatures[names[-1]]
        outputs = serve(
            **{name: tf.make_ndarray(value) for name, value in request.inputs.items()}
        )
        assert np.isfinite(outputs["pose"]).all()
        # Nothing but what was meant: the library writes the same bytes.
        assert len(log.SerializeToString()) == len(record)
    assert names == list(asked)


def _run_alone(python, folder, asked, tmp_path):
    np.savez(
        tmp_path / "in.npz",
        **{
            f"{name}/{key}": value
            for name, (_, inputs) in asked.items()
            for key, value in inputs.items()
        },
    )
    subprocess.run(
        [python, "-I", "-c", ALONE, folder, "in.npz", "out.npz"],
        check=True,
        cwd=tmp_path,
    )
    made = np.load(tmp_path / "out.npz")
    for name, (signature, inputs) in asked.items():
        for key, value in signature.call(inputs).items():
            np.testing.assert_allclose(
                made[f"{name}/{key}"], value, atol=2e-3, err_msg=f"{name}/{key}"
            )
    return str(made["version"])


@pytest.mark.slow
def test_tensorflow_alone_can_run_it(folder, asked, tmp_path):
    assert _run_alone(sys.executable, folder, asked, tmp_path) == tf.__version__


@pytest.mark.slow
def test_the_tensorflow_of_the_newest_server_can_run_it(folder, asked, tmp_path):
    # TensorFlow Serving 2.20 is the newest; its library is that of tensorflow 2.20.
    python = os.environ.get(OTHER_PYTHON)
    if not python:
        pytest.skip(f"{OTHER_PYTHON} names no interpreter that has tensorflow 2.20")
    assert _run_alone(python, folder, asked, tmp_path).startswith("2.20.")


@pytest.mark.slow
def test_a_runtime_that_is_not_tensorflow_reads_it(folder, asked, tmp_path):
    openvino = pytest.importorskip("openvino")
    core = openvino.Core()
    core.set_property({"INFERENCE_PRECISION_HINT": openvino.Type.f32})
    inputs = asked["serving_default"][1]
    model = core.compile_model(core.read_model(folder), "CPU")
    received = model(inputs)
    expected = asked["serving_default"][0].call(inputs)
    for name in ("pose", "log_sigma"):
        np.testing.assert_allclose(received[name], expected[name], atol=2e-3)
