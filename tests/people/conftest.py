import numpy as np
import pytest


@pytest.fixture(scope="session")
def write_detector():
    """Writes an ONNX network that says the same of every image."""
    onnx = pytest.importorskip("onnx", reason="onnx makes the test's networks")
    kinds = {np.dtype(np.float32): 1, np.dtype(np.int64): 7}

    def write(path, outputs, *, size=(64, 96), image="images", extra=(), batch=1):
        helper = onnx.helper
        inputs = [helper.make_tensor_value_info(image, 1, [batch, 3, *size])]
        nodes, constants, made = [], [], []
        for name, shape in extra:
            inputs.append(helper.make_tensor_value_info(name, 7, shape))
        for name, array in outputs.items():
            array = np.asarray(array)
            constants.append(onnx.numpy_helper.from_array(array, f"{name}_value"))
            nodes.append(helper.make_node("Identity", [f"{name}_value"], [name]))
            kind = kinds[array.dtype]
            made.append(helper.make_tensor_value_info(name, kind, array.shape))
        graph = helper.make_graph(nodes, "test", inputs, made, constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 9
        onnx.save(model, path)
        return path

    return write
