import numpy as np
import pytest

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.data import motion_shooting
from stpose_tf.data.records import record_writer
from stpose_tf.data.sources.mocap import procedural
from stpose_tf.export import sample_windows
from stpose_tf.geometry import heatmaps, skeletons

SHARED = [
    f"{side}_{joint}"
    for side in ("left", "right")
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
]


@pytest.fixture(scope="module")
def clean(source):
    return source.windows("clean", count=3, training=False)


def test_truths_lie_where_the_maps_show_them(clean):
    # Seen from the crop's own direction a pose is its picture, up to scale, place,
    # perspective and the detector's noise.
    places = heatmaps.decode(clean.heatmaps).numpy()[..., :2]
    coco, h36m = skeletons.get("coco17"), skeletons.get("h36m17")
    seen = places[:, :, [coco.index(name) for name in SHARED]]
    truth = clean.truths[:, :, [h36m.index(name) for name in SHARED], :2]
    seen = seen - seen.mean(axis=2, keepdims=True)
    truth = truth - truth.mean(axis=2, keepdims=True)
    inside = clean.valid.all(axis=-1)
    correlation = (seen * truth).sum(axis=(2, 3)) / np.sqrt(
        (seen**2).sum(axis=(2, 3)) * (truth**2).sum(axis=(2, 3)) + 1e-9
    )
    assert np.median(correlation[inside]) > 0.95


def test_truths_are_root_relative_and_absent_outside_the_clip(clean):
    assert (clean.truths[:, :, 0] == 0).all()
    outside = ~clean.valid.any(axis=-1)
    assert (clean.heatmaps[outside] == 0).all()
    assert not outside.all()


def test_occluded_windows_hide_what_their_names_say(source, clean):
    hidden = {
        name: (source.windows(name, count=3, training=False).heatmaps == 0).all((2, 3))
        for name in ("points30", "frames10")
    }
    inside = clean.valid.all(axis=-1)
    assert hidden["points30"][inside].mean() == pytest.approx(0.3, abs=0.05)
    gone = hidden["frames10"].all(axis=-1) & inside
    for row in gone[inside.sum(axis=1) >= 10]:
        places = np.flatnonzero(row)
        assert len(places) == 10
        assert places[-1] - places[0] == 9


def test_windows_are_the_same_every_time(source, clean):
    again = source.windows("clean", count=3, training=False)
    np.testing.assert_array_equal(again.heatmaps, clean.heatmaps)


def test_windows_can_be_cut(clean):
    cut = clean.first_frames(7)
    assert cut.heatmaps.shape[1] == cut.truths.shape[1] == cut.valid.shape[1] == 7


def test_given_records_are_used_and_need_none_of_the_held_out_people(tmp_path):
    config = configs.ExperimentConfig()
    config.model.heatmap_size = (16, 16)
    config.data.records = ("nowhere",)
    config.data.validation_subjects = ("P02", "nobody")
    with record_writer.RecordWriter(tmp_path / "mine", num_shards=1) as writer:
        for planned in procedural.find(
            fps=60, clips=40, seconds=0.5, seed=1, subjects=("P01", "P02")
        ):
            if planned.action in ("walk", "sit"):
                clip = motion_shooting.shoot(
                    planned.read(), dataset="mine", num_views=1, seed=0
                )
                writer.write(clip)
    with sample_windows.open_source(config, [str(tmp_path / "mine")]) as source:
        assert source.name == "mine"
        assert source.config.data.validation_subjects == ("P02",)
        held_out = source.windows("clean", count=99, training=False)
        trained_on = source.windows("clean", count=99, training=True)
        clips = len(source.indexes[0].clips)
        assert len(held_out.heatmaps) + len(trained_on.heatmaps) == clips
    assert config.data.records == ("nowhere",)


def test_records_that_are_not_there_are_refused_when_asked_for(tiny_config):
    with (
        pytest.raises(errors.InputError, match="nowhere"),
        sample_windows.open_source(tiny_config, ["nowhere"]),
    ):
        pass


def test_motion_is_not_made_up_for_other_skeletons(tiny_config):
    config = configs.ExperimentConfig()
    config.model.input_skeleton = "halpe26"
    with (
        pytest.raises(errors.InputError, match=r"--records: .* halpe26"),
        sample_windows.open_source(config),
    ):
        pass
