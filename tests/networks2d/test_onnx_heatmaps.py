import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.networks2d import onnx_heatmaps

onnx = pytest.importorskip("onnx", reason="onnx makes the test's networks")
pytest.importorskip("onnxruntime", reason="the extra 'onnx' is not installed")


def _write(path, *, keypoints=17, batch="people", size=(256, 192)):
    """A network whose map k is (k + 1) / 100 times the red of every fourth pixel."""
    kernel = np.zeros((keypoints, 3, 1, 1), np.float32)
    kernel[:, 0, 0, 0] = (np.arange(keypoints) + 1) / 100
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    maps = [None if side is None else side // 4 for side in size]
    graph = helper.make_graph(
        [helper.make_node("Conv", ["images", "kernel"], ["maps"], strides=[4, 4])],
        "test",
        [helper.make_tensor_value_info("images", kind, [batch, 3, *size])],
        [helper.make_tensor_value_info("maps", kind, [batch, keypoints, *maps])],
        [onnx.numpy_helper.from_array(kernel, "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, path)
    return path


@pytest.mark.parametrize("batch", ["people", 1])
def test_maps_come_out_as_the_file_computes_them(tmp_path, batch):
    network = onnx_heatmaps.load(
        _write(tmp_path / "a.onnx", batch=batch), mean=(0, 0, 0), stddev=(1, 1, 1)
    )
    assert network.input_size == (256, 192)
    crops = np.random.default_rng(0).integers(0, 256, (3, 256, 192, 3), np.uint8)
    seen = network(crops)
    red = crops[:, ::4, ::4, 0] / 255.0
    expected = red[..., None] * (np.arange(17) + 1) / 100
    np.testing.assert_allclose(seen.maps, expected, atol=1e-6)


def test_open_sizes_must_be_given(tmp_path):
    path = _write(tmp_path / "a.onnx", size=(None, None))
    with pytest.raises(errors.InputError, match="expected an input size"):
        onnx_heatmaps.load(path)
    assert onnx_heatmaps.load(path, input_size=(128, 96)).input_size == (128, 96)


def test_files_that_are_not_what_they_should_be_are_refused(tmp_path):
    with pytest.raises(errors.InputError, match="Received: no file"):
        onnx_heatmaps.load(tmp_path / "a.onnx")
    (tmp_path / "a.onnx").write_bytes(b"no network")
    with pytest.raises(errors.InputError, match="expected an ONNX network"):
        onnx_heatmaps.load(tmp_path / "a.onnx")
    path = _write(tmp_path / "b.onnx", keypoints=16)
    with pytest.raises(errors.InputError, match=r"17 heat maps\. Received: .*16, 64"):
        onnx_heatmaps.load(path)
