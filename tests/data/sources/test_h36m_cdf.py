import importlib.util
import pickle
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from stpose_tf import errors
from stpose_tf.data.containers import cdf_file
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources.human36m import h36m_cdf, h36m_npz

pytest.importorskip("cdflib")
SOME = {
    "S1": ("Directions 1", "Photo", "WalkDog 1"),
    "S9": ("Greeting", "Walking"),
    "S11": ("Sitting 1",),
}


def load(name):
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


files = load("h36m_files")


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return files.write_tree(tmp_path_factory.mktemp("h36m"), SOME, keypoints=True)


def clips(path, **options):
    found = list(h36m_cdf.find(path, **options))
    assert not any(isinstance(item, Skipped) for item in found), found
    return {item.clip_id: pickle.loads(pickle.dumps(item)).read() for item in found}


def check(found, subjects=SOME):
    assert list(found) == [f"{s}/{name}" for s in subjects for name in subjects[s]]
    for clip_id, clip in found.items():
        joints, _ = files.motion(*clip_id.split("/"))
        assert_allclose(clip.pose_world, joints, atol=1e-3)
        assert clip.action == clip_id.split("/")[1].split(" ")[0]
        assert clip.fps == 50.0
        pixels = files.detections(*clip_id.split("/"), "h36m", frames=24)
        for view, expected in zip(clip.views, pixels, strict=True):
            assert_allclose(view.keypoints, expected[:24], atol=5e-3)
            assert view.labelled.all()


def test_poses_and_keypoints_of_the_official_folders(tree):
    check(clips(tree))
    check(clips(tree / "S9"), {"S9": SOME["S9"]})
    check(clips(tree, keypoints="projected"))
    check(clips(tree, subjects=("S11",)), {"S11": SOME["S11"]})


@pytest.mark.parametrize("inside", [False, True])
def test_the_folders_of_h36m_fetch(tmp_path, inside):
    files.write_tree(tmp_path, SOME, layout="h36m-fetch")
    check(clips(tmp_path / "extracted" if inside else tmp_path))


def test_it_agrees_with_videopose3ds_archives(tree, tmp_path):
    files.write_poses(tmp_path, SOME)
    path = files.write_keypoints(tmp_path, SOME, tag="hr", layout="h36m16", noise=2.0)
    one = clips(tree, keypoints=str(path))
    for item in h36m_npz.find(tmp_path):
        other, clip = item.read(), one[item.clip_id]
        assert_allclose(clip.pose_world, other.pose_world, atol=1e-3)
        assert (clip.dataset, clip.action) == (other.dataset, other.action)
        for view, expected in zip(clip.views, other.views, strict=True):
            assert_allclose(view.keypoints, expected.keypoints)
            assert_allclose(view.crop, expected.crop)
            assert_allclose(view.confidence, expected.confidence)


def test_lower_rates_and_damaged_sequences(tree):
    full = clips(tree)
    low = clips(tree, fps=10.0, skip_damaged=True)
    assert set(full) - set(low) == {"S9/Greeting"}
    for clip_id, clip in low.items():
        assert clip.fps == 10.0
        assert_allclose(clip.pose_world, full[clip_id].pose_world[::5])
        assert_allclose(clip.views[3].keypoints, full[clip_id].views[3].keypoints[::5])


def test_all_in_one_and_the_broken_sequence_are_left_out(tmp_path):
    files.write_tree(tmp_path, {"S11": ("Directions", "Directions 1")})
    folder = tmp_path / "S11/MyPoseFeatures/D3_Positions"
    for name in ("_ALL.cdf", "_ALL 1.cdf", "._Directions 1.cdf", "notes.txt"):
        (folder / name).write_bytes(b"x")
    assert list(clips(tmp_path)) == ["S11/Directions 1"]


def test_a_subject_without_packaged_cameras_needs_metadata(tmp_path):
    joints, _ = files.motion("S2", "Walking")
    place = tmp_path / "S2/MyPoseFeatures/D3_Positions/Walking.cdf"
    files.write_cdf(place, files.official(joints).reshape(24, 96))
    (planned,) = h36m_cdf.find(tmp_path)
    with pytest.raises(errors.InputError, match=r"S2/Walking: expected a subject with"):
        planned.read()
    numbers = np.zeros(300)
    numbers[264:] = np.tile([1000, 1000, 500, 500, 0, 0, 0, 0, 0], 4)
    for camera in range(4):
        start = 6 * (11 * camera + 1)
        numbers[start : start + 6] = [np.pi / 2, 0, 0, 0, -5000, 1000]
    text = ";".join(map(str, numbers))
    (tmp_path / "metadata.xml").write_text(f"<a>\n<w0>[{text}]\n</w0></a>")
    clip = clips(tmp_path)["S2/Walking"]
    assert_allclose(
        clip.views[0].keypoints[..., 0],
        500 + 1000 * joints[..., 0] / (joints[..., 1] + 5000),
        atol=1e-2,
    )


