import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.augment import occlusion
from stpose_tf.data import pipeline
from stpose_tf.data.windows import evaluation_rows


@pytest.mark.parametrize("length", [9, 32, 64])
@pytest.mark.parametrize("context", [0, 4])
@pytest.mark.parametrize("frames", [1, 5, 9, 10, 63, 64, 65, 200])
def test_every_frame_is_scored_once_with_its_context(frames, context, length):
    counts = np.zeros(frames, int)
    for start, first, end in evaluation_rows.cut(
        frames, length=length, context=context
    ):
        assert start <= first < end <= start + length
        assert start == 0 or first - start >= context
        assert end == frames or start + length - end >= context
        counts[first:end] += 1
    np.testing.assert_array_equal(counts, 1)


def scored(batches):
    """Returns how often each (clip, view, frame) is scored."""
    counts = {}
    for batch in batches.as_numpy_iterator():
        for row in range(len(batch["clip"])):
            for frame in batch["frame"][row][batch["score"][row] > 0]:
                key = (int(batch["clip"][row]), int(batch["view"][row]), int(frame))
                counts[key] = counts.get(key, 0) + 1
    return counts


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_all_frames_of_all_views_are_scored_once(
    make_clip, write_records, small_config, stride
):
    lengths = {"c1": 1, "c5": 5, "c63": 63, "c64": 64, "c200": 200}
    folder = write_records(
        *(make_clip(name, frames=frames) for name, frames in lengths.items())
    )
    config = small_config(folder)
    config.evaluation.length = 32
    config.evaluation.temporal_stride = stride
    indexes = pipeline.open_records(config)
    batches = pipeline.build_eval(
        config, indexes, split="all", context=6, detector=False
    )
    expected = {
        (number, view, frame): 1
        for number, clip in enumerate(indexes[0].clips)
        for view in range(2)
        for frame in range(-(-clip.frames // stride))
    }
    assert scored(batches) == expected
    assert batches.cardinality() == len(list(batches))


@pytest.fixture
def one_clip(make_clip, write_records, small_config):
    clip = make_clip("only", frames=45)
    config = small_config(write_records(clip))
    config.evaluation.length = 24
    config.evaluation.temporal_stride = 2
    return clip, config, pipeline.open_records(config)


def build(config, indexes, **changes):
    options = {"split": "all", "context": 4, "detector": False, **changes}
    dataset = pipeline.build_eval(config, indexes, **options)
    return list(dataset.as_numpy_iterator())


def test_rows_hold_the_frames_of_the_clip_and_zeros_outside(one_clip):
    clip, config, indexes = one_clip
    (batch,) = build(config, indexes)
    np.testing.assert_array_equal(batch["clip"], 0)
    # 23 frames at stride 2: one row for each view; two rows fill the batch.
    np.testing.assert_array_equal(batch["score"].sum(1), [23, 23, 0, 0])
    np.testing.assert_array_equal(batch["frame_mask"], batch["score"])
    for view in range(2):
        camera = clip.views[view].camera
        world = clip.pose_world[::2]
        rotation = camera.rotation.numpy()
        expected = (world - world[:, :1]) @ rotation.T
        np.testing.assert_allclose(batch["pose"][view, :23], expected, atol=0.02)
        np.testing.assert_array_equal(batch["frame"][view], np.arange(24))
        assert batch["heatmaps"][view, :23].max((1, 2, 3)).min() > 0.8
        assert not batch["heatmaps"][view, 23:].any()
        assert not batch["pose_valid"][view, 23:].any()
    assert not batch["heatmaps"][2:].any()
    assert not batch["frame_mask"][2:].any()


def test_detector_noise_is_the_same_each_time_and_differs_by_view(one_clip):
    _, config, indexes = one_clip
    (first,) = build(config, indexes, detector=True)
    (second,) = build(config, indexes, detector=True)
    (clean,) = build(config, indexes)
    np.testing.assert_array_equal(first["heatmaps"], second["heatmaps"])
    assert np.abs(first["heatmaps"] - clean["heatmaps"]).max() > 0.1
    assert not first["heatmaps"][:, 23:].any()
    config.evaluation.seed += 1
    (other,) = build(config, indexes, detector=True)
    assert np.abs(first["heatmaps"] - other["heatmaps"]).max() > 0.1
    np.testing.assert_array_equal(first["pose"], other["pose"])


def test_a_condition_hides_input_and_leaves_the_truth(one_clip):
    _, config, indexes = one_clip
    (clean,) = build(config, indexes)
    hide = occlusion.PointOcclusion(0.3)
    (hidden,) = build(config, indexes, condition=hide)
    occluded = hidden["occluded"] > 0
    assert 0.2 < occluded[:2, :23].mean() < 0.4
    maps = hidden["heatmaps"].max((2, 3))
    assert not maps[occluded].any()
    np.testing.assert_array_equal(hidden["pose"], clean["pose"])
    np.testing.assert_array_equal(hidden["pose_valid"], clean["pose_valid"])


def test_fewer_windows_are_spread_over_all(make_clip, write_records, small_config):
    folder = write_records(*(make_clip(f"c{n}", frames=20, views=1) for n in range(9)))
    config = small_config(folder)
    indexes = pipeline.open_records(config)
    batches = build(config, indexes, max_windows=3)
    found = np.concatenate([batch["clip"] for batch in batches])
    used = np.concatenate([batch["score"].any(1) for batch in batches])
    assert list(found[used]) == [0, 4, 8]
    assert all(len(batch["clip"]) == 4 for batch in batches)


def test_clips_are_numbered_over_all_folders(make_clip, write_records, small_config):
    first = write_records(
        make_clip("a", frames=9), make_clip("b", frames=9, subject="s2"), name="first"
    )
    second = write_records(
        make_clip("c", frames=12, subject="s2", maps=(32, 32)), name="second"
    )
    config = small_config(first, second, validation_subjects=("s2",))
    config.evaluation.views = 1
    indexes = pipeline.open_records(config)
    batches = build(config, indexes, split="validation")
    used = batches[0]["score"].sum(1)
    assert list(zip(batches[0]["clip"][:2], used[:2], strict=True)) == [(1, 9), (2, 12)]
    assert used[2:].sum() == 0
    assert batches[0]["heatmaps"][:2].max() > 0.9


def test_rows_too_short_for_the_context_and_empty_splits_are_refused(one_clip):
    _, config, indexes = one_clip
    with pytest.raises(errors.InputError, match=r"length: expected more than 24"):
        build(config, indexes, context=12)
    with pytest.raises(errors.InputError, match="Split validation: expected clips"):
        build(config, indexes, split="validation")


def test_a_row_does_not_depend_on_what_else_is_evaluated(one_clip):
    _, config, indexes = one_clip
    (both,) = build(config, indexes, detector=True)
    config.evaluation.views = 1
    (one,) = build(config, indexes, detector=True)
    np.testing.assert_array_equal(both["heatmaps"][0], one["heatmaps"][0])


def test_the_middle_row_is_of_the_middle_clip_and_not_of_the_longest():
    def row(clip, start):
        return evaluation_rows.Row(
            clip=clip, view=0, start=start, score_from=start, score_to=start + 8
        )

    long = [row(2, start) for start in range(0, 80, 8)]
    chosen = evaluation_rows.middle(
        [*long, *(row(4, n) for n in (0, 8, 16)), row(9, 0)]
    )
    assert (chosen.clip, chosen.start) == (4, 8)
