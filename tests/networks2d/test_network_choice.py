import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.networks2d import hrnet_conversion, model_files, network_choice
from stpose_tf.networks2d.network_choice import NetworkChoice


@pytest.fixture(scope="module")
def state(hrnet_reference):
    return hrnet_reference.random_state(4, 17)


@pytest.fixture(scope="module")
def hrnet_file(state, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    path = folder / "small_hrnet.keras"
    hrnet_conversion.convert(state, input_size=(64, 96)).save(path)
    return path


@pytest.mark.slow  # Building the network takes seconds.
def test_hrnet_by_its_file_is_the_reference(hrnet_reference, state, hrnet_file):
    network = network_choice.load(NetworkChoice(name=str(hrnet_file)))
    assert network.input_size == (64, 96)
    crops = np.random.default_rng(0).integers(0, 256, (3, 64, 96, 3), np.uint8)
    images = (crops / 255.0 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    expected, _ = hrnet_reference.forward(state, images)
    assert (expected > 0.05).mean() > 0.2
    seen = network(crops)
    np.testing.assert_allclose(seen.maps, np.clip(expected, 0, 1), atol=1e-4)
    # As many people as there are, without being compiled for each number.
    np.testing.assert_allclose(network(crops[:1]).maps, seen.maps[:1], atol=1e-5)


@pytest.mark.slow  # Building the network takes seconds.
def test_hrnet_by_name_is_the_one_converted_file(hrnet_file, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv(model_files.FOLDER_VARIABLE, str(hrnet_file.parent))
    network = network_choice.load(NetworkChoice(name="hrnet", alignment="ends"))
    assert network.name == "small_hrnet"
    cache = model_files.cache_folder()
    cache.mkdir(parents=True)
    (cache / "pose_hrnet_w32.keras").write_bytes(b"")
    with pytest.raises(
        errors.InputError, match=r"Received: .*small_hrnet.*, .*pose_hrnet_w32"
    ):
        network_choice.load(NetworkChoice(name="hrnet"))
    monkeypatch.delenv(model_files.FOLDER_VARIABLE)
    (cache / "pose_hrnet_w32.keras").unlink()
    with pytest.raises(errors.InputError, match=r"--convert.*Received: none"):
        network_choice.load(NetworkChoice(name="hrnet"))


@pytest.mark.slow  # Building the network takes seconds.
def test_keras_files_that_are_no_heatmap_networks_are_refused(hrnet_file, tmp_path):
    with pytest.raises(errors.InputError, match=r"25 heat maps .* 17\)"):
        network_choice.load(NetworkChoice(name=str(hrnet_file), skeleton="body25"))
    (tmp_path / "a.keras").write_bytes(b"no network")
    with pytest.raises(errors.InputError, match="expected a Keras network"):
        network_choice.load(NetworkChoice(name=str(tmp_path / "a.keras")))


def test_an_onnx_file_gets_what_the_user_says_of_it(write_onnx, tmp_path):
    path = write_onnx(tmp_path / "a.onnx", size=(None, None), keypoints=25)
    choice = NetworkChoice(
        name=str(path),
        skeleton="body25",
        input_size=(64, 32),
        normalization="0,0,0,255,255,51",
        channels="bgr",
        alignment="center",
    )
    network = network_choice.load(choice)
    assert network.input_size == (64, 32)
    assert network.skeleton == "body25"
    crops = np.full((1, 64, 32, 3), [40, 80, 120], np.uint8)
    seen = network(crops)
    np.testing.assert_allclose(seen.maps[0, 3, 3, 9], 120 / 255 / 10, atol=1e-6)
    # Even maps: the first pixel's center lies 2 px inside, of 64 that are the unit.
    unit = seen.to_crop @ [0.0, 0.0, 1.0]
    np.testing.assert_allclose(unit, [0.25 + 2 / 64, 2 / 64])


@pytest.mark.parametrize(
    ("text", "darkest", "brightest"),
    [
        ("imagenet", -0.485 / 0.229, (1 - 0.485) / 0.229),
        ("unit", 0.0, 1.0),
        ("symmetric", -1.0, 1.0),
        ("bytes", 0.0, 255.0),
        ("127.5,0,0,63.75,1,1", -2.0, 2.0),
    ],
)
def test_normalizations_are_what_they_are_called(text, darkest, brightest):
    mean, stddev = network_choice.normalization(text)
    ends = (np.array([0.0, 1.0]) - mean[0]) / stddev[0]
    np.testing.assert_allclose(ends, [darkest, brightest])


@pytest.mark.parametrize("text", ["coco", "1,2,3", "0,0,0,1,1,0", "0,nan,0,1,1,1", ""])
def test_other_normalizations_are_refused(text):
    with pytest.raises(errors.InputError, match="expected one of imagenet, unit"):
        network_choice.normalization(text)


def test_what_a_network_does_not_use_is_refused():
    with pytest.raises(errors.InputError, match=r"blazepose.*input_size"):
        network_choice.load(NetworkChoice(name="blazepose", input_size=(64, 64)))
    with pytest.raises(errors.InputError, match=r"a\.keras.*normalization"):
        network_choice.load(NetworkChoice(name="a.keras", normalization="unit"))


def test_names_that_are_none_are_refused(tmp_path):
    for name in ("openpose", "net.pth"):
        with pytest.raises(errors.InputError, match=rf"blazepose_lite.*{name}"):
            network_choice.load(NetworkChoice(name=name))
    (tmp_path / "a.tflite").write_bytes(b"no network")
    with pytest.raises(errors.InputError, match="expected a LiteRT network"):
        network_choice.load(NetworkChoice(name=str(tmp_path / "a.tflite")))


def test_blazepose_is_found_by_name_and_by_file():
    if model_files.find("blazepose_full") is None:
        pytest.skip("no blazepose_full here: tools/fetch_models.py fetches it")
    pytest.importorskip("ai_edge_litert", reason="the extra 'video' is not installed")
    path, _ = model_files.find("blazepose_full")
    named = network_choice.load(NetworkChoice(name="blazepose"))
    by_file = network_choice.load(NetworkChoice(name=str(path)))
    assert named.name == "blazepose_full"
    crops = np.random.default_rng(0).integers(0, 256, (1, 256, 256, 3), np.uint8)
    np.testing.assert_array_equal(named(crops).maps, by_file(crops).maps)