def test_a_bad_file_is_named_and_the_others_are_read(tmp_path):
    files.write_tree(tmp_path, SOME, keypoints=True)
    poses = tmp_path / "S1/MyPoseFeatures/D3_Positions"
    files.write_cdf(poses / "Directions 1.cdf", np.zeros((24, 95)))
    (poses / "TakingPhoto.cdf").write_bytes(b"no cdf")
    (poses / "Directions 1.54138969.cdf").write_bytes(b"")
    pixels = tmp_path / "S9/MyPoseFeatures/D2_Positions"
    files.write_cdf(pixels / "Greeting.58860488.cdf", np.zeros((20, 64)))
    files.write_cdf(pixels / "Walking.58860488.cdf", np.zeros((24, 64)))
    good, bad = [], []
    for item in h36m_cdf.find(tmp_path):
        try:
            if isinstance(item, Skipped):
                raise errors.InputError(item.reason)
            good.append(item.read().clip_id)
        except errors.InputError as error:
            bad.append(str(error))
    assert not any("\n" in message for message in bad)
    assert good == ["S1/WalkDog 1", "S11/Sitting 1"]
    for reason in (
        "Directions 1.cdf: expected the shape [1, time, 96] in Pose. Received: [24, 95",
        "Directions 1.54138969.cdf: expected <Action> <number>.cdf",
        "TakingPhoto.cdf: expected a CDF file",
        "Greeting.58860488.cdf: expected at least the 24 frames of the 3D joints. R",
        "S9/Walking, camera 58860488: expected keypoints within 100 px",
    ):
        assert any(reason in message for message in bad), (reason, bad)


def test_nan_is_refused(tmp_path):
    joints, _ = files.motion("S5", "Walking 1")
    numbers = files.official(joints).reshape(24, 96)
    numbers[7, 3] = np.nan
    files.write_cdf(tmp_path / "S5/MyPoseFeatures/D3_Positions/Walking 1.cdf", numbers)
    (planned,) = h36m_cdf.find(tmp_path)
    with pytest.raises(errors.InputError, match=r"S5/Walking 1: .* NaN .* frame 7"):
        planned.read()


def test_another_folder_is_refused(tmp_path):
    (tmp_path / "S1/Videos").mkdir(parents=True)
    with pytest.raises(errors.InputError, match="S1/MyPoseFeatures/D3_Positions"):
        list(h36m_cdf.find(tmp_path))


@pytest.mark.parametrize("compression", [0, 9])
def test_files_of_other_kinds_of_cdf(tmp_path, compression):
    cdflib = pytest.importorskip("cdflib")
    values = np.arange(24.0 * 6).reshape(24, 6)
    for number, shape in enumerate([[24, 6], [6]]):
        path = tmp_path / f"{number}.cdf"
        writer = cdflib.cdfwrite.CDF(str(path), cdf_spec={"Compressed": compression})
        spec = {
            "Variable": "Pose",
            "Data_Type": 45,  # doubles
            "Num_Elements": 1,
            "Rec_Vary": True,
            "Dim_Sizes": shape,
            "Compress": compression,
        }
        writer.write_var(spec, var_data=values.reshape(-1, *shape))
        writer.close()
        assert_allclose(cdf_file.read_pose(path, numbers=6), values)


def test_a_file_without_poses_and_a_missing_one(tmp_path):
    cdflib = pytest.importorskip("cdflib")
    writer = cdflib.cdfwrite.CDF(str(tmp_path / "a.cdf"), cdf_spec={"Compressed": 0})
    writer.close()
    with pytest.raises(errors.InputError, match=r"a\.cdf: expected a CDF file"):
        cdf_file.read_pose(tmp_path / "a.cdf", numbers=96)
    with pytest.raises(errors.InputError, match=r"b\.cdf: .*Received: no file"):
        cdf_file.read_pose(tmp_path / "b.cdf", numbers=96)


def test_bombs_are_refused_before_they_go_off(tmp_path, monkeypatch):
    path = tmp_path / "a.cdf"
    files.write_cdf(path, np.zeros((24, 96)))
    monkeypatch.setattr(cdf_file, "_LARGEST_INFLATED", 1000)
    with pytest.raises(errors.InputError, match=r"up to 125 numbers. Received: 2304"):
        cdf_file.read_pose(path, numbers=96)
    compressor = zlib.compressobj(wbits=31)
    packed = compressor.compress(bytes(100_000)) + compressor.flush()
    path.write_bytes(path.read_bytes() + packed)
    with pytest.raises(errors.InputError, match="at most 1000 bytes"):
        cdf_file.read_pose(path, numbers=96)
    monkeypatch.setattr(cdf_file, "_LARGEST_FILE", 1000)
    with pytest.raises(errors.InputError, match=r"at most 1000 bytes. Received: 1"):
        cdf_file.read_pose(path, numbers=96)


def test_cut_and_changed_files_give_an_input_error_or_numbers(tmp_path):
    path = tmp_path / "a.cdf"
    content = files.write_cdf(path, np.ones((4, 6))).read_bytes()
    random = np.random.default_rng(0)
    for end in range(0, len(content) - 100, 37):
        path.write_bytes(content[:end])
        with pytest.raises(errors.InputError, match=r"a\.cdf"):
            cdf_file.read_pose(path, numbers=6)
    for _ in range(150):
        changed = bytearray(content)
        for place in random.integers(8, len(content), 3):
            changed[place] = random.integers(256)
        path.write_bytes(changed)
        try:
            assert cdf_file.read_pose(path, numbers=6).shape[1] == 6
        except errors.InputError as error:
            assert "\n" not in str(error)  # noqa: PT017
