import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.augment import recipe
from stpose_tf.config import data_config
from stpose_tf.geometry import heatmaps, rotations, skeletons

SIZE = (64, 64)
PROBABILITIES = (
    "frames", "run", "points", "limb", "joint", "area", "noise", "second_peak",
    "shift", "swap", "mirror", "crop_jitter", "roll",
)  # fmt: skip
# For each size and rate: the probability it belongs to and another value.
SIZES = {
    "frame_rate": ("frames", 0.9), "run_length": ("run", 60),
    "run_at_end": ("run", 1.0), "point_rate": ("points", 0.9),
    "joint_rate": ("joint", 0.9), "area_size": ("area", (0.8, 0.9)),
    "additive": ("noise", 0.9), "amplitude": ("noise", 0.9), "blur": ("noise", 4.0),
    "second_peak_rate": ("second_peak", 0.9), "shift_rate": ("shift", 0.9),
    "shift_size": ("shift", 40.0), "swap_rate": ("swap", 0.9),
    "crop_shift": ("crop_jitter", 0.3), "crop_scale": ("crop_jitter", 0.5),
    "roll_angle": ("roll", 40.0),
}  # fmt: skip


def build(detector=None, size=SIZE, **settings):
    config = data_config.AugmentConfig(**settings)
    return recipe.build(
        config,
        input_skeleton=skeletons.get("coco17"),
        output_skeleton=skeletons.get("h36m17"),
        heatmap_size=size,
        detector_config=detector,
    )


def only(name, probability, **settings):
    rates = dict.fromkeys(PROBABILITIES, 0.0)
    return build(**{**rates, name: probability, **settings})


def both(made):
    """Returns the shared and then the own chain as one function."""
    return lambda example, seed: made.own(made.shared(example, seed), seed)


def differs(first, second):
    return any(np.any(first[key] != second[key]) for key in first)


def test_the_fields_are_known():
    fields = {field.name for field in dataclasses.fields(data_config.AugmentConfig)}
    assert fields == {*PROBABILITIES, *SIZES}


@pytest.mark.parametrize("name", PROBABILITIES)
def test_every_probability_has_its_effect(name, make_window):
    for example in make_window(frames=32):
        seeds = [(3, index) for index in range(4)]
        always, never = both(only(name, 1.0)), both(only(name, 0.0))
        assert any(differs(always(example, seed), example) for seed in seeds)
        assert not any(differs(never(example, seed), example) for seed in seeds)


@pytest.mark.parametrize("name", SIZES)
def test_every_size_has_its_effect(name, make_window):
    probability, value = SIZES[name]
    example, _ = make_window(frames=32)
    usual = both(only(probability, 1.0))
    other = both(only(probability, 1.0, **{name: value}))
    seeds = [(4, index) for index in range(4)]
    assert any(differs(usual(example, s), other(example, s)) for s in seeds)


def test_zero_rates_make_empty_chains():
    made = only("mirror", 0.0)
    assert made.shared.ops == ()
    assert made.own.ops == ()
    assert made == only("roll", 0.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {"mirror": 1.0, "frame_rate": 0.0, "point_rate": 0.0, "joint_rate": 0.0},
        {"swap_rate": 0.0, "shift_rate": 0.0, "second_peak_rate": 0.0},
    ],
)
def test_the_whole_recipe_keeps_its_contract(settings, make_window, check_augmentation):
    rates = {**dict.fromkeys(PROBABILITIES, 0.9), **settings}
    made = build(data_config.DetectorConfig(), **rates)
    for example in make_window(frames=6):
        check_augmentation(both(made), example)


@pytest.mark.slow
def test_a_whole_chain_is_the_same_rendered_and_stored(check_law):
    made = build(
        mirror=1.0, crop_jitter=1.0, roll=1.0, swap=1.0, shift=1.0, noise=1.0, run=1.0,
        points=1.0, second_peak=0.0, additive=0.0, shift_size=4.0,
    )  # fmt: skip
    # Three resamplings in a row, each within its 1/255 or so.
    check_law(both(made), frames=6, radius=350.0, sigma=1.6, tolerance=3 / 255)


def test_hidden_keypoints_have_empty_maps_after_the_whole_chain(make_window):
    made = build(data_config.DetectorConfig(), **dict.fromkeys(PROBABILITIES, 0.9))
    for example in make_window(frames=12):
        example["occluded"] = tf.zeros_like(example["occluded"])
        for index in range(5):
            changed = both(made)(example, (index, 0))
            maps = changed.get("heatmaps")
            if maps is None:
                maps = heatmaps.render(changed["peaks"], SIZE)
            hidden = changed["occluded"].numpy()
            assert np.all(np.moveaxis(maps, -1, 1)[hidden] == 0)


def test_multi_view_loss_of_the_truth_is_zero_after_the_recipe(make_window):
    relative = rotations.euler_xyz(tf.constant([0.2, 1.0, -0.1])).numpy()
    views = [make_window(seed=3)[0], make_window(seed=3, rotation=relative)[0]]
    made = build(data_config.DetectorConfig(), roll=0.8, mirror=0.5)
    mirrored = 0
    for index in range(6):
        first, second = (
            made.own(made.shared(view, (index, 0)), (index, number))
            for number, view in enumerate(views, start=1)
        )
        M1, M2 = first["frame_change"].numpy(), second["frame_change"].numpy()
        mirrored += np.linalg.det(M1) < 0
        assert np.linalg.det(M1) * np.linalg.det(M2) > 0
        R = M2 @ relative @ M1.T
        np.testing.assert_allclose(first["pose"] @ R.T, second["pose"], atol=2e-3)
    assert 0 < mirrored < 6


def test_the_detector_is_part_of_the_recipe_only_when_enabled():
    plain = build()
    assert build(data_config.DetectorConfig(enabled=False)) == plain
    noisy = build(data_config.DetectorConfig())
    assert len(noisy.own.ops) == len(plain.own.ops) + 1


def test_targets_change_only_by_mirror_and_roll(make_window):
    made = build(data_config.DetectorConfig(), mirror=0.0, roll=0.0)
    example, _ = make_window()
    for index in range(5):
        changed = both(made)(example, (index, 0))
        for key in ("pose", "pose_valid", "labelled", "frame_change"):
            np.testing.assert_array_equal(changed[key], example[key])


@pytest.mark.parametrize("angle", [-1.0, 60.0])
def test_impossible_angles_are_refused(angle):
    with pytest.raises(errors.InputError, match=r"augment\.roll_angle.*Received"):
        build(roll_angle=angle)
