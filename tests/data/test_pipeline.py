import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import config as schema
from stpose_tf import errors
from stpose_tf.data import pipeline
from stpose_tf.data.windows import training_sources

LENGTH = 12


def batches(config, count, **changes):
    indexes = pipeline.open_records(config)
    dataset = pipeline.build_train(config, indexes, **changes)
    return list(dataset.take(count).as_numpy_iterator())


def assert_same(first, second):
    tf.nest.map_structure(np.testing.assert_array_equal, first, second)


@pytest.fixture
def folder(make_clip, write_records):
    return write_records(
        make_clip("a", frames=300, views=3),
        make_clip("b", frames=80),
        make_clip("c", frames=60, subject="s2"),
    )


@pytest.fixture
def config(folder, small_config):
    return small_config(
        folder, length=LENGTH, batch_size=3, validation_subjects=("s2",)
    )


def pair_error(batch):
    """Returns the largest |R X1 - X2| of each group in mm."""
    turned = np.einsum("bde,btje->btjd", batch["pair_rotation"], batch["pose"][:, 0])
    return np.abs(turned - batch["pose"][:, 1]).max((1, 2, 3))


@pytest.mark.parametrize(
    "everything", [False, pytest.param(True, marks=pytest.mark.slow)]
)
def test_the_same_seed_gives_the_same_batches_at_any_parallelism(
    config, monkeypatch, everything
):
    if everything:
        config.augment = schema.AugmentConfig()
    monkeypatch.setattr(pipeline, "_cores", lambda: 5)
    first = batches(config, 3)
    monkeypatch.setattr(pipeline, "_cores", lambda: 1)
    assert_same(first, batches(config, 3))


@pytest.mark.slow
def test_another_seed_gives_other_batches(config):
    first = batches(config, 1)[0]
    config.seed += 1
    other = batches(config, 1)[0]
    assert np.abs(other["pose"] - first["pose"]).max() > 50


@pytest.mark.slow
def test_starting_at_a_step_equals_skipping_to_it(config):
    whole = batches(config, 4)
    assert_same(whole[2:], batches(config, 2, start_step=2))


def test_short_clips_give_windows_that_say_where_they_end(config):
    config.data.length = 24
    config.data.temporal_strides = (1, 4)
    config.data.overhang = 0.7
    found = batches(config, 12)
    masks = np.concatenate([batch["frame_mask"] for batch in found])
    assert {0.0, 1.0} == set(np.unique(masks))
    partial = masks.min(-1) == 0
    assert 0.05 < partial.mean() < 0.95
    assert masks.mean(-1).min() >= 0.3
    config.data.overhang = 0.0
    assert all(batch["frame_mask"].all() for batch in batches(config, 3))
    for name in ("heatmaps", "pose_valid", "labelled"):
        values = np.concatenate([batch[name] for batch in found])
        assert not values[masks == 0].any()
        assert values[masks == 1].any()
    # Both views of a pair are of the same frames.
    np.testing.assert_array_equal(masks[:, 0], masks[:, 1])


