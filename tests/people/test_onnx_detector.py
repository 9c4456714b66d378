from unittest import mock

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.people.onnx_detector import OnnxDetector

pytest.importorskip("onnxruntime", reason="the extra 'onnx' is not installed")
pytest.importorskip("cv2", reason="the extra 'video' is not installed")

# A frame of twice the network's 64 x 96 in height and four times in width.
FRAME = np.full((128, 384, 3), [10, 20, 30], np.uint8)


def _floats(*rows):
    return np.array(rows, np.float32)[np.newaxis]


def test_yolox_counts_from_its_cells(write_detector, tmp_path):
    # 8 x 12 cells of 8 px, 4 x 6 of 16 px, 2 x 3 of 32 px: the 96 + 24 + 5th from 0
    # is the second row's third of 32 px.
    rows = np.zeros((1, 96 + 24 + 6, 85), np.float32)
    rows[0, 125, :6] = [0.25, 0.5, np.log(1.5), np.log(0.5), 0.9, 0.8]
    rows[0, 3, :6] = [0.5, 0.5, 0.0, 0.0, 0.9, 0.5]  # 0.45: too unsure
    rows[0, 5, [4, 7]] = 1.0  # another class
    detector = OnnxDetector(write_detector(tmp_path / "a.onnx", {"output": rows}))
    people = detector(FRAME)
    # Center (2.25, 1.5) x 32 px, 48 x 16 px, of an image shrunk to a quarter.
    expected = np.array([[72 - 24, 48 - 8, 72 + 24, 48 + 8]]) * 4
    np.testing.assert_allclose(people.boxes, expected, rtol=1e-6)
    np.testing.assert_allclose(people.scores, [0.72])
    np.testing.assert_array_equal(people.rolls, [0.0])
    # Blue, green, red from 0 to 255.
    fed = detector.prepared(FRAME[:64, :96])
    np.testing.assert_allclose(fed[0, :, 5, 5], [30, 20, 10], rtol=1e-5)


def test_mmdeploy_gives_corners_of_the_padded_image(write_detector, tmp_path):
    outputs = {
        "dets": _floats([1, 2, 11, 22, 0.9], [0, 0, 5, 5, 0.99], [1, 2, 12, 22, 0.6]),
        "labels": np.array([[0, 7, 0]]),
    }
    path = write_detector(tmp_path / "a.onnx", outputs)
    with pytest.raises(errors.InputError, match="expected a normalization"):
        OnnxDetector(path)
    detector = OnnxDetector(path, normalization="rtmdet")
    people = detector(FRAME)
    # The third is the first once more.
    np.testing.assert_allclose(people.boxes, [[4, 8, 44, 88]])
    fed = detector.prepared(FRAME[:64, :96])[0, :, 5, 5]
    expected = [(30 - 103.53) / 57.375, (20 - 116.28) / 57.12, (10 - 123.675) / 58.395]
    np.testing.assert_allclose(fed, expected, rtol=1e-5)
    unit = OnnxDetector(path, normalization="0,0,0,255,255,255")
    fed = unit.prepared(FRAME[:64, :96])[0, :, 5, 5]
    np.testing.assert_allclose(fed, np.array([10, 20, 30]) / 255, rtol=1e-5)


def test_padding_is_gray_and_below(write_detector, tmp_path):
    seen = []

    class Seeing(OnnxDetector):
        def prepared(self, image):
            seen.append(image)
            return super().prepared(image)

    rows = np.zeros((1, 126, 6), np.float32)
    Seeing(write_detector(tmp_path / "a.onnx", {"output": rows}))(FRAME)
    assert (seen[0][:32] == [10, 20, 30]).all()  # 128 x 384 becomes 32 x 96
    assert (seen[0][32:] == 114).all()


