import importlib.util
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def hrnet_reference():
    """The independent NumPy form of HRNet (`hrnet_reference.py`)."""
    path = Path(__file__).with_name("hrnet_reference.py")
    spec = importlib.util.spec_from_file_location("hrnet_reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def write_onnx():
    """Writes a network whose maps can be computed by hand."""
    onnx = pytest.importorskip("onnx", reason="onnx makes the test's networks")

    def write(path, *, keypoints=17, batch="people", size=(256, 192)):
        """Map k is (k + 1) / 100 times the red of every fourth pixel."""
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

    return write
