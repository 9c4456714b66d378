import copy
import dataclasses

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.evaluation import (
    conditions,
    evaluator,
    protocol_measurement,
    protocols,
)
from stpose_tf.geometry import skeletons

H36M = skeletons.get("h36m17")
POINTS = dataclasses.replace(
    protocols.get("h36m_p1"),
    test_subjects=("S0", "S1"),
    cells=(
        protocols.Cell(label="Walk", actions=("walk",)),
        protocols.Cell(label="Sit", actions=("sit",)),
    ),
    metrics=("mpjpe_mm", "p_mpjpe_mm"),
    damaged=("clip0",),
    fps=25.0,
)
POSE = np.random.default_rng(3).normal(scale=300, size=(17, 3))


def _measure(config, indexes, generator, **changes):
    protocol = dataclasses.replace(POINTS, **changes.pop("protocol", {}))
    (found,) = protocol_measurement.measure(
        generator, config, indexes, protocol=[protocol], **changes
    )
    return found


def test_cells_and_average_are_the_evaluators(
    points_config, points_index, constant_generator
):
    generator = constant_generator(POSE)
    found = _measure(points_config, points_index, generator)
    (clean,) = conditions.get(("clean",))
    everyone = copy.deepcopy(points_config)
    reference = evaluator.evaluate(
        generator, everyone, points_index, split="all", conditions=[clean]
    ).results[0]
    actions = reference.actions()
    for label, action in (("Walk", "walk"), ("Sit", "sit")):
        for metric in ("mpjpe_mm", "p_mpjpe_mm"):
            assert found.cells[label][metric] == pytest.approx(actions[action][metric])
    mean = reference.mean_of_actions()["mpjpe_mm"]
    assert found.average["mpjpe_mm"] == pytest.approx(mean)
    assert found.partial == ()


def test_nothing_is_added_to_what_was_detected(
    points_config, points_index, looking_generator
):
    generator = looking_generator(POSE)
    reference = evaluator.evaluate(
        generator,
        copy.deepcopy(points_config),
        points_index,
        split="all",
        conditions=conditions.get(("noise_free", "clean")),
    )
    without, noisy = (one.mean_of_actions()["mpjpe_mm"] for one in reference.results)
    assert without != pytest.approx(noisy, rel=1e-3)
    found = _measure(points_config, points_index, generator)
    assert found.average["mpjpe_mm"] == pytest.approx(without)
    # Motion capture was never detected: its protocol has a detector's noise.
    assert protocols.get("cmu").detector_noise
    captured = _measure(
        points_config, points_index, generator, protocol={"detector_noise": True}
    )
    assert captured.average["mpjpe_mm"] == pytest.approx(noisy)


def test_what_is_not_the_whole_protocol_is_said(
    points_config, points_index, constant_generator
):
    config = copy.deepcopy(points_config)
    config.evaluation.views = 1
    found = _measure(
        config,
        points_index,
        constant_generator(POSE),
        protocol={"test_subjects": ("S0", "S9"), "fps": 50.0},
        skip_damaged=True,
        max_windows=2,
    )
    text = "; ".join(found.partial)
    assert "no clips of S9" in text
    assert "scored at 25 fps; the protocol scores 50" in text
    assert "1 views" in text
    assert "2 windows" in text
    assert "without clip0" in text
    # clip0 was subject S0's only walk.
    assert "nothing measured for Walk" in text
    assert found.average["mpjpe_mm"] is None
    assert found.cells["Sit"]["mpjpe_mm"] > 0


@pytest.mark.slow
def test_joints_that_do_not_count_change_nothing(
    points_config, points_index, constant_generator
):
    limbs = protocols.get("3dpw_joints14").joints
    other = POSE.copy()
    left_out = [H36M.index(name) for name in ("nose", "spine")]
    other[left_out] += 500.0
    first, second = (
        _measure(
            points_config,
            points_index,
            constant_generator(pose),
            protocol={"joints": limbs, "test_subjects": ("S1",)},
        )
        for pose in (POSE, other)
    )
    assert first.average["p_mpjpe_mm"] == pytest.approx(second.average["p_mpjpe_mm"])


def test_other_skeletons_and_other_people_are_refused(
    points_config, points_index, constant_generator
):
    generator = constant_generator(POSE)
    config = copy.deepcopy(points_config)
    config.model.output_skeleton = "smpl24"
    with pytest.raises(errors.InputError, match="a model of the skeleton h36m17"):
        _measure(config, points_index, generator)
    with pytest.raises(errors.InputError, match="Received: clips of S0, S1"):
        _measure(
            points_config,
            points_index,
            generator,
            protocol={"test_subjects": ("S9",)},
        )
