import struct

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.video import frame_source, video_file, video_writer

av = pytest.importorskip("av", reason="the extra 'video' is not installed")
SIZE = (64, 48)


def _image(number):
    """A gray frame as bright as its number, with a white upper left corner."""
    image = np.full((SIZE[1], SIZE[0], 3), 10 * (number % 20) + 20, np.uint8)
    image[:16, :16] = 255
    return image


def _write(path, count=8, fps=25.0, times=None):
    with video_writer.VideoWriter(path, fps=fps) as writer:
        for number in range(count):
            writer.write(_image(number), time=times[number] if times else None)
    return path


def _turn(path, matrix):
    """Writes a rotation into the track header of an MP4."""
    content = bytearray(path.read_bytes())
    place = content.index(b"tkhd") + 4 + 4 + 20 + 8 + 8
    fixed = [struct.pack(">i", int(value * 65536)) for value in matrix]
    for index, value in zip((0, 1, 3, 4), fixed, strict=True):
        content[place + 4 * index : place + 4 * index + 4] = value
    path.write_bytes(content)


def test_frames_come_back_in_order_at_their_rate(tmp_path):
    source = frame_source.open_source(str(_write(tmp_path / "a.mp4")))
    assert source.image_size == SIZE
    assert source.fps == pytest.approx(25.0)
    assert source.expected_frames == 8
    found = list(frame_source.frames(source))
    assert [frame.number for frame in found] == list(range(8))
    np.testing.assert_allclose([f.time for f in found], np.arange(8) / 25, atol=1e-3)
    for frame in found:
        assert abs(int(frame.image[40, 50, 0]) - (10 * frame.number + 20)) <= 4


def test_times_of_a_varying_rate_are_kept(tmp_path):
    times = [0.0, 0.04, 0.08, 0.2, 0.24, 0.5]
    path = _write(tmp_path / "a.mp4", count=6, times=times)
    found = list(frame_source.frames(frame_source.open_source(str(path))))
    np.testing.assert_allclose([frame.time for frame in found], times, atol=1e-3)


# A phone held upright writes (0, 1, -1, 0): (x, y) goes to (-y, x), which turns what
# was up to the right, so the upper left corner goes to the upper right.
@pytest.mark.parametrize(
    ("matrix", "corner"),
    [((0, 1, -1, 0), (8, -8)), ((-1, 0, 0, -1), (-8, -8)), ((0, -1, 1, 0), (-8, 8))],
    ids=["90", "180", "270"],
)
def test_rotation_is_applied(tmp_path, matrix, corner):
    path = _write(tmp_path / "a.mp4", count=2)
    _turn(path, matrix)
    source = video_file.VideoFile(path)
    turned = abs(matrix[1]) == 1
    assert source.image_size == (SIZE[::-1] if turned else SIZE)
    _, image = next(source.images())
    assert image[corner][0] > 240
    assert image[corner[0], -corner[1] - 1][0] < 60


def test_odd_sizes_survive(tmp_path):
    path = tmp_path / "a.mp4"
    with video_writer.VideoWriter(path, fps=10) as writer:
        writer.write(np.full((33, 51, 3), 90, np.uint8))
    source = video_file.VideoFile(path)
    assert source.image_size == (52, 34)


def test_a_given_rate_overrides_the_files(tmp_path):
    path = _write(tmp_path / "a.mp4", count=4)
    source = frame_source.open_source(str(path), fps=10)
    times = [frame.time for frame in frame_source.frames(source)]
    np.testing.assert_allclose(times, [0.0, 0.1, 0.2, 0.3])


def test_a_file_that_is_cut_off_is_refused(tmp_path):
    path = _write(tmp_path / "a.mp4", count=40)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(errors.InputError, match=r"a\.mp4: expected .*Received"):
        list(frame_source.frames(frame_source.open_source(str(path))))


def test_other_files_are_refused(tmp_path):
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(errors.InputError, match="expected a video file"):
        video_file.VideoFile(tmp_path / "a.mp4")
    with pytest.raises(errors.InputError, match="expected a video file, a folder"):
        frame_source.open_source(str(tmp_path / "b.mp4"))


def test_sound_alone_is_refused(tmp_path):
    path = tmp_path / "a.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 800), np.int16), format="s16", layout="mono"
        )
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(errors.InputError, match=r"video stream\. Received: audio"):
        video_file.VideoFile(path)


def test_an_error_leaves_no_file(tmp_path):
    def interrupted():
        with video_writer.VideoWriter(tmp_path / "a.mp4", fps=10) as writer:
            writer.write(_image(0))
            raise RuntimeError("ours")

    with pytest.raises(RuntimeError, match="ours"):
        interrupted()
    assert list(tmp_path.iterdir()) == []
