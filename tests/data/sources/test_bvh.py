import itertools
import pickle
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from stpose_tf import errors
from stpose_tf.data.sources.mocap import amc_motion, asf_body, bvh, cmu
from stpose_tf.geometry import skeletons

FILES = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("bvh_files.py"))))
H36M, COCO = skeletons.get("h36m17"), skeletons.get("coco17")
PARTS = {
    "hip": "upleg",
    "knee": "leg",
    "ankle": "foot",
    "shoulder": "arm",
    "elbow": "forearm",
    "wrist": "hand",
}


def read(path, **options):
    (clip,) = bvh.find(path, **options)
    return pickle.loads(pickle.dumps(clip)).read()


def joint(motion, name):
    return motion.joints_world[:, H36M.index(name)].astype(np.float64)


def keypoint(motion, name):
    return motion.keypoints_world[:, COCO.index(name)].astype(np.float64)


def check_limbs(motion, expected, atol=0.02):
    for side, (ours, theirs) in itertools.product(("left", "right"), PARTS.items()):
        name = f"{side}_{ours}"
        places = expected[f"{side}_{theirs}"]
        assert_allclose(joint(motion, name), places, atol=atol, err_msg=name)
        assert_allclose(keypoint(motion, name), joint(motion, name), err_msg=name)
    hips = (expected["left_upleg"] + expected["right_upleg"]) / 2
    assert_allclose(joint(motion, "hip"), hips, atol=atol)
    assert_allclose(joint(motion, "thorax"), expected["neck"], atol=atol)


@pytest.mark.parametrize("scheme", FILES.SCHEMES)
def test_joints_are_where_the_file_has_them(tmp_path, scheme):
    expected = FILES.write(tmp_path / "walk.bvh", scheme)
    motion = read(tmp_path)
    assert motion.joints_world.shape == motion.keypoints_world.shape == (60, 17, 3)
    assert motion.joints_world.dtype == motion.keypoints_world.dtype == np.float32
    check_limbs(motion, expected)
    assert_allclose(joint(motion, "head"), expected["head_end"], atol=0.02)
    # The spine's middle lies between its first and second joint.
    low, high = expected["spine"], expected["spine1"]
    apart = np.linalg.norm(np.cross(joint(motion, "spine") - low, high - low), axis=-1)
    assert (apart / np.linalg.norm(high - low, axis=-1) < 0.02).all()


def test_the_body_stands_up_faces_where_it_walks_and_left_is_left(tmp_path):
    FILES.write(tmp_path / "walk.bvh")
    motion = read(tmp_path)
    heights = [joint(motion, n)[:, 2] for n in ("left_ankle", "hip", "thorax", "head")]
    assert all((low < high).all() for low, high in itertools.pairwise(heights))
    left = joint(motion, "left_hip") - joint(motion, "right_hip")
    forward = np.cross(left, [0, 0, 1])
    walked = joint(motion, "hip")[-1] - joint(motion, "hip")[0]
    assert (forward @ walked > 0).all()
    face = keypoint(motion, "nose") - keypoint(motion, "left_ear")
    assert (np.sum(face * forward, axis=-1) > 0).all()
    eyes = keypoint(motion, "left_eye") - keypoint(motion, "right_eye")
    assert (np.sum(eyes * left, axis=-1) > 0).all()


@pytest.mark.parametrize(
    "options",
    [
        {"unit": 10.0},  # mm
        {"unit": 0.01},  # m
        {"unit": 1 / 2.54},  # inches
        {"unit": 0.45 / 2.54},  # CMU's
        {"orders": ("YXZ",)},
        {"positions_everywhere": True},
        {"up": "z"},
        {"newline": "\r\n"},
        {"root_offset": True},
    ],
    ids=lambda options: ",".join(f"{k}={v}" for k, v in options.items()).strip(),
)
def test_units_orders_channels_and_axes_come_from_the_file(tmp_path, options):
    expected = FILES.write(tmp_path / "walk.bvh", **options)
    loose = 0.02 if options.get("unit", 1.0) >= 0.1 else 1.0  # six digits of a metre
    check_limbs(read(tmp_path), expected, atol=loose)


@pytest.mark.parametrize("up", ["y", "z"])
def test_a_rest_pose_that_does_not_stand_changes_little(tmp_path, up):
    plain = FILES.write(tmp_path / "a.bvh", frames=240)
    expected = FILES.write(tmp_path / "b.bvh", frames=240, twisted=True, up=up)
    standing, twisted = (clip.read() for clip in bvh.find(tmp_path))
    check_limbs(standing, plain)
    check_limbs(twisted, expected)
    # The head's front is then known from the chest's on the average.
    fronts = [
        keypoint(motion, "nose")
        - (keypoint(motion, "left_ear") + keypoint(motion, "right_ear")) / 2
        for motion in (standing, twisted)
    ]
    if up == "z":
        fronts[1] = fronts[1] @ np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    cosine = np.sum(fronts[0] * fronts[1], axis=-1) / np.prod(
        [np.linalg.norm(front, axis=-1) for front in fronts], axis=0
    )
    assert np.degrees(np.arccos(cosine.clip(-1, 1))).max() < 15


