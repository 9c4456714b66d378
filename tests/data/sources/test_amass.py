import itertools
import pickle
import runpy
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from stpose_tf import errors
from stpose_tf.data.motion_clip import Motion, Skipped
from stpose_tf.data.sources.smpl import amass, smpl_body
from stpose_tf.geometry import skeletons

FILES = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("amass_files.py")))
)
H36M, COCO = skeletons.get("h36m17"), skeletons.get("coco17")
LIMBS = [
    f"{side}_{part}"
    for side in ("left", "right")
    for part in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
]


def only(root, **options):
    (planned,) = amass.find(root, **options)
    return planned.read()


def joint(motion, name):
    return motion.joints_world[:, H36M.index(name)]


def keypoint(motion, name):
    return motion.keypoints_world[:, COCO.index(name)]


def chained(rotations, rest):
    """Returns places in the rest pose's unit, one frame and one joint at a time."""
    places = np.zeros((len(rotations), 22, 3))
    for frame, vectors in enumerate(rotations):
        turns = []
        for row, parent in enumerate(FILES.PARENTS):
            own = Rotation.from_rotvec(vectors[row])
            if parent < 0:
                turns.append(own)
                places[frame, row] = rest[row]
                continue
            turns.append(turns[parent] * own)
            bone = turns[parent].apply(rest[row] - rest[parent])
            places[frame, row] = places[frame, parent] + bone
    return places


def standing(frames=3):
    rotations = np.zeros((frames, 52, 3))
    rotations[:, 0] = FILES.UPRIGHT
    return rotations


@pytest.mark.parametrize("form", ["smplh", "smplx"])
def test_joints_are_where_the_chain_of_rotations_puts_them(tmp_path, form):
    rotations = FILES.swinging(12)
    arrays = getattr(FILES, form)(rotations)
    FILES.write(tmp_path, arrays)
    model = FILES.body_model()
    np.savez(tmp_path / "model.npz", **model)
    (planned,) = amass.find(tmp_path / "CMU", body_model=tmp_path / "model.npz")
    motion = planned.read()
    shaped = model["v_template"] + model["shapedirs"] @ arrays["betas"][:10]
    rest = model["J_regressor"] @ shaped
    places = chained(rotations, rest) + arrays["trans"][:, None]
    for name in LIMBS:
        expected = 1000 * places[:, FILES.index(name)]
        assert_allclose(joint(motion, name), expected, atol=0.05, err_msg=name)
    thorax = 1000 * places[:, FILES.index("neck")]
    assert_allclose(joint(motion, "thorax"), thorax, atol=0.05)
    middle = (joint(motion, "left_hip") + joint(motion, "right_hip")) / 2
    assert_allclose(joint(motion, "hip"), middle, atol=0.05)


def test_both_forms_and_their_parts_give_the_same(tmp_path):
    rotations = FILES.swinging(5)
    FILES.write(tmp_path, FILES.smplh(rotations), "a/1/x_poses")
    FILES.write(tmp_path, FILES.smplx(rotations), "b/1/x_stageii")
    FILES.write(tmp_path, FILES.smplx(rotations, poses=None), "c/1/x_stageii")
    first, *others = (planned.read() for planned in amass.find(tmp_path))
    for other in others:
        assert_allclose(other.joints_world, first.joints_world, atol=1e-3)
        assert other.fps == first.fps == 120.0


def test_the_approximate_body_stands_up_and_left_is_left(tmp_path):
    FILES.write(tmp_path, FILES.smplh(standing()))
    motion = only(tmp_path)
    names = ("left_ankle", "left_knee", "hip", "spine", "thorax", "nose", "head")
    heights = [joint(motion, name)[:, 2] for name in names]
    assert all((low < high).all() for low, high in itertools.pairwise(heights))
    assert 0 <= heights[0][0] <= 200
    assert 1500 < heights[-1][0] < 1800
    left = joint(motion, "left_shoulder") - joint(motion, "right_shoulder")
    forward = np.cross(left, [0, 0, 1])
    assert (forward @ [0, -1, 0] > 0).all()  # SMPL's z, turned upright
    face = keypoint(motion, "nose") - keypoint(motion, "left_ear")
    assert (np.sum(face * forward, axis=-1) > 0).all()
    for part in ("eye", "ear", "wrist", "ankle"):
        across = keypoint(motion, f"left_{part}") - keypoint(motion, f"right_{part}")
        assert (np.sum(across * left, axis=-1) > 0).all()


