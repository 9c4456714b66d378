import numpy as np
import pytest

from stpose_tf.export import formats, onnx_files, runtimes

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("tf2onnx")
pytestmark = pytest.mark.slow

PARTS = {part.name: part for part in formats.KNOWN["onnx"].parts}


@pytest.fixture(scope="module")
def folder(job, tmp_path_factory):
    folder = tmp_path_factory.mktemp("onnx")
    onnx_files.write(job, folder)
    return folder


@pytest.mark.parametrize("name", PARTS)
def test_each_part_says_what_the_model_says(folder, reference, name):
    part = PARTS[name]
    found = part.compare(runtimes.onnx(folder / part.file, part.signature), reference)
    assert found.good, found


@pytest.mark.parametrize("name", PARTS)
def test_each_part_is_plain_onnx_of_the_stated_opset(folder, name):
    model = onnx.load(folder / PARTS[name].file)
    onnx.checker.check_model(model, full_check=True)
    assert {each.domain for each in model.graph.node} <= {"", "ai.onnx"}
    opsets = {each.domain: each.version for each in model.opset_import}
    assert opsets[""] == onnx_files.OPSET


def test_inputs_and_outputs_have_names_and_free_axes(folder):
    model = onnx.load(folder / "model.onnx")
    shapes = {
        value.name: [
            axis.dim_param or axis.dim_value
            for axis in value.type.tensor_type.shape.dim
        ]
        for value in (*model.graph.input, *model.graph.output)
    }
    assert shapes == {
        "heatmaps": ["batch", "time", 16, 16, 17],
        "pose": ["batch", "time", 17, 3],
        "log_sigma": ["batch", "time", 17],
    }
    fixed = onnx.load(folder / "model_t64.onnx")
    dims = fixed.graph.input[0].type.tensor_type.shape.dim
    assert [axis.dim_param or axis.dim_value for axis in dims[:2]] == ["batch", 64]


def test_a_file_says_what_goes_in_and_out(folder):
    facts = {
        entry.key: entry.value
        for entry in onnx.load(folder / "stream_step.onnx").metadata_props
    }
    assert facts["joints"].split(",")[:2] == ["hip", "right_hip"]
    assert facts["fps"] == "30"
    assert facts["unit"] == "mm"


def test_any_batch_and_length_goes(folder, tiny_generator, documented):
    run = runtimes.onnx(folder / "model.onnx", "")
    rng = np.random.default_rng(0)
    for batch, time in ((1, 1), (3, 70), (2, 5)):
        maps = rng.uniform(size=(batch, time, 16, 16, 17)).astype(np.float32) ** 4
        expected = tiny_generator(maps, training=False)["pose"]
        np.testing.assert_allclose(run({"heatmaps": maps})["pose"], expected, atol=0.01)
    again = documented["poses_by_onnxruntime"](str(folder / "model.onnx"), maps)
    np.testing.assert_allclose(again, expected, atol=0.01)


@pytest.mark.parametrize(
    "shape", [(1, 4, 16, 16), (1, 4, 16, 16, 13), (1, 4, 8, 8, 17)]
)
def test_another_shape_is_refused_by_name(folder, shape):
    run = runtimes.onnx(folder / "model.onnx", "")
    with pytest.raises(Exception, match="heatmaps"):
        run({"heatmaps": np.zeros(shape, np.float32)})
