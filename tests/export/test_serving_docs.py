"""The requests of docs/serving.md against a stand-in for TensorFlow Serving.

It speaks the server's messages and answers from the exported SavedModel.
"""

import concurrent.futures
import http.server
import json
import threading

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.export import exporter, sample_windows

grpc = pytest.importorskip("grpc")
messages = pytest.importorskip("tensorflow_serving.apis.predict_pb2")
services = pytest.importorskip("tensorflow_serving.apis.prediction_service_pb2_grpc")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(job, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served") / "1"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exporter, "WINDOWS", 1)
        patch.setattr(sample_windows, "CONDITIONS", ("clean",))
        exporter.export(job, {"saved_model": folder})
    return folder


@pytest.fixture(scope="module")
def model(folder):
    return tf.saved_model.load(folder)


class _Service(services.PredictionServiceServicer):
    def __init__(self, model):
        self.model = model

    def Predict(self, request, context):  # noqa: N802
        assert request.model_spec.name == "stpose"
        serve = self.model.signatures[request.model_spec.signature_name]
        inputs = {name: tf.make_ndarray(v) for name, v in request.inputs.items()}
        answer = messages.PredictResponse()
        for name, value in serve(**inputs).items():
            answer.outputs[name].CopyFrom(tf.make_tensor_proto(value))
        return answer


@pytest.fixture
def grpc_server(model):
    server = grpc.server(
        concurrent.futures.ThreadPoolExecutor(1),
        options=[("grpc.max_receive_message_length", -1)],
    )
    services.add_PredictionServiceServicer_to_server(_Service(model), server)
    port = server.add_insecure_port("localhost:0")
    server.start()
    yield f"localhost:{port}"
    server.stop(None).wait()


@pytest.fixture
def rest_server(model):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            assert self.path == "/v1/models/stpose:predict"
            length = int(self.headers["Content-Length"])
            body = json.loads(self.rfile.read(length))
            inputs = {
                name: tf.constant(value, tf.float32)
                for name, value in body["inputs"].items()
            }
            outputs = model.signatures[body["signature_name"]](**inputs)
            said = {name: value.numpy().tolist() for name, value in outputs.items()}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"outputs": said}).encode())

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("localhost", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def maps():
    rng = np.random.default_rng(5)
    return rng.uniform(size=(1, 70, 16, 16, 17)).astype(np.float32) ** 4


def test_the_grpc_example(grpc_server, documented, maps, tiny_generator):
    received = documented["poses_over_grpc"](maps, server=grpc_server)
    expected = tiny_generator(maps, training=False)
    for name in ("pose", "log_sigma"):
        np.testing.assert_allclose(received[name], expected[name], atol=0.01)


def test_the_rest_example(rest_server, documented, model):
    rng = np.random.default_rng(6)
    keypoints = rng.uniform(100, 400, size=(2, 9, 17, 2))
    confidence = rng.uniform(size=(2, 9, 17))
    received = documented["poses_over_rest"](keypoints, confidence, server=rest_server)
    expected = model.signatures["from_keypoints"](
        keypoints=tf.constant(keypoints, tf.float32),
        confidence=tf.constant(confidence, tf.float32),
    )
    assert set(received) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(received[name], value, rtol=1e-5, atol=1e-3)


def test_the_streaming_example(grpc_server, documented, folder, maps, tiny_generator):
    frames = maps[0, :12]
    with grpc.insecure_channel(grpc_server) as channel:
        poses = list(
            documented["follow"](channel, frames, parity_file=folder / "parity.json")
        )
    expected = tiny_generator(frames[np.newaxis], training=False)["pose"][0]
    np.testing.assert_allclose(poses, expected, atol=0.01)
