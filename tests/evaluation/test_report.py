import dataclasses
import json

import numpy as np
import pytest

from stpose_tf.evaluation import markdown_table, pose_sequence, report, scores

JOINTS = ("hip", "knee", "ankle")


def _scores(error, frames):
    """Every joint but the root is off by `error` mm."""
    truths = np.random.default_rng(0).normal(size=(frames, 3, 3)) * 100
    truths[:, 0] = 0
    predictions = truths + np.array([0, 1, 1])[:, None] * [error, 0.0, 0.0]
    sequence = pose_sequence.PoseSequence(
        clip=0,
        view=0,
        frames=np.arange(frames),
        predictions=predictions,
        truths=truths,
        valid=np.ones((frames, 3), bool),
        occluded=np.zeros((frames, 3), bool),
        missing=np.zeros(frames, bool),
        log_sigma=np.zeros((frames, 3)),
        baseline=np.zeros((frames, 3, 3)),
    )
    return scores.score(sequence, fps=25.0, root=0, pck_joints=np.array([0, 1, 1]) > 0)


@pytest.fixture
def made():
    groups = {
        ("walk", "S1"): _scores(30.0, 10),
        ("walk", "S2"): _scores(60.0, 10),
        ("sit", "S1"): _scores(90.0, 80),
    }
    result = report.ConditionResult(name="clean", meaning="as it is", groups=groups)
    return report.Report(
        about={"model": {"name": "tiny", "parameters": 12345}, "split": "validation"},
        joints=JOINTS,
        results=(result, dataclasses.replace(result, name="points30")),
        mean_pose=dataclasses.replace(result, name="mean pose"),
    )


def test_the_mean_of_actions_is_not_the_mean_over_frames(made):
    result = made.results[0]
    # Two of three joints are off. walk: 2/3 * 45 = 30; sit: 2/3 * 90 = 60.
    assert result.actions()["walk"]["mpjpe_mm"] == pytest.approx(30)
    assert result.actions()["sit"]["mpjpe_mm"] == pytest.approx(60)
    assert result.mean_of_actions()["mpjpe_mm"] == pytest.approx(45)
    # Over frames: 2/3 * (10 * 30 + 10 * 60 + 80 * 90) / 100 = 54.
    assert result.all_frames()["mpjpe_mm"] == pytest.approx(54)
    assert made.value("clean", "mpjpe_mm") == pytest.approx(54)
    assert result.mean_of_actions()["frames"] == 100


def test_subjects_are_kept_apart(made):
    subjects = made.results[0].subjects()
    assert subjects["S2"]["mpjpe_mm"] == pytest.approx(40)
    # 2/3 * (10 * 30 + 80 * 90) / 90
    assert subjects["S1"]["mpjpe_mm"] == pytest.approx(2 / 3 * 7500 / 90)


def test_json_holds_every_number_and_no_nan(made, tmp_path):
    made.write(tmp_path)
    content = json.loads((tmp_path / "report.json").read_text())
    assert content["schema"] == "stpose.report/1"
    assert content["conditions"]["clean"]["joints"]["knee"]["mpjpe_mm"] == (
        pytest.approx((10 * 30 + 10 * 60 + 80 * 90) / 100)
    )
    assert content["conditions"]["clean"]["all_frames"]["occluded_mpjpe_mm"] is None
    assert content["mean_pose"]["all_frames"]["mpjpe_mm"] == pytest.approx(54)
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith("partial")] == []


def test_markdown_names_every_action_joint_and_condition(made):
    text = made.to_markdown()
    for word in ("walk", "sit", "S1", "S2", "ankle", "points30", "mean pose", "12,345"):
        assert word in text
    assert "45.0" in text
    assert "54.0" in text


def test_tables_are_aligned_in_the_source():
    table = markdown_table.render(
        ("", "error"), [("clean", "4.0"), ("points30", "1,234.5")]
    )
    assert table.splitlines() == [
        "|          |   error |",
        "| -------- | ------: |",
        "| clean    |     4.0 |",
        "| points30 | 1,234.5 |",
    ]


def test_a_bar_in_a_name_does_not_break_the_table():
    assert "a\\|b" in markdown_table.render(("", "x"), [("a|b", "1")])


def test_a_number_that_is_not_there_is_a_dash():
    assert markdown_table.number(None, 1) == "-"
    assert markdown_table.number(1234.56, 1) == "1,234.6"