def test_the_face_turns_with_the_head(tmp_path):
    expected = FILES.write(tmp_path / "walk.bvh", frames=120)
    motion = read(tmp_path)
    points = np.stack([keypoint(motion, name) for name in COCO.joints[:5]], axis=1)
    points = np.concatenate([points, expected["head_end"][:, None]], axis=1)
    gaps = np.linalg.norm(points[:, :, None] - points[:, None], axis=-1)
    assert_allclose(gaps, np.broadcast_to(gaps[:1], gaps.shape), atol=0.05)
    assert 60 < gaps[0, 1, 2] < 70  # between the eyes


def test_a_head_without_an_end_gets_a_usual_one(tmp_path):
    expected = FILES.write(tmp_path / "walk.bvh", head_end=False)
    top = joint(read(tmp_path), "head")
    assert np.linalg.norm(top - expected["head_end"], axis=-1).max() < 30


def test_a_t_pose_in_front_is_left_out(tmp_path):
    expected = FILES.write(tmp_path / "walk.bvh", t_pose_first=True)
    motion = read(tmp_path)
    assert len(motion.joints_world) == 60
    lift = joint(motion, "hip") - expected["left_upleg"]
    assert np.ptp(lift[:, 2]) < 50
    check_limbs(motion, expected)


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        (".0083333", 120.0),
        ("0.00833333", 120.0),
        ("0.033333", 30.0),
        ("0.0333", 30.0),
        ("0.033367", 29.97),
        ("0.016667", 60.0),
        ("0.0166666667", 60.0),
        ("0.01", 100.0),
        ("1e-2", 100.0),
        ("0.04", 25.0),
    ],
)
def test_the_rate_is_what_the_digits_of_the_frame_time_allow(tmp_path, written, rate):
    FILES.write(tmp_path / "walk.bvh", frames=3, frame_time=written)
    motion = read(tmp_path)
    assert motion.fps == pytest.approx(rate, abs=2e-3)
    if rate == int(rate):
        assert motion.fps == rate


def test_lower_rates_leave_frames_out_and_others_are_refused(tmp_path):
    FILES.write(tmp_path / "walk.bvh", fps=120.0, frame_time=".0083333")
    full, half = read(tmp_path), read(tmp_path, fps=60.0)
    assert half.fps == 60.0
    assert_allclose(half.joints_world, full.joints_world[::2], atol=1e-3)
    with pytest.raises(errors.InputError, match=r"walk\.bvh: --fps: expected a whole"):
        read(tmp_path, fps=50.0)


def test_names_ids_subjects_and_actions(tmp_path):
    names = {
        "07/07_01.bvh": ("07_01", "07", "motion"),
        "walk1_subject5.bvh": ("walk1_subject5", "subject5", "walk"),
        "ann/dance_02.bvh": ("dance_02", "ann", "dance"),
        "solo.BVH": ("solo", "solo", "solo"),
        "a/x/same.bvh": ("a/x/same", "a", "same"),
        "b/same.bvh": ("b/same", "b", "same"),
    }
    for name in names:
        FILES.write(tmp_path / name, frames=2)
    clips = list(bvh.find(tmp_path))
    found = {(c.clip_id, c.subject, c.read().action) for c in clips}
    assert found == set(names.values())
    assert [c.clip_id for c in clips] == [c.clip_id for c in bvh.find(tmp_path)]
    (only,) = bvh.find(tmp_path, subjects=("ann",))
    assert only.clip_id == "dance_02"
    (alone,) = bvh.find(tmp_path / "07/07_01.bvh")
    assert (alone.clip_id, alone.subject) == ("07_01", "07")


def test_unknown_names_are_listed_and_can_be_given(tmp_path):
    expected = FILES.write(tmp_path / "walk.bvh")
    path = tmp_path / "walk.bvh"
    text = path.read_text()
    text = text.replace("LeftLeg", "Knie").replace("RightHand\n", "Pfote\n")
    path.write_text(text)
    with pytest.raises(errors.InputError) as error:
        read(tmp_path)
    message = str(error.value)
    assert "walk.bvh: expected joints for left_knee, right_wrist, known by" in message
    assert "Knie" in message
    assert "\n" not in message
    names = tmp_path / "names.json"
    names.write_text(
        '{"left_knee": "mixamorig:Knie", "right_wrist": "mixamorig:Pfote"}'
    )
    check_limbs(read(path, joint_names=names), expected)
    names.write_text('{"left_knee": "Nothing"}')
    with pytest.raises(
        errors.InputError, match="expected one joint 'Nothing' for left"
    ):
        read(path, joint_names=names)
    names.write_text('{"tail": "Tail"}')
    with pytest.raises(errors.InputError, match=r"parts among .* Received: tail"):
        read(path, joint_names=names)
    names.write_text("[1]")
    with pytest.raises(errors.InputError, match=r"names\.json: expected an object"):
        read(path, joint_names=names)


