import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.networks2d import onnx_heatmaps

pytest.importorskip("onnxruntime", reason="the extra 'onnx' is not installed")


@pytest.mark.parametrize("batch", ["people", 1])
def test_maps_come_out_as_the_file_computes_them(write_onnx, tmp_path, batch):
    network = onnx_heatmaps.load(
        write_onnx(tmp_path / "a.onnx", batch=batch), mean=(0, 0, 0), stddev=(1, 1, 1)
    )
    assert network.input_size == (256, 192)
    crops = np.random.default_rng(0).integers(0, 256, (3, 256, 192, 3), np.uint8)
    seen = network(crops)
    red = crops[:, ::4, ::4, 0] / 255.0
    expected = red[..., None] * (np.arange(17) + 1) / 100
    np.testing.assert_allclose(seen.maps, expected, atol=1e-6)


def test_channels_and_their_normalization_turn_together(write_onnx, tmp_path):
    # The network sees its first channel: blue, with the first mean and deviation.
    network = onnx_heatmaps.load(
        write_onnx(tmp_path / "a.onnx"),
        mean=(-0.5, 0.0, 0.0),
        stddev=(2.0, 1.0, 1.0),
        bgr=True,
    )
    crops = np.random.default_rng(0).integers(0, 256, (1, 256, 192, 3), np.uint8)
    blue = crops[:, ::4, ::4, 2] / 255.0
    expected = (blue + 0.5) / 2.0 * 17 / 100
    np.testing.assert_allclose(network(crops).maps[..., 16], expected, atol=1e-6)


def test_open_sizes_must_be_given(write_onnx, tmp_path):
    path = write_onnx(tmp_path / "a.onnx", size=(None, None))
    with pytest.raises(errors.InputError, match="expected an input size"):
        onnx_heatmaps.load(path)
    assert onnx_heatmaps.load(path, input_size=(128, 96)).input_size == (128, 96)


def test_files_that_are_not_what_they_should_be_are_refused(write_onnx, tmp_path):
    with pytest.raises(errors.InputError, match="Received: no file"):
        onnx_heatmaps.load(tmp_path / "a.onnx")
    (tmp_path / "a.onnx").write_bytes(b"no network")
    with pytest.raises(errors.InputError, match="expected an ONNX network"):
        onnx_heatmaps.load(tmp_path / "a.onnx")
    path = write_onnx(tmp_path / "b.onnx", keypoints=16)
    with pytest.raises(errors.InputError, match=r"17 heat maps\. Received: .*16, 64"):
        onnx_heatmaps.load(path)
