import dataclasses

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.data.records import record_index
from stpose_tf.evaluation import (
    metrics,
    pose_sequence,
    protocol_result,
    protocols,
    scores,
)
from stpose_tf.geometry import skeletons

H36M = skeletons.get("h36m17")


def _clip(clip_id, subject, action):
    return record_index.ClipEntry(
        id=clip_id,
        subject=subject,
        action=action,
        dataset="any",
        fps=50.0,
        frames=10,
        views=1,
        has_pose=True,
        has_keypoints_world=False,
        has_heatmaps=False,
        shard=0,
        chunks=(),
    )


def _scores(offset_mm, *, frames=4, valid=None):
    """Scores of predictions that are all `offset_mm` off, the root included."""
    # Whole numbers: the offset is then exact.
    truths = np.random.default_rng(0).integers(-900, 900, size=(frames, 17, 3))
    truths = truths.astype(np.float64)
    sequence = pose_sequence.PoseSequence(
        clip=0,
        view=0,
        frames=np.arange(frames),
        predictions=truths + np.array([offset_mm, 0.0, 0.0]),
        truths=truths,
        valid=np.ones((frames, 17), bool) if valid is None else valid,
        occluded=np.zeros((frames, 17), bool),
        missing=np.zeros(frames, bool),
        log_sigma=np.zeros((frames, 17)),
        baseline=np.zeros((frames, 17, 3)),
    )
    joints = metrics.pck_joints("h36m17", H36M.joints, root=0)
    return scores.score(sequence, fps=50.0, root=0, pck_joints=joints)


def test_the_papers_own_rows_average_to_its_own_last_column():
    # formats.md section 0: the plain mean of 15 actions, and of 6 of HumanEva's cells.
    actions = [36.2, 38.1, 42.7, 35.9, 38.2, 45.7, 36.8, 42.0]
    actions += [45.9, 51.3, 41.8, 41.5, 43.8, 33.1, 28.6]
    groups = {
        (action, "S9"): _scores(value, frames=2 + number)
        for number, (action, value) in enumerate(
            zip(protocols.H36M_ACTIONS, actions, strict=True)
        )
    }
    found = protocol_result.result(protocols.get("h36m_p1"), groups)
    assert found.average["mpjpe_mm"] == pytest.approx(40.10666666667, abs=1e-6)
    assert list(found.cells) == list(protocols.H36M_ACTIONS.values())
    assert found.cells["WalkT."]["mpjpe_mm"] == pytest.approx(28.6, abs=1e-6)
    assert found.partial == ("no clips of S11",)


def test_frames_of_both_subjects_are_pooled_inside_an_action():
    every = {
        (action, subject): _scores(10.0)
        for action in protocols.H36M_ACTIONS
        for subject in ("S9", "S11")
    }
    every["Sitting", "S9"] = _scores(40.0, frames=3)
    every["Sitting", "S11"] = _scores(20.0, frames=9)
    found = protocol_result.result(protocols.get("h36m_p1"), every)
    # (3 x 40 + 9 x 20) / 12, not the mean of 40 and 20.
    assert found.cells["Sit"]["mpjpe_mm"] == pytest.approx(25.0)
    assert found.cells["SitD."]["mpjpe_mm"] == pytest.approx(10.0)
    assert found.average["mpjpe_mm"] == pytest.approx((14 * 10 + 25) / 15)
    assert found.partial == ()


def test_humaneva_averages_walk_and_jog_and_shows_box():
    protocol = protocols.get("humaneva_p2")
    # P-MPJPE takes an offset away: give each cell a scale-free shape of its own.
    groups = {
        (action, f"Validate/S{number}"): _scores(0.0)
        for action in ("Walking", "Jog", "Box")
        for number in (1, 2, 3)
    }
    values = iter([10.6, 11.8, 19.3, 15.8, 11.5, 12.2, 99.0, 99.0, 99.0])
    for key in groups:
        count = groups[key].count
        aligned = next(values) * count
        groups[key] = dataclasses.replace(groups[key], aligned=aligned)
    found = protocol_result.result(protocol, groups)
    assert found.average["p_mpjpe_mm"] == pytest.approx(81.2 / 6, abs=1e-9)
    assert found.cells["Box S2"]["p_mpjpe_mm"] == pytest.approx(99.0)
    del groups["Jog", "Validate/S3"]
    partly = protocol_result.result(protocol, groups)
    assert partly.cells["Jog S3"]["p_mpjpe_mm"] is None
    assert partly.average["p_mpjpe_mm"] is None
    assert "Jog S3" in partly.partial[0]