def test_rt_detr_gives_corners_of_the_frame(write_detector, tmp_path):
    outputs = {
        "labels": np.array([[0, 2]]),
        "boxes": _floats([10, 20, 110, 120], [0, 0, 300, 100]),
        "scores": _floats([0.8, 0.9])[0],
    }
    path = write_detector(
        tmp_path / "a.onnx", outputs, extra=[("orig_target_sizes", [1, 2])]
    )
    detector = OnnxDetector(path)
    np.testing.assert_allclose(detector(FRAME).boxes, [[10, 20, 110, 120]])
    with mock.patch.object(detector, "_session", wraps=detector._session) as session:
        detector(FRAME)
    _, feed = session.run.call_args.args
    np.testing.assert_array_equal(feed["orig_target_sizes"], [[384, 128]])
    fed = detector.prepared(FRAME[:64, :96])[0, :, 5, 5]
    np.testing.assert_allclose(fed, np.array([10, 20, 30]) / 255, rtol=1e-5)
    with pytest.raises(errors.InputError, match=r"rt-detr has of its own.* bytes"):
        OnnxDetector(path, normalization="bytes")


@pytest.mark.parametrize(
    ("classes", "person", "names"),
    [
        (80, 0, ("logits", "pred_boxes")),
        (91, 1, ("logits", "pred_boxes")),
        (92, 1, ("logits", "pred_boxes")),
        (91, 1, ("labels", "dets")),
    ],
)
def test_detr_gives_centers_and_sizes(write_detector, tmp_path, classes, person, names):
    logits = np.full((1, 3, classes), -20.0, np.float32)
    # Shares of a softmax stay where all logits rise; a sigmoid does not.
    rise = 1.0 if classes == 92 else 0.0
    logits[0, 0, person] = np.log(0.7 / 0.3) + rise
    logits[0, 0, 5] = rise  # of a softmax, what is not the person's
    logits[0, 1, 3] = 9.0  # a car
    logits[0, 2, -1] = 9.0  # nobody, or a toothbrush
    boxes = _floats([0.5, 0.25, 0.5, 0.5], [0.5] * 4, [0.5] * 4)
    outputs = {names[0]: logits, names[1]: boxes}
    mask = [("pixel_mask", [1, 64, 96])] if classes == 92 else []
    path = write_detector(tmp_path / "a.onnx", outputs, extra=mask)
    people = OnnxDetector(path)(FRAME)
    np.testing.assert_allclose(people.boxes, [[96, 0, 288, 64]])
    np.testing.assert_allclose(people.scores, [0.7], rtol=1e-6)
    fed = OnnxDetector(path).prepared(FRAME[:64, :96])[0, 0, 5, 5]
    imagenet = (10 / 255 - 0.485) / 0.229
    assert fed == pytest.approx(10 / 255 if classes == 80 else imagenet, rel=1e-5)


def test_open_sizes_are_640(write_detector, tmp_path):
    cells = 80 * 80 + 40 * 40 + 20 * 20
    rows = np.zeros((1, cells, 85), np.float32)
    path = write_detector(
        tmp_path / "a.onnx", {"output": rows}, size=("height", "width"), batch="n"
    )
    assert len(OnnxDetector(path)(FRAME)) == 0


def test_other_networks_are_refused(write_detector, tmp_path):
    path = tmp_path / "a.onnx"
    for outputs in (
        {"output": np.zeros((1, 84, 126), np.float32)},  # YOLOv8's axes
        {"output": np.zeros((1, 126 * 3, 85), np.float32)},  # YOLOv5's three boxes
        {"logits": np.zeros((1, 9, 5), np.float32), "pred_boxes": _floats([0] * 4)},
        {"maps": np.zeros((1, 17, 64, 48), np.float32)},
    ):
        write_detector(path, outputs)
        with pytest.raises(errors.InputError, match="expected outputs as YOLOX, MMDep"):
            OnnxDetector(path)
    write_detector(path, {"x": _floats([0.0])}, extra=[("text", [1, 4])])
    with pytest.raises(errors.InputError, match="expected a detector from one image"):
        OnnxDetector(path)
    write_detector(path, {"x": _floats([0.0])}, size=(64,))
    with pytest.raises(errors.InputError, match="expected a float32 input of images"):
        OnnxDetector(path)
    path.write_bytes(b"no network")
    with pytest.raises(errors.InputError, match="expected an ONNX network"):
        OnnxDetector(path)
