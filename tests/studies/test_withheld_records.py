import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.data import pipeline
from stpose_tf.data.records import record_index, record_parsing
from stpose_tf.data.windows import window_plan
from stpose_tf.studies import withheld_records


def test_a_fixed_third_of_the_training_subjects(motion_indexes):
    assert motion_indexes[0].subjects == ("P01", "P02", "P03", "P04", "P05")
    assert withheld_records.subjects(motion_indexes, ("P01",)) == ("P04",)
    assert withheld_records.subjects(motion_indexes, ()) == ("P03",)
    with pytest.raises(errors.InputError, match="Received: P04, P05"):
        withheld_records.subjects(motion_indexes, ("P01", "P02", "P03"))


def _view(index, number, view):
    entry = index.clips[number]
    table = window_plan.clip_table([index])
    serialized, frames = table.read(
        tf.constant(number, tf.int64), tf.range(entry.frames, dtype=tf.int64)
    )
    return record_parsing.parse_view(
        serialized,
        frames,
        view=tf.constant(view),
        num_views=entry.views,
        keypoints=17,
        heatmap_size=None,
    )


def test_what_comes_back_is_2d_and_nothing_else(motion_indexes, tmp_path):
    (before,) = motion_indexes
    folder = tmp_path / "records_2d"
    withheld_records.write(folder, motion_indexes, ("P04",))
    after = record_index.load(folder)
    number = [clip.subject for clip in before.clips].index("P04")
    (entry,) = after.clips
    assert entry.id == f"2d/{before.clips[number].id}"
    assert not entry.has_pose
    assert not entry.has_keypoints_world
    assert entry.views == 2
    for view in range(2):
        old, new = _view(before, number, view), _view(after, 0, view)
        for name in ("keypoints", "confidence", "labelled", "crop"):
            np.testing.assert_array_equal(new[name], old[name])
        assert old["camera"].numpy().any()
        assert not new["camera"].numpy().any()


def test_a_clip_that_is_not_to_be_used_does_not_come_back(motion_indexes, tmp_path):
    config = configs.ExperimentConfig()
    config.data.exclude_clips = ("P05_clip",)
    folder = tmp_path / "records_2d"
    withheld_records.write(
        folder,
        motion_indexes,
        ("P04", "P05"),
        exclude_clips=config.data.exclude_clips,
    )
    assert [clip.id for clip in record_index.load(folder).clips] == ["2d/P04_clip"]
    kept = withheld_records.withhold(config, motion_indexes, ("P04",))
    assert kept.data.exclude_clips == ("P05_clip", "P04_clip")


def test_what_lies_there_is_kept_if_it_is_the_same(motion_indexes, tmp_path):
    folder = tmp_path / "records_2d"
    withheld_records.write(folder, motion_indexes, ("P04",))
    before = (folder / "index.json").stat().st_mtime_ns
    withheld_records.write(folder, motion_indexes, ("P04",))
    assert (folder / "index.json").stat().st_mtime_ns == before
    with pytest.raises(errors.InputError, match="expected the 2D of P05"):
        withheld_records.write(folder, motion_indexes, ("P05",))


@pytest.mark.slow
def test_rows_without_see_no_3d_and_the_last_row_sees_2d(
    motion_indexes, tiny_settings, tmp_path
):
    config = tiny_settings
    config.data.records = (str(motion_indexes[0].folder),)
    kept = withheld_records.withhold(config, motion_indexes, ("P04",))
    assert config.data.exclude_clips == ()
    subjects = {s for index in pipeline.open_records(kept) for s in index.subjects}
    assert subjects == {"P01", "P02", "P03", "P05"}
    folder = tmp_path / "records_2d"
    withheld_records.write(folder, motion_indexes, ("P04",))
    added = withheld_records.add(kept, folder)
    added.data.batch_size = 8
    indexes = pipeline.open_records(added)
    (batch,) = pipeline.build_train(added, indexes).take(1)
    only_2d = batch["only_2d"].numpy().ravel() > 0
    assert 0 < only_2d.sum() < only_2d.size
    valid = batch["pose_valid"].numpy().reshape(16, -1)
    assert not valid[only_2d].any()
    assert valid[~only_2d].all()
    labelled = batch["labelled"].numpy().reshape(16, -1)
    assert labelled[only_2d].all()
    assert batch["heatmaps"].numpy().reshape(16, -1).max(axis=1).min() > 0