def test_3dhp_errors_of_75_mm_give_the_known_pck_and_auc():
    groups = {
        (scene, name): _scores(75.0, frames=frames)
        for scene, name, frames in (
            ("green_screen", "TS1", 5),
            ("studio", "TS3", 2),
            ("outdoor", "TS5", 3),
        )
    }
    found = protocol_result.result(protocols.get("mpi_inf_3dhp"), groups)
    assert found.average["pck_150"] == 100.0
    assert found.average["auc"] == pytest.approx(1500 / 31, abs=1e-9)  # 48.387
    exact = {key: _scores(150.0) for key in groups}
    strict = protocol_result.result(protocols.get("mpi_inf_3dhp"), exact)
    assert strict.average["pck_150"] == 0.0


def test_3dhp_weighs_sequences_by_their_frames():
    groups = {
        ("green_screen", "TS1"): _scores(10.0, frames=6),
        ("outdoor", "TS5"): _scores(200.0, frames=2),
    }
    found = protocol_result.result(protocols.get("mpi_inf_3dhp"), groups)
    assert found.average["pck_150"] == pytest.approx(75.0)
    assert found.cells["outdoor"]["pck_150"] == 0.0
    assert found.cells["no green screen"]["pck_150"] is None
    # Frames whose scene is not known stand in no column, and count.
    groups["", "TS2"] = _scores(200.0, frames=4)
    every = protocol_result.result(protocols.get("mpi_inf_3dhp"), groups)
    assert every.average["pck_150"] == pytest.approx(50.0)


def test_who_is_trained_on_and_tested():
    h36m = protocols.get("h36m_p1")
    tested = _clip("S9/SittingDown 1", "S9", "SittingDown")
    assert h36m.is_tested(tested, skip_damaged=False)
    assert not h36m.is_tested(tested, skip_damaged=True)
    assert not h36m.is_trained_on(tested)
    assert h36m.is_trained_on(_clip("S8/Walking", "S8", "Walking"))
    assert not h36m.is_trained_on(_clip("S2/Walking", "S2", "Walking"))
    humaneva = protocols.get("humaneva_p2")
    assert humaneva.is_trained_on(_clip("a", "Train/S2", "Jog"))
    assert not humaneva.is_trained_on(_clip("a", "Train/S2", "Gestures"))
    assert not humaneva.is_tested(_clip("a", "Train/S2", "Jog"), skip_damaged=False)
    dpw = protocols.get("3dpw_joints14")
    assert not dpw.is_trained_on(_clip("a", "train", "x"))
    assert dpw.is_tested(_clip("a", "test", "x"), skip_damaged=False)


def test_who_is_tested_and_what_is_damaged():
    tested = {
        "h36m_p1": ("S9", "S11"),
        "h36m_p2": ("S9", "S11"),
        "humaneva_p2": ("Validate/S1", "Validate/S2", "Validate/S3"),
        "mpi_inf_3dhp": ("TS1", "TS2", "TS3", "TS4", "TS5", "TS6"),
        "3dpw_joints14": ("test",),
        "cmu": ("02", "16", "39"),
    }
    assert {n: p.test_subjects for n, p in protocols.KNOWN.items()} == tested
    # Learnable triangulation's list, by the archives' names (formats.md section 1.6).
    damaged = {n: p.damaged for n, p in protocols.KNOWN.items() if p.damaged}
    h36m = ("S9/Greeting", "S9/SittingDown 1", "S9/Waiting 1")
    assert damaged == {"h36m_p1": h36m, "h36m_p2": h36m}


def test_every_protocol_is_whole():
    for protocol in protocols.KNOWN.values():
        for joint in protocol.joints:
            skeletons.get(protocol.skeleton).index(joint)
        labels = [cell.label for cell in protocol.cells]
        assert len(set(labels)) == len(labels)
        assert not set(protocol.train_subjects) & set(protocol.test_subjects)
    assert len(protocols.get("3dpw_joints14").joints) == 14
    with pytest.raises(errors.InputError, match="Received: h36m_p3"):
        protocols.get("h36m_p3")


def test_a_wrong_skeleton_is_refused():
    with pytest.raises(errors.InputError, match=r"skeleton h36m17\. Received: smpl24"):
        protocols.expect_skeleton(protocols.get("h36m_p1"), "smpl24", whose="a model")
