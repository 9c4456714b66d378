import itertools
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from stpose_tf import errors
from stpose_tf.data.sources.mocap import cmu
from stpose_tf.geometry import skeletons

H36M, COCO = skeletons.get("h36m17"), skeletons.get("coco17")


def motions(folder, **options):
    return [planned.read() for planned in cmu.find(folder, **options)]


def z_up(points):
    return points @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])


@pytest.fixture(scope="module")
def written(asf_amc_writer, tmp_path_factory):
    return asf_amc_writer(tmp_path_factory.mktemp("cmu") / "71", num_frames=90)


@pytest.fixture(scope="module")
def motion(written):
    (found,) = motions(written.amc.parents[1], fps=60.0)
    return found


def joint(motion, name):
    return motion.joints_world[:, H36M.index(name)]


def keypoint(motion, name):
    return motion.keypoints_world[:, COCO.index(name)]


def test_joints_are_the_ends_of_their_bones_in_a_z_up_world(written, motion):
    ends = {
        "left_knee": "lfemur",
        "right_ankle": "rtibia",
        "left_shoulder": "lclavicle",
        "right_elbow": "rhumerus",
        "left_wrist": "lradius",
        "head": "head",
    }
    for name, bone in ends.items():
        expected = z_up(written.positions[bone])[::2]
        assert_allclose(joint(motion, name), expected, atol=1e-2, err_msg=name)
    hips = (written.positions["lhipjoint"] + written.positions["rhipjoint"]) / 2
    assert_allclose(joint(motion, "hip"), z_up(hips)[::2], atol=1e-2)


def test_names_and_rate(motion):
    assert (motion.clip_id, motion.subject, motion.action) == ("71_03", "71", "motion")
    assert motion.fps == 60.0
    assert motion.joints_world.shape == motion.keypoints_world.shape == (45, 17, 3)
    assert motion.joints_world.dtype == motion.keypoints_world.dtype == np.float32


def test_the_body_stands_up_and_left_is_left(motion):
    heights = [joint(motion, n)[:, 2] for n in ("left_ankle", "hip", "thorax", "head")]
    assert all((low < high).all() for low, high in itertools.pairwise(heights))
    left = joint(motion, "left_shoulder") - joint(motion, "right_shoulder")
    forward = np.cross(left, [0, 0, 1])
    walked = joint(motion, "hip")[-1] - joint(motion, "hip")[0]
    assert (forward @ walked > 0).all()
    face = keypoint(motion, "nose") - keypoint(motion, "left_ear")
    assert (np.sum(face * forward, axis=-1) > 0).all()


def test_limbs_are_copied_and_the_face_turns_with_the_head(motion):
    for name in set(COCO.joints) & set(H36M.joints) - {"nose"}:
        assert_allclose(keypoint(motion, name), joint(motion, name), err_msg=name)
    points = np.stack(
        [joint(motion, "head"), *(keypoint(motion, name) for name in COCO.joints[:5])],
        axis=1,
    )
    gaps = np.linalg.norm(points[:, :, None] - points[:, None], axis=-1)
    assert_allclose(gaps, np.broadcast_to(gaps[:1], gaps.shape), atol=1e-2)
    eyes = keypoint(motion, "left_eye") - keypoint(motion, "right_eye")
    ears = keypoint(motion, "left_ear") - keypoint(motion, "right_ear")
    assert (np.sum(eyes * ears, axis=-1) > 0).all()


@pytest.mark.parametrize(
    ("fps", "frames"), [(None, 90), (120.0, 90), (60, 45), (30, 23), (24, 18)]
)
def test_lower_rates_leave_frames_out(written, fps, frames):
    (found,) = motions(written.amc.parent, fps=fps)
    assert len(found.joints_world) == frames
    assert found.fps == (fps or 120.0)


@pytest.mark.parametrize("fps", [50.0, 240.0, 0.0, -60.0])
def test_rates_that_do_not_divide_are_refused(written, fps):
    with pytest.raises(errors.InputError, match="--fps: expected a whole part of"):
        list(cmu.find(written.amc.parent, fps=fps))


def test_damaged_clips_are_skipped_and_named(asf_amc_writer, tmp_path):
    asf_amc_writer(tmp_path, trial="01", num_frames=4)
    asf_amc_writer(tmp_path, trial="02", num_frames=4)
    cut = tmp_path / "71_02.amc"
    cut.write_text(cut.read_text()[:-400])
    (tmp_path / "72_01.amc").write_text(cut.read_text())
    good, damaged, bodiless = cmu.find(tmp_path, fps=60.0)
    assert good.read().clip_id == "71_01"
    assert damaged.clip_id == "71_02"
    with pytest.raises(errors.InputError, match=r"71_02\.amc, line"):
        damaged.read()
    with pytest.raises(errors.InputError, match=r"72\.asf: expected a readable file"):
        bodiless.read()


def test_found_clips_can_be_sent_to_another_process(written):
    (planned,) = cmu.find(written.amc.parent, fps=60.0)
    assert (planned.clip_id, planned.subject) == ("71_03", "71")
    again = pickle.loads(pickle.dumps(planned))
    assert again == planned
    assert again.read().clip_id == "71_03"


def test_subjects_are_chosen(asf_amc_writer, tmp_path):
    asf_amc_writer(tmp_path, subject="71", num_frames=4)
    asf_amc_writer(tmp_path, subject="72", num_frames=4)
    found = cmu.find(tmp_path, fps=60.0, subjects=("72",))
    assert [(one.subject, one.read().subject) for one in found] == [("72", "72")]


def test_actions_of_the_validation_subjects(asf_amc_writer, tmp_path):
    actions = {"02_03": "run", "02_09": "motion", "16_15": "walk", "39_10": "motion"}
    for name in actions:
        subject, trial = name.split("_")
        asf_amc_writer(tmp_path, subject, trial, num_frames=2)
    found = {motion.clip_id: motion.action for motion in motions(tmp_path, fps=60)}
    assert found == actions


def test_a_body_without_a_needed_bone_is_refused(asf_amc_writer, tmp_path):
    written = asf_amc_writer(tmp_path, num_frames=2)
    for path in (written.asf, written.amc):
        path.write_text(path.read_text().replace("lradius", "lforearm"))
    (planned,) = cmu.find(tmp_path, fps=60.0)
    with pytest.raises(errors.InputError, match=r"71\.asf: .* none named lradius"):
        planned.read()


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match=r"expected \.asf and \.amc files"):
        list(cmu.find(tmp_path, fps=60.0))


@pytest.mark.slow
@pytest.mark.skipif("STPOSE_CMU" not in os.environ, reason="no CMU files")
def test_real_clips_are_plausible():
    found = motions(Path(os.environ["STPOSE_CMU"]), fps=60.0)
    for motion in found:
        femur = np.linalg.norm(
            joint(motion, "left_knee") - joint(motion, "left_hip"), axis=-1
        )
        assert 340 < femur.mean() < 480
        low = np.minimum(joint(motion, "left_ankle"), joint(motion, "right_ankle"))[
            :, 2
        ]
        assert -20 < np.percentile(low, 1) < 250  # subject 03 walks on uneven ground
        left = joint(motion, "left_shoulder") - joint(motion, "right_shoulder")
        face = (
            keypoint(motion, "nose")
            - (keypoint(motion, "left_ear") + keypoint(motion, "right_ear")) / 2
        )
        ahead = np.sum(np.cross(left, [0, 0, 1]) * face, axis=-1) > 0
        assert ahead.mean() > 0.8, motion.clip_id
