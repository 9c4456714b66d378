"""What is written as TensorFlow Lite; writing it takes too long for the fast suite."""

import numpy as np
import pytest

from stpose_tf.export import formats, litert_files, litert_metadata, runtimes

interpreters = pytest.importorskip("ai_edge_litert.interpreter")
pytestmark = pytest.mark.slow

PARTS = {part.name: part for part in formats.KNOWN["tflite"].parts}


@pytest.fixture(scope="module")
def folder(job, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tflite")
    litert_files.write(job, folder)
    return folder


def _operations(file):
    interpreter = interpreters.Interpreter(
        str(file),
        experimental_op_resolver_type=(
            interpreters.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        ),
    )
    return [each["op_name"] for each in interpreter._get_ops_details()]


def test_the_folder_holds_the_parts_and_nothing_else(folder):
    assert {path.name for path in folder.iterdir()} == {
        part.file for part in PARTS.values()
    }


@pytest.mark.parametrize("name", PARTS)
def test_each_part_is_within_its_limits(folder, reference, name):
    part = PARTS[name]
    found = part.compare(runtimes.litert(folder / part.file, part.signature), reference)
    assert found.good, found


@pytest.mark.parametrize("name", PARTS)
def test_no_operation_is_from_tensorflow_or_a_detour_around_dilation(folder, name):
    operations = _operations(folder / PARTS[name].file)
    assert not [one for one in operations if one.startswith("Flex")]
    assert not {"SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND", "CUSTOM"} & set(operations)


def test_dense_and_convolution_layers_work_in_8_bits(folder):
    for name in ("int8", "int8, 64 frames"):
        file = folder / PARTS[name].file
        interpreter = interpreters.Interpreter(
            str(file),
            experimental_op_resolver_type=(
                interpreters.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
            ),
        )
        tensors = {each["index"]: each for each in interpreter.get_tensor_details()}
        types = {}
        for operation in interpreter._get_ops_details():
            if operation["op_name"] in ("CONV_2D", "FULLY_CONNECTED"):
                output = tensors[operation["outputs"][0]]
                types[output["name"]] = output["dtype"]
                if output["dtype"] is np.int8 and operation["op_name"] == "CONV_2D":
                    kernel = tensors[operation["inputs"][1]]
                    scales = kernel["quantization_parameters"]["scales"]
                    assert len(scales) == kernel["shape"][0]  # one for each channel
        floats = [one for one, dtype in types.items() if dtype is not np.int8]
        # Convolutions of the encoder and of two branches; dense layers.
        assert len(types) == 3 + 4 + 7
        assert len(floats) == 3
        for layer in ("head_1/position", "head_1/error", "places"):
            assert any(one.startswith(layer) for one in floats)


def test_smaller_precisions_are_smaller_files(folder):
    sizes = {name: (folder / part.file).stat().st_size for name, part in PARTS.items()}
    assert sizes["float32"] > sizes["float16"] > sizes["int8"]


def test_any_batch_and_length_goes(folder, tiny_generator, documented):
    run = runtimes.litert(folder / "float32.tflite", "serving_default")
    rng = np.random.default_rng(0)
    for batch, time in ((1, 1), (3, 70), (2, 5)):
        maps = rng.uniform(size=(batch, time, 16, 16, 17)).astype(np.float32) ** 4
        expected = tiny_generator(maps, training=False)["pose"]
        np.testing.assert_allclose(run({"heatmaps": maps})["pose"], expected, atol=0.01)
    again = documented["poses_by_litert"](str(folder / "float32.tflite"), maps)
    np.testing.assert_allclose(again, expected, atol=0.01)


@pytest.mark.parametrize("shape", [(1, 4, 16, 16), (1, 64, 16, 16, 13)])
def test_another_shape_is_refused(folder, shape):
    run = runtimes.litert(folder / "float32_t64.tflite", "serving_default")
    with pytest.raises((ValueError, RuntimeError)):
        run({"heatmaps": np.zeros(shape, np.float32)})


def test_a_file_says_what_goes_in_and_out(folder):
    facts = litert_metadata.read((folder / "int8_t64.tflite").read_bytes())
    assert facts["precision"] == "int8"
    assert facts["time"] == "64"
    assert facts["fps"] == "30"
    assert facts["joints"].split(",")[:2] == ["hip", "right_hip"]
    assert facts["keypoints"].split(",")[0] == "nose"
    assert facts["input_scale"].startswith("0 to 1")
