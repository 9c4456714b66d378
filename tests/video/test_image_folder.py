import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.video import frame_source

cv2 = pytest.importorskip("cv2", reason="the extra 'video' is not installed")


def _write(path, color, size=(20, 30)):
    image = np.zeros((*size, 3), np.uint8)
    image[:] = color
    assert cv2.imwrite(str(path), image[..., ::-1])


def test_images_come_by_their_numbers_in_rgb(tmp_path):
    for number in (1, 2, 10):
        _write(tmp_path / f"frame{number}.png", (number, 100, 200))
    (tmp_path / "notes.txt").write_text("no image")
    source = frame_source.open_source(str(tmp_path), fps=10)
    found = list(frame_source.frames(source))
    assert [frame.image[0, 0].tolist() for frame in found] == [
        [1, 100, 200],
        [2, 100, 200],
        [10, 100, 200],
    ]
    np.testing.assert_allclose([frame.time for frame in found], [0.0, 0.1, 0.2])
    assert source.image_size == (30, 20)
    assert source.expected_frames == 3


def test_transparency_is_left_out(tmp_path):
    image = np.full((8, 8, 4), 120, np.uint8)
    image[..., 3] = 0
    cv2.imwrite(str(tmp_path / "a.png"), image)
    frames = list(frame_source.frames(frame_source.open_source(str(tmp_path))))
    assert frames[0].image.shape == (8, 8, 3)


def test_folders_without_images_are_refused(tmp_path):
    with pytest.raises(errors.InputError, match=r"expected images .*Received: none"):
        frame_source.open_source(str(tmp_path))


def test_images_of_other_sizes_and_damage_are_refused(tmp_path):
    _write(tmp_path / "1.png", (1, 2, 3))
    _write(tmp_path / "2.png", (1, 2, 3), size=(20, 31))
    with pytest.raises(errors.InputError, match=r"2\.png: expected 30 x 20 px"):
        list(frame_source.frames(frame_source.open_source(str(tmp_path))))
    (tmp_path / "2.png").write_bytes(b"\x89PNG")
    with pytest.raises(errors.InputError, match=r"2\.png: expected an image"):
        list(frame_source.frames(frame_source.open_source(str(tmp_path))))


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan")])
def test_rates_that_are_none_are_refused(tmp_path, fps):
    with pytest.raises(errors.InputError, match="fps: expected a positive number"):
        frame_source.open_source(str(tmp_path), fps=fps)


def test_what_cannot_be_opened_is_refused(tmp_path, monkeypatch):
    _write(tmp_path / "1.png", (1, 2, 3))
    (tmp_path / "2.png").mkdir()
    source = frame_source.open_source(str(tmp_path))
    with pytest.raises(errors.InputError, match=r"2\.png: expected a readable image"):
        list(frame_source.frames(source))

    def forbidden(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "iterdir", forbidden)
    with pytest.raises(errors.InputError, match=r"readable folder.*Permission denied"):
        frame_source.open_source(str(tmp_path))
