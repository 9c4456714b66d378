import numpy as np
import pytest

from stpose_tf.evaluation import clip_assembly

JOINTS = 3


def _batch(rows):
    """Rows of (clip, view, first frame, scored mask); the poses tell their frame."""
    clips, views, starts, masks = zip(*rows, strict=True)
    length = len(masks[0])
    frames = np.array(starts)[:, None] + np.arange(length)
    poses = np.zeros((len(rows), length, JOINTS, 3))
    poses += frames[..., None, None] + 1000 * np.array(clips)[:, None, None, None]
    mask = np.zeros((len(rows), length, JOINTS), bool)
    return {
        "clips": np.array(clips),
        "views": np.array(views),
        "score": np.array(masks, float),
        "frames": frames,
        "predictions": poses,
        "truths": poses + 1,
        "valid": ~mask,
        "occluded": mask,
        "missing": mask[..., 0],
        "log_sigma": poses[..., 0],
        "baseline": poses - 1,
    }


def test_frames_come_back_in_order_from_shuffled_overlapping_rows():
    assembly = clip_assembly.ClipAssembly({(0, 0): 7})
    first = list(assembly.add(**_batch([(0, 0, 2, [0, 1, 1, 1, 1])])))
    assert first == []
    (sequence,) = assembly.add(**_batch([(0, 0, 0, [1, 1, 1, 0, 0])]))
    assembly.finish()
    np.testing.assert_array_equal(sequence.frames, np.arange(7))
    np.testing.assert_array_equal(sequence.predictions[:, 0, 0], np.arange(7))
    np.testing.assert_array_equal(sequence.truths[:, 2, 1], np.arange(7) + 1)
    assert sequence.predictions.dtype == np.float64


def test_views_and_clips_are_kept_apart():
    assembly = clip_assembly.ClipAssembly({(0, 0): 2, (0, 1): 2, (3, 0): 2})
    rows = [(0, 0, 0, [1, 1]), (0, 1, 0, [1, 1]), (3, 0, 0, [1, 1])]
    done = list(assembly.add(**_batch(rows)))
    assert [(s.clip, s.view) for s in done] == [(0, 0), (0, 1), (3, 0)]
    assert done[2].predictions[1, 0, 0] == 3001


def test_a_frame_scored_twice_is_refused():
    assembly = clip_assembly.ClipAssembly({(0, 0): 4})
    rows = [(0, 0, 0, [1, 1]), (0, 0, 1, [1, 1])]
    with pytest.raises(ValueError, match="frame 1 of clip 0 view 0 twice"):
        list(assembly.add(**_batch(rows)))


def test_a_clip_that_comes_again_is_refused():
    assembly = clip_assembly.ClipAssembly({(0, 0): 2})
    list(assembly.add(**_batch([(0, 0, 0, [1, 1])])))
    with pytest.raises(ValueError, match="again"):
        list(assembly.add(**_batch([(0, 0, 0, [1, 1])])))


def test_a_missing_frame_is_refused():
    assembly = clip_assembly.ClipAssembly({(0, 0): 3})
    assert list(assembly.add(**_batch([(0, 0, 0, [1, 1])]))) == []
    with pytest.raises(ValueError, match="Expected 3 frames of clip 0 view 0"):
        assembly.finish()


def test_a_frame_outside_the_clip_is_refused():
    assembly = clip_assembly.ClipAssembly({(0, 0): 2})
    with pytest.raises(ValueError, match="frames 0 to 1 of clip 0"):
        list(assembly.add(**_batch([(0, 0, 1, [1, 1])])))


def test_some_windows_give_what_there_is():
    assembly = clip_assembly.ClipAssembly({(0, 0): 9})
    list(assembly.add(**_batch([(0, 0, 5, [1, 1]), (0, 0, 0, [1, 1])])))
    (sequence,) = assembly.finish_partial()
    np.testing.assert_array_equal(sequence.frames, [0, 1, 5, 6])


def test_rows_of_padding_are_passed_over():
    assembly = clip_assembly.ClipAssembly({(0, 0): 2})
    rows = [(0, 0, 0, [1, 1]), (0, 0, 0, [0, 0])]
    assert len(list(assembly.add(**_batch(rows)))) == 1


def test_a_clip_that_never_came_is_missed():
    assembly = clip_assembly.ClipAssembly({(0, 0): 2, (1, 0): 2})
    list(assembly.add(**_batch([(0, 0, 0, [1, 1])])))
    with pytest.raises(ValueError, match=r"2 frames of clip 1 view 0. Received: 0"):
        assembly.finish()


def test_a_clip_that_was_not_asked_for_is_refused():
    assembly = clip_assembly.ClipAssembly({(0, 0): 2})
    with pytest.raises(ValueError, match="Received: clip 0 view 1"):
        list(assembly.add(**_batch([(0, 1, 0, [1, 1])])))
