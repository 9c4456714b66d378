import copy
import dataclasses

import pytest

from stpose_tf import config as configs
from stpose_tf.studies import ladders


def _leaves(config):
    found = {}
    for section, values in dataclasses.asdict(config).items():
        if isinstance(values, dict):
            found |= {f"{section}.{name}": value for name, value in values.items()}
        else:
            found[section] = values
    return found


def _changes(before, after):
    one, other = _leaves(before), _leaves(after)
    return {k: other[k] for k in one if one[k] != other[k] and k != "name"}


@pytest.fixture
def shared():
    return configs.ExperimentConfig(name="shared", seed=5)


def test_every_step_of_table_2_adds_one_thing(shared):
    before = ladders.TABLE_2[0].config(shared)
    assert before.model.encoder == configs.Encoder.PEAKS
    assert before.model.strides == (1,)
    assert before.views.rotate_skeleton
    assert before.loss.adversarial == before.loss.multi_view == 0
    steps = []
    for rung in ladders.TABLE_2[1:]:
        after = rung.config(shared)
        steps.append(_changes(before, after))
        before = after
    assert steps == [
        {"model.encoder": "compact"},
        {"model.strides": (1, 2, 3, 5, 7)},
        {"loss.multi_view": 0.5},
        {"loss.adversarial": 0.01, "discriminator.temporal_kcs": False},
        {"discriminator.temporal_kcs": True},
        {"loss.reprojection": 0.1},
    ]
    assert [rung.adds_2d for rung in ladders.TABLE_2] == [False] * 6 + [True]
    assert all(rung.withheld for rung in ladders.TABLE_2)


def test_weights_and_encoder_of_ones_own_are_what_the_steps_of_table_2_add(shared):
    shared.loss.multi_view, shared.loss.adversarial = 0.25, 0.02
    shared.loss.reprojection = 0.3
    shared.model.encoder = configs.Encoder.CONV5
    base, *_, full = (rung.config(shared) for rung in ladders.TABLE_2)
    assert base.model.encoder == configs.Encoder.PEAKS
    assert base.loss.multi_view == base.loss.adversarial == base.loss.reprojection == 0
    assert full.model.encoder == configs.Encoder.CONV5
    assert full.loss == shared.loss


def test_occlusion_augmentation_is_on_in_every_row(shared):
    for rung in ladders.TABLE_2:
        assert rung.config(shared).augment == shared.augment


def test_table_1_changes_one_parameter_at_a_time(shared):
    reference = ladders.TABLE_1["512 64 1,2,3 1"].config(shared)
    assert reference.loss.reprojection == 0
    expected = {
        "embedding": {"model.embedding_size"},
        "temporal length": {"data.length", "data.batch_size"},
        "strides": {"model.strides"},
        "TKCS interval": {"discriminator.interval"},
    }
    for sweep, labels in ladders.SWEEPS.items():
        for label in labels:
            config = ladders.TABLE_1[label].config(shared)
            assert set(_changes(reference, config)) <= expected[sweep], label
            assert config.data.length * config.data.batch_size == 512


def test_rungs_leave_the_shared_settings_alone_and_count_seeds(shared):
    before = copy.deepcopy(shared)
    rungs = (*ladders.TABLE_1.values(), *ladders.TABLE_2, *ladders.OCCLUSION)
    for rung in (*rungs, ladders.forecast(25)):
        made = rung.config(shared, seed=2)
        configs.validate(made)
        assert made.seed == 7
        assert made.name == f"shared-{rung.name}-seed2"
    assert shared == before
    names = [rung.name for rung in rungs]
    assert len(set(names)) == len(names)


def test_without_occlusion_training_only_occlusion_is_off(shared):
    with_it, without, _ = (rung.config(shared) for rung in ladders.OCCLUSION)
    changes = _changes(with_it, without)
    occlusions = {"frames", "run", "points", "limb", "joint", "area"}
    assert changes == {f"augment.{name}": 0.0 for name in occlusions}
    assert with_it.augment == shared.augment


def test_the_forecaster_trains_on_ends_at_one_rate(shared):
    made = ladders.forecast(25).config(shared)
    assert made.data.length == 75
    assert made.data.temporal_strides == (shared.evaluation.temporal_stride,)
    assert made.augment.run_length == 25
    assert made.augment.run_at_end > shared.augment.run_at_end
    assert made.data.batch_size * made.data.length <= 512


def test_the_forecasters_last_frame_sees_half_of_the_past(shared):
    # Two convolutions of three taps a block, 7 frames apart: 14 frames back.
    assert ladders.forecast(30).config(shared).model.blocks == 4  # 56 of 30 + 25
    assert ladders.forecast(45).config(shared).model.blocks == 5  # 70, just enough
    shared.evaluation.length = 64  # too few for 56 frames on both sides
    assert ladders.forecast(30).config(shared).evaluation.length == 128
    shared.model.causal = True  # all of 28 frames a block lie behind
    assert ladders.forecast(30).config(shared).model.blocks == 2
    shared.model.blocks = 6
    assert ladders.forecast(30).config(shared).model.blocks == 6


def test_the_speed_study_shares_table_1s_runs():
    assert [rung.name for rung in ladders.SPEED] == [
        "table1_e512_t64_s1_i1",
        "table1_e512_t64_s1-2-3-5-7_i1",
    ]