def test_the_approximate_body_is_symmetric_and_of_human_proportions():
    body = smpl_body.approximate()
    places = dict(zip(smpl_body.JOINTS, body.joints, strict=True))
    for name in smpl_body.JOINTS:
        if name.startswith("left_"):
            mirrored = places[name.replace("left", "right")] * [-1, 1, 1]
            assert_allclose(places[name], mirrored)

    def length(first, second):
        return np.linalg.norm(places[first] - places[second])

    assert 0.9 < length("left_hip", "left_knee") / 400 < 1.1
    assert 0.9 < length("left_knee", "left_ankle") / 410 < 1.1
    assert 0.9 < length("left_shoulder", "left_elbow") / 270 < 1.1
    assert 0.9 < length("left_elbow", "left_wrist") / 250 < 1.1


def test_a_bent_elbow_moves_the_hand_and_nothing_else(tmp_path):
    rotations = standing(2)
    # About the body's y: the stretched left arm bends forward.
    rotations[1, FILES.index("left_elbow")] = [0, -np.pi / 2, 0]
    FILES.write(tmp_path, FILES.smplh(rotations, trans=np.zeros((2, 3))))
    motion = only(tmp_path)
    moved = np.linalg.norm(motion.joints_world[1] - motion.joints_world[0], axis=-1)
    assert np.flatnonzero(moved > 1e-2).tolist() == [H36M.index("left_wrist")]
    before, after = joint(motion, "left_wrist") - joint(motion, "left_elbow")
    assert_allclose(np.linalg.norm(before), np.linalg.norm(after), rtol=1e-5)
    assert abs(before @ after) < 0.01 * (before @ before)
    assert after @ [0, -1, 0] > 200


def test_bones_keep_their_lengths(tmp_path):
    FILES.write(tmp_path, FILES.smplh(FILES.swinging(30)))
    motion = only(tmp_path)
    for side in ("left", "right"):
        for chain in (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist")):
            for one, other in itertools.pairwise(chain):
                bone = joint(motion, f"{side}_{one}") - joint(motion, f"{side}_{other}")
                assert np.ptp(np.linalg.norm(bone, axis=-1)) < 1e-2
    head = joint(motion, "head") - keypoint(motion, "nose")
    assert np.ptp(np.linalg.norm(head, axis=-1)) < 1e-2
    walked = joint(motion, "hip")[-1] - joint(motion, "hip")[0]
    assert walked[0] > 800  # the root's path


def test_names_rates_and_frames_left_out(tmp_path):
    FILES.write(tmp_path, FILES.smplh(FILES.swinging(9)))
    motion = only(tmp_path)
    assert isinstance(motion, Motion)
    assert (motion.clip_id, motion.subject, motion.action) == (
        "CMU_01_01_02",
        "CMU_01",
        "motion",
    )
    assert motion.fps == 120.0  # 120.00004577636719 in the file
    half = only(tmp_path, fps=60.0)
    assert (half.fps, len(half.joints_world)) == (60.0, 5)
    path = motion.joints_world - motion.joints_world[:1, :1]
    short = half.joints_world - half.joints_world[:1, :1]
    assert_allclose(path[::2], short, atol=1e-3)
    with pytest.raises(errors.InputError, match="whole part of the source's 120"):
        only(tmp_path, fps=50.0)
    inside = only(tmp_path / "CMU" / "01")
    assert inside.subject == "01"


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("KIT/3/WalkingStraight01_poses", "WalkingStraight"),
        ("BML/s1/0005_Jogging001_poses", "Jogging"),
        ("CMU/02/02_03_stageii", "motion"),
    ],
)
def test_the_action_is_in_the_files_name(tmp_path, name, action):
    FILES.write(tmp_path, FILES.smplh(standing()), name)
    assert only(tmp_path).action == action


def test_files_of_bodies_are_passed_over_and_equal_names_skipped(tmp_path):
    arrays = FILES.smplh(standing())
    for name in ("shape", "neutral_stagei", "01_01_poses", "01_01_stageii"):
        FILES.write(tmp_path, arrays, f"CMU/01/{name}")
    planned, skipped = amass.find(tmp_path)
    assert planned.clip_id == "CMU_01_01_01"
    assert isinstance(skipped, Skipped)
    assert "expected a name of its own" in skipped.reason
    assert pickle.loads(pickle.dumps(planned)) == planned
    assert list(amass.find(tmp_path, subjects=("CMU_02",))) == []
    with pytest.raises(errors.InputError, match=r"AMASS's \.npz files in or below"):
        list(amass.find(tmp_path / "none"))