def test_a_mirrored_body_is_refused(tmp_path):
    # As a program with a left-handed world would write it, names and all.
    FILES.write(tmp_path / "walk.bvh", mirrored=True)
    with pytest.raises(errors.InputError, match="left and right are exchanged"):
        read(tmp_path)


def test_a_body_of_no_human_size_needs_a_scale(tmp_path):
    expected = FILES.write(tmp_path / "walk.bvh", unit=37.0)
    with pytest.raises(
        errors.InputError, match=r"legs of a human length.* Received: 30"
    ):
        read(tmp_path)
    check_limbs(read(tmp_path, scale=10 / 37), expected)


@pytest.fixture(scope="module")
def cmu_twin(asf_amc_writer, tmp_path_factory):
    """One motion as ASF/AMC, and as cgspeed's conversion of it to BVH."""
    written = asf_amc_writer(tmp_path_factory.mktemp("cmu"), num_frames=90)
    body = asf_body.read(written.asf)
    values = amc_motion.read_values(written.amc, body)
    _, turns = amc_motion.bone_ends(body, values)
    names = {
        "root": "Hips",
        "lhipjoint": "LHipJoint",
        "lfemur": "LeftUpLeg",
        "ltibia": "LeftLeg",
        "lfoot": "LeftFoot",
        "ltoes": "LeftToeBase",
        "rhipjoint": "RHipJoint",
        "rfemur": "RightUpLeg",
        "rtibia": "RightLeg",
        "rfoot": "RightFoot",
        "rtoes": "RightToeBase",
        "lowerback": "LowerBack",
        "upperback": "Spine",
        "thorax": "Spine1",
        "lowerneck": "Neck",
        "upperneck": "Neck1",
        "head": "Head",
        "lclavicle": "LeftShoulder",
        "lhumerus": "LeftArm",
        "lradius": "LeftForeArm",
        "lwrist": "LeftHand",
        "rclavicle": "RightShoulder",
        "rhumerus": "RightArm",
        "rradius": "RightForeArm",
        "rwrist": "RightHand",
    }
    bones = {bone.name: bone for bone in body.bones}
    parents = {b.name: body.bones[b.parent].name for b in body.bones if b.parent >= 0}
    lines, order = ["HIERARCHY"], []

    def visit(name):
        order.append(name)
        parent = parents.get(name)
        offset = bones[parent].offset if parent not in (None, "root") else np.zeros(3)
        lines.append(f"{'JOINT' if parent else 'ROOT'} {names[name]}")
        lines.extend(["{", "OFFSET " + " ".join(map(repr, offset.tolist()))])
        places = "" if parent else "Xposition Yposition Zposition "
        turning = "Zrotation Yrotation Xrotation"
        lines.append(f"CHANNELS {3 if parent else 6} {places}{turning}")
        below = [n for n in names if parents.get(n) == name]
        for child in below:
            visit(child)
        if not below:
            end = " ".join(map(repr, bones[name].offset.tolist()))
            lines.extend(["End Site", "{", f"OFFSET {end}", "}"])
        lines.append("}")

    visit("root")
    blocks = []
    for name in order:
        turn = Rotation.from_matrix(turns[name])
        if name == "root":
            blocks.append(written.positions["root"] / body.mm)
        else:
            turn = Rotation.from_matrix(turns[parents[name]]).inv() * turn
        blocks.append(turn.as_euler("ZYX", degrees=True))
    rows = np.concatenate(blocks, axis=1)
    rows = np.concatenate([np.zeros_like(rows[:1]), rows])  # the added T-pose
    lines += ["MOTION", f"Frames: {len(rows)}", "Frame Time: .0083333"]
    lines += [" ".join(f"{value:.7f}" for value in row) for row in rows]
    path = written.amc.parent / "71_03.bvh"
    path.write_text("\n".join(lines) + "\n")
    return written, path


def test_cmu_in_bvh_is_cmu_in_asf_and_amc(cmu_twin):
    written, path = cmu_twin
    expected = cmu.read(written.amc, asf_body.read(written.asf))
    motion = read(path)
    assert (motion.clip_id, motion.subject, motion.fps) == ("71_03", "71", 120.0)
    for name in H36M.joints:
        limit = {"spine": 12.0}.get(name, 0.1)  # it is put along the curve
        apart = np.linalg.norm(joint(motion, name) - joint(expected, name), axis=-1)
        assert apart.max() < limit, name
    for name in COCO.joints:
        gap = np.linalg.norm(keypoint(motion, name) - keypoint(expected, name), axis=-1)
        assert gap.max() < 8.0, name