def test_replicas_share_a_global_batch(config, strategy):
    config.data.batch_size = 2
    whole = batches(config, 1)[0]
    dataset = pipeline.build_train(config, pipeline.open_records(config))
    found = next(iter(strategy.experimental_distribute_dataset(dataset)))
    parts = strategy.experimental_local_results(found["pose"])
    assert [len(part) for part in parts] == [2 // len(parts)] * len(parts)
    np.testing.assert_array_equal(np.concatenate(parts), whole["pose"])


def test_groups_differ(config):
    found = np.concatenate([b["pose"] for b in batches(config, 4)])
    assert len(np.unique(found.reshape(len(found), -1), axis=0)) == len(found)


@pytest.mark.parametrize("virtual", [True, False])
@pytest.mark.parametrize("augmented", [True, False])
def test_the_truth_of_both_views_is_one_motion(config, virtual, augmented):
    config.data.virtual_views = virtual
    for name in ("mirror", "crop_jitter", "roll"):
        setattr(config.augment, name, 0.6)
    found = batches(config, 4, with_augmentation=augmented)
    for batch in found:
        np.testing.assert_array_equal(batch["pair_weight"], 1)
        assert pair_error(batch).max() < 1e-2
        rotation = batch["pair_rotation"]
        np.testing.assert_allclose(
            rotation @ rotation.swapaxes(-1, -2),
            np.tile(np.eye(3), (3, 1, 1)),
            atol=1e-5,
        )
        np.testing.assert_array_equal(batch["only_2d"], 0)
        # Two views, not one twice.
        assert np.abs(batch["pose"][:, 0] - batch["pose"][:, 1]).max() > 20


def test_windows_before_and_after_augmentation_are_the_same_ones(config):
    config.augment.mirror = 0.0
    config.augment.points = 1.0
    before = batches(config, 2, with_augmentation=False)
    after = batches(config, 2)
    for plain, changed in zip(before, after, strict=True):
        np.testing.assert_array_equal(plain["pose"], changed["pose"])
        assert np.abs(plain["heatmaps"] - changed["heatmaps"]).max() > 0.1


@pytest.mark.slow
def test_rotated_skeletons_stay_pairs_and_lean_more(config):
    def lean(found):
        spines = np.concatenate([b["pose"][:, :, :, 8] for b in found])
        return np.degrees(
            np.arccos(-spines[..., 1] / np.linalg.norm(spines, axis=-1))
        ).mean()

    upright = lean(batches(config, 6, with_augmentation=False))
    config.views.rotate_skeleton = True
    rotated = batches(config, 6, with_augmentation=False)
    assert max(pair_error(batch).max() for batch in rotated) < 1e-2
    assert lean(rotated) > upright + 5


@pytest.mark.slow
def test_recorded_maps_and_rendered_ones_agree(make_clip, write_records, small_config):
    clip = make_clip("maps", frames=40, maps=(32, 32))
    stored = small_config(
        write_records(clip, name="stored"),
        length=LENGTH,
        batch_size=2,
        virtual_views=False,
    )
    rendered = small_config(
        write_records(make_clip("maps", frames=40), name="plain"),
        length=LENGTH,
        batch_size=2,
        virtual_views=False,
    )
    first = batches(stored, 1, with_augmentation=False)[0]
    second = batches(rendered, 1, with_augmentation=False)[0]
    np.testing.assert_array_equal(first["pose"], second["pose"])
    np.testing.assert_allclose(first["heatmaps"], second["heatmaps"], atol=2 / 255)
    # Augmentation works on stored maps too.
    changed = batches(stored, 1)[0]
    assert changed["heatmaps"].shape == first["heatmaps"].shape
    assert pair_error(changed).max() < 1e-2


def test_clips_without_a_second_view_or_3d_give_independent_windows(
    make_clip, write_records, small_config
):
    single = small_config(
        write_records(make_clip("one", views=1), name="single"),
        length=LENGTH,
        batch_size=4,
        virtual_views=False,
    )
    batch = batches(single, 1)[0]
    assert not batch["pair_weight"].any()
    assert not batch["only_2d"].any()
    assert np.abs(batch["pose"][:, 0] - batch["pose"][:, 1]).max() > 5
    flat = small_config(
        write_records(make_clip("flat", pose=False, camera=False), name="flat"),
        length=LENGTH,
        batch_size=4,
    )
    batch = batches(flat, 1)[0]
    assert not batch["pair_weight"].any()
    assert batch["only_2d"].all()
    assert not batch["pose_valid"].any()
    assert not batch["pose"].any()
    assert batch["labelled"].all()
    assert batch["heatmaps"].any()


@pytest.mark.slow
def test_folders_are_mixed_by_their_ratios(make_clip, write_records, small_config):
    folders = [
        write_records(make_clip("deep", frames=200), name="deep"),
        write_records(
            make_clip("flat", frames=30, pose=False, camera=False, maps=(32, 32)),
            name="flat",
        ),
    ]
    config = small_config(
        *folders, length=LENGTH, batch_size=8, temporal_strides=(1,), ratios=(1.0, 3.0)
    )
    flat = np.mean([batch["only_2d"] for batch in batches(config, 15)])
    # Binomial with p = 3/4 over 120 groups: standard error 0.04.
    assert flat == pytest.approx(0.75, abs=0.13)
    config.data.ratios = ()
    sources = training_sources.training_sources(config, pipeline.open_records(config))
    assert [source.share for source in sources] == [200, 30]
    config.data.balance = 1.0
    sources = training_sources.training_sources(config, pipeline.open_records(config))
    assert [source.share for source in sources] == [1, 1]


@pytest.mark.slow
def test_labels_follow_the_crop_and_not_the_noise(config):
    """The true 2D is the projection of the pose, whatever was done to the maps."""
    for name in ("shift", "swap", "noise", "crop_jitter", "mirror", "roll"):
        setattr(config.augment, name, 1.0)
    config.augment.shift_rate = config.augment.swap_rate = 0.5
    for batch in batches(config, 2):
        crop_frame = np.einsum(
            "bptde,bptje->bptjd", batch["crop_rotation"], batch["pose"]
        )
        joints = crop_frame[..., [11, 14, 12, 15, 13, 16, 4, 1, 5, 2, 6, 3], :2]
        labels = batch["keypoint_labels"][..., 5:, :]
        joints = joints - joints.mean(3, keepdims=True)
        labels = labels - labels.mean(3, keepdims=True)
        correlation = (joints * labels).sum((2, 3, 4)) / np.sqrt(
            (joints**2).sum((2, 3, 4)) * (labels**2).sum((2, 3, 4))
        )
        assert correlation.min() > 0.985


def test_rotations_for_the_discriminator_differ_and_corrupted_motion_is_rooted(config):
    batch = batches(config, 1)[0]
    both = np.concatenate([batch["view_rotation"], batch["real_rotation"]])
    flat = both.reshape(-1, 3, 3)
    np.testing.assert_allclose(np.linalg.det(flat), 1, atol=1e-4)
    assert len(np.unique(flat.round(4), axis=0)) == len(flat)
    np.testing.assert_array_equal(batch["corrupted"][..., 0, :], 0)
    change = np.abs(batch["corrupted"] - batch["pose"]).max((2, 3, 4))
    assert (change > 5).all()


def test_held_out_subjects_and_excluded_clips_are_never_drawn(config):
    indexes = pipeline.open_records(config)
    kept = {clip.id for index in indexes for clip in index.clips}
    assert kept == {"a", "b", "c"}
    config.data.exclude_clips = ("a",)
    (index,) = pipeline.open_records(config)
    assert [clip.id for clip in index.clips] == ["b", "c"]
    config.data.exclude_clips = ("b", "a")
    config.data.virtual_views = False
    with pytest.raises(errors.InputError, match="expected a subject to train on"):
        batches(config, 1)


@pytest.mark.parametrize(
    ("section", "name", "value", "message"),
    [
        ("data", "records", (), r"config\.data\.records: expected folders"),
        ("data", "records", ("nowhere",), "nowhere: expected a folder"),
        ("data", "length", 400, r"config\.data\.length: expected at most 300"),
        ("data", "validation_subjects", ("s9",), r"s1, s2.*Received: s9"),
        ("data", "exclude_clips", ("z",), r"exclude_clips.*Received: z"),
        ("data", "validation_subjects", ("s1", "s2"), "a subject to train on"),
        ("model", "input_skeleton", "mpii16", r"input_skeleton=mpii16"),
    ],
)
def test_mistakes_are_named(config, section, name, value, message):
    setattr(getattr(config, section), name, value)
    with pytest.raises(errors.InputError, match=message):
        batches(config, 1)


def test_stored_maps_of_another_size_are_refused(
    make_clip, write_records, small_config
):
    config = small_config(write_records(make_clip("m", maps=(16, 16))), length=LENGTH)
    with pytest.raises(errors.InputError, match=r"\(32, 32\).*Received: \(16, 16\)"):
        pipeline.open_records(config)


def test_records_of_several_rates_are_mixed_with_a_warning(
    make_clip, write_records, small_config, monkeypatch
):
    same = write_records(make_clip("a"), name="same")
    clip = dataclasses.replace(make_clip("b"), fps=25.0)
    other = write_records(clip, name="other")
    said = []
    monkeypatch.setattr(pipeline.logging, "warning", lambda m, *a: said.append(m % a))
    pipeline.open_records(small_config(same, same))
    assert not said
    pipeline.open_records(small_config(same, other))
    assert len(said) == 1
    assert "(50, 25 fps)" in said[0]