def test_the_model_of_the_subjects_gender_is_taken(tmp_path):
    FILES.write(tmp_path, FILES.smplx(standing()))
    folder = tmp_path / "models"
    for seed, name in enumerate(("female/model", "neutral/model", "SMPLX_MALE")):
        FILES.write(folder, FILES.body_model(seed=seed), name)
    assert smpl_body.model_file(folder, "female") == folder / "female" / "model.npz"
    assert smpl_body.model_file(folder, "male") == folder / "SMPLX_MALE.npz"
    assert smpl_body.model_file(folder, "") == folder / "neutral" / "model.npz"
    (planned,) = amass.find(tmp_path / "CMU", body_model=folder)
    model = FILES.body_model(seed=0)
    betas = np.linspace(-1, 1, 16)[:10]
    shaped = model["v_template"] + model["shapedirs"] @ betas
    rest = (model["J_regressor"] @ shaped)[FILES.index("left_hip")]
    x, y, z = 1000 * rest
    pelvis = 1000 * (model["J_regressor"] @ shaped)[0]
    found = joint(planned.read(), "left_hip")[0]
    # About the pelvis, y becomes z and z becomes -y; the root's path is 1 m up.
    turned = [x, pelvis[1] + pelvis[2] - z, pelvis[2] + y - pelvis[1] + 1000]
    assert_allclose(found, turned, atol=0.05)
    with pytest.raises(errors.InputError, match="expected a body model"):
        smpl_body.model_file(tmp_path / "none", "male")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"v_template": None}, "the array v_template"),
        ({"J_regressor": np.ones((52, 9))}, r"J_regressor. Received: \(52, 9\)"),
        ({"J_regressor": np.ones((20, 105))}, "22 or more, .* in J_regressor"),
        ({"shapedirs": np.ones((105, 3))}, "in shapedirs"),
        ({"v_template": np.full((105, 3), np.nan)}, "finite positions in v_template"),
        ({"J_regressor": np.array({}, object)}, "plain numbers in J_regressor"),
    ],
)
def test_body_models_that_do_not_fit_are_named(tmp_path, change, message):
    arrays = {**FILES.body_model(), **change}
    path = tmp_path / "model.npz"
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    with pytest.raises(errors.InputError, match=message):
        smpl_body.from_model(path, np.zeros(10))


def test_pickled_body_models_are_refused(tmp_path):
    (tmp_path / "SMPL_NEUTRAL.pkl").write_bytes(b"")
    with pytest.raises(errors.InputError, match=r"as \.npz, not pickled"):
        smpl_body.from_model(tmp_path / "SMPL_NEUTRAL.pkl", np.zeros(10))


def nan_poses():
    poses = np.zeros((3, 156))
    poses[2, 5] = np.nan
    return poses


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"poses": None}, "the array poses"),
        ({"trans": None}, "the array trans"),
        ({"mocap_framerate": None}, "mocap_framerate or mocap_frame_rate"),
        ({"mocap_framerate": np.array(0.0)}, "frames a second in mocap_framerate"),
        ({"poses": np.zeros((3, 60))}, r"\(frames, 66 or more\) in poses"),
        ({"poses": np.zeros(156)}, r"\(frames, 66 or more\) in poses"),
        ({"poses": np.zeros((0, 156))}, r"\(frames, 66 or more\) in poses"),
        ({"poses": nan_poses()}, "finite positions in poses. Received: nan in frame 2"),
        ({"trans": np.zeros((4, 3))}, r"\(3, 3\) in trans. Received: \(4, 3\)"),
        ({"trans": np.array("text")}, "numbers in trans"),
        ({"poses": np.array([{}], object)}, "plain numbers in poses"),
    ],
)
def test_arrays_that_do_not_fit_are_named(tmp_path, change, message):
    FILES.write(tmp_path, FILES.smplh(standing(), **change))
    with pytest.raises(errors.InputError, match=message):
        only(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_cut_files_are_refused(tmp_path, share):
    path = FILES.write(tmp_path, FILES.smplh(standing()))
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(errors.InputError, match=r"expected an \.npz file"):
        only(tmp_path)


def test_bombs_are_refused_before_they_go_off(tmp_path):
    path = FILES.write(tmp_path, FILES.smplh(standing(), poses=None))
    text = "{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999, 66)}"
    header = text.ljust(117).encode() + b"\n"
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
        archive.writestr("poses.npy", content + bytes(1 << 26))
    with pytest.raises(errors.InputError, match="536870912 bytes in poses"):
        only(tmp_path)
