import numpy as np
import pytest

from stpose_tf.results import drawn_video, overlay_strip
from stpose_tf.video import frame_source, video_writer

pytest.importorskip("av", reason="the extra 'video' is not installed")
image_file = pytest.importorskip("PIL.Image", reason="Pillow is not installed")


def test_frames_that_show_everybody_are_chosen(person, result):
    first, second = person(range(0, 30)), person(range(10, 22), name="b")
    # Twelve frames show both: the middles of their thirds.
    assert overlay_strip.chosen(result(first, second), 3) == [12, 16, 19]
    assert overlay_strip.chosen(result(first, second), 1) == [16]
    assert overlay_strip.chosen(result(person([4, 5])), 9) == [4, 5]


def test_the_video_is_drawn_whole_and_as_a_small_picture(person, result, tmp_path):
    clip = tmp_path / "clip.mp4"
    with video_writer.VideoWriter(clip, fps=10.0) as writer:
        for number in range(6):
            writer.write(np.full((90, 160, 3), 40 * number, np.uint8))
    somebody = person([2, 3, 4])
    somebody.keypoints[..., :2] /= 12.0
    video, strip = drawn_video.write(
        result(somebody),
        [somebody.roots],
        lambda: frame_source.open_source(str(clip)),
        tmp_path,
        whole=True,
        pictures=2,
    )
    source = frame_source.open_source(str(video))
    assert (source.expected_frames, source.fps) == (6, pytest.approx(10.0))
    assert source.image_size == (160 + 72, 90)
    with image_file.open(strip) as picture:
        assert picture.size == (860, 2 * 334 + 4)
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    # Frames 2 and 4, gray as they are where nobody is drawn.
    middle = np.median(pixels[:334, :593], axis=(0, 1))
    assert np.abs(middle - 80).max() < 8
    assert np.abs(np.median(pixels[338:, :593], axis=(0, 1)) - 160).max() < 8
