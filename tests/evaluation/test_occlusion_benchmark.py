import copy

import numpy as np
import pytest

from stpose_tf.evaluation import conditions, evaluator, occlusion_benchmark

POSE = np.random.default_rng(3).normal(scale=300, size=(17, 3))


def test_the_issues_rows_are_there(points_config):
    rows = occlusion_benchmark.rows(points_config.model)
    severities = {}
    for row in rows:
        severities.setdefault(row.family, []).append(row.severity)
    assert severities == {
        "clean": [0],
        "keypoints missing": [10, 20, 30, 50],
        "limb missing": [10, 30],
        "frames missing": [5, 15, 30],
        "lower half out of view": [0],
        "moving occluder": [0],
        "keypoint noise": [5, 10, 20],
        "left-right swaps": [10],
    }
    names = [row.condition.name for row in rows]
    assert len(set(names)) == len(names)
    hiding = {row.family for row in rows if occlusion_benchmark.hides(row)}
    assert hiding == {
        "keypoints missing",
        "limb missing",
        "frames missing",
        "lower half out of view",
        "moving occluder",
    }


def test_what_is_done_is_as_severe_as_the_row_says(points_config):
    expected = {
        "keypoints missing": lambda op, severity: op.rate == severity / 100,
        "limb missing": lambda op, severity: op.length == severity,
        "frames missing": lambda op, severity: op.length == severity,
        # Every keypoint, each frame by itself, px of 256.
        "keypoint noise": lambda op, severity: (
            (op.rate, op.stddev, op.correlation) == (1.0, severity, 0.0)
        ),
        "left-right swaps": lambda op, severity: op.rate == severity / 100,
        "moving occluder": lambda op, severity: (
            (op.moving, op.sides) == (1.0, (0.35, 0.35))
        ),
        "lower half out of view": lambda op, severity: op.size == (16, 16),
        "clean": lambda op, severity: op is None,
    }
    for row in occlusion_benchmark.rows(points_config.model):
        op = row.condition.op
        assert expected[row.family](op, row.severity), row.condition.name
        assert row.condition.detector_noise


@pytest.mark.slow
def test_visible_and_occluded_joints_make_up_all(
    points_config, points_index, constant_generator
):
    config = copy.deepcopy(points_config)
    config.evaluation.views = 1
    generator = constant_generator(POSE)
    plain, filled = (
        occlusion_benchmark.measure(
            generator, config, points_index, split="validation", interpolated=kind
        )
        for kind in (False, True)
    )
    clean = plain["clean"]
    assert clean["occluded_joints"] == 0
    assert clean["occluded_mpjpe_mm"] is None
    # 11 and 17 frames at 25 fps; the root is not counted.
    assert clean["visible_joints"] == (11 + 17) * 16
    # Whatever is hidden, a constant answer is off by the same.
    (condition,) = conditions.get(("clean",))
    report = evaluator.evaluate(
        generator, config, points_index, split="validation", conditions=[condition]
    )
    assert clean["mpjpe_mm"] == pytest.approx(report.value("clean", "mpjpe_mm"))
    for name, row in plain.items():
        assert row["mpjpe_mm"] == pytest.approx(clean["mpjpe_mm"]), name
        total = row["visible_joints"] + row["occluded_joints"]
        assert total == clean["visible_joints"]
        error = row["visible_joints"] * (row["visible_mpjpe_mm"] or 0.0)
        error += row["occluded_joints"] * (row["occluded_mpjpe_mm"] or 0.0)
        assert error / total == pytest.approx(clean["visible_mpjpe_mm"])
        assert (row["occluded_joints"] > 0) == (
            name in filled or row["occluded_joints"] > 0
        )
    # Filling in changes the input and not what counts as hidden.
    assert {name for name, row in plain.items() if row["occluded_joints"]} == set(
        filled
    )
    for name, row in filled.items():
        assert row["occluded_joints"] == plain[name]["occluded_joints"]
    shares = [
        plain[f"keypoints missing {percent} %"]["occluded_joints"]
        for percent in (10, 20, 30, 50)
    ]
    assert shares == sorted(shares)
