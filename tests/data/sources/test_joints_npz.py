import zipfile

import numpy as np
import pytest
from numpy.testing import assert_allclose

from stpose_tf import errors
from stpose_tf.data.sources.mocap import cmu, joints_npz
from stpose_tf.geometry import skeletons

H36M, COCO = skeletons.get("h36m17"), skeletons.get("coco17")


def motions(path, **options):
    return [planned.read() for planned in joints_npz.find(path, **options)]


@pytest.fixture(scope="module")
def walk(asf_amc_writer, tmp_path_factory):
    """A walk as `cmu` reads it, and in the form of the .npz file."""
    written = asf_amc_writer(tmp_path_factory.mktemp("walk"), num_frames=60)
    (planned,) = cmu.find(written.amc.parent, fps=60.0)
    motion = planned.read()
    joints = motion.joints_world.astype(np.float64)
    for name, bone in (("thorax", "thorax"), ("nose", "upperneck")):
        x, y, z = written.positions[bone][::2].T
        joints[:, H36M.index(name)] = np.stack([x, -z, y], axis=-1)
    y_up = np.stack([joints[..., 0], joints[..., 2], -joints[..., 1]], axis=-1)
    return motion, (y_up / 1000).astype(np.float32)


def write(tmp_path, **arrays):
    path = tmp_path / "clips.npz"
    np.savez(path, **arrays)
    return path


def test_clips_agree_with_what_the_asf_and_amc_files_give(walk, tmp_path):
    motion, positions = walk
    path = write(tmp_path, train_running_running_2=positions)
    (found,) = motions(path, fps=60.0)
    shift = (found.joints_world - motion.joints_world)[:, H36M.index("hip")]
    assert np.ptp(shift, axis=0).max() < 1e-2
    assert_allclose(shift[:, :2], 0, atol=1e-2)  # only the floor's height may differ
    joints = found.joints_world - shift[:, None]
    names = [name for name in H36M.joints if name != "nose"]
    for name in names:
        place = H36M.index(name)
        expected = motion.joints_world[:, place]
        limit = 6.0 if name == "thorax" else 0.1  # the neck's two bones bend
        assert np.abs(joints[:, place] - expected).max() < limit, name
    # The head is taken to face like the chest; in this walk it does within 15 degrees.
    keypoints = found.keypoints_world - shift[:, None]
    assert np.linalg.norm(keypoints - motion.keypoints_world, axis=-1).max() < 50


def test_the_lowest_ankle_is_brought_near_the_floor(walk, tmp_path):
    _, positions = walk
    (found,) = motions(write(tmp_path, a=positions + 3.0), fps=60.0)
    ankles = found.joints_world[
        :, [H36M.index("left_ankle"), H36M.index("right_ankle")]
    ]
    assert np.percentile(ankles[..., 2].min(axis=1), 1) == pytest.approx(70.0, abs=0.1)


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("train_running_running_2", "running"),
        ("test_basketball_signal_basketball_signal_1", "basketball_signal"),
        ("train_walking_extra_walking_20", "walking"),
        ("dance", "dance"),
    ],
)
def test_the_action_is_what_the_name_says_twice(walk, tmp_path, name, action):
    (found,) = motions(write(tmp_path, **{name: walk[1]}), fps=60.0)
    assert (found.clip_id, found.action) == (name, action)
    assert found.subject == joints_npz.SUBJECT


def test_half_the_rate_is_every_second_frame(walk, tmp_path):
    path = write(tmp_path, a=walk[1])
    (full,), (half,) = (motions(path, fps=fps) for fps in (60.0, 30.0))
    assert half.fps == 30.0
    lift = half.joints_world - full.joints_world[::2]  # the floor is found anew
    assert np.ptp(lift, axis=(0, 1)).max() < 1e-2


def test_unusable_arrays_are_skipped_and_named(walk, tmp_path):
    broken = walk[1].copy()
    broken[3, 2, 1] = np.nan
    path = write(
        tmp_path,
        good=walk[1],
        broken=broken,
        flat=walk[1][..., 0],
        empty=walk[1][:0],
        whole=walk[1].astype(int),
        objects=np.array([{}], object),
    )
    good, *bad = joints_npz.find(path, fps=60.0)
    assert good.read().clip_id == "good"
    reasons = {planned.clip_id: reason(planned) for planned in bad}
    assert "broken: expected finite positions. Received: NaN" in reasons["broken"]
    assert "expected [time, 17, 3]. Received: (30, 17)" in reasons["flat"]
    assert "Received: (0, 17, 3)" in reasons["empty"]
    assert "expected floats. Received: int" in reasons["whole"]
    assert "expected plain numbers in objects" in reasons["objects"]


def reason(planned):
    with pytest.raises(errors.InputError) as caught:
        planned.read()
    return str(caught.value)


@pytest.mark.slow
def test_an_array_that_is_too_large_is_not_unpacked(tmp_path):
    path = tmp_path / "clips.npz"
    shape = (2_000_000, 17, 3)
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("bomb.npy", "w") as file,
    ):
        np.lib.format.write_array_header_1_0(file, header)
        for _ in range(shape[0] // 20_000):
            file.write(bytes(20_000 * 17 * 3 * 8))
    assert path.stat().st_size < 2_000_000
    (planned,) = joints_npz.find(path)
    assert "expected up to 268435456 bytes in bomb" in reason(planned)


def test_other_subjects_than_the_one_are_not_there(walk, tmp_path):
    path = write(tmp_path, a=walk[1])
    assert list(joints_npz.find(path, subjects=("71",))) == []
    (planned,) = joints_npz.find(path, subjects=(joints_npz.SUBJECT,))
    assert planned.read().fps == 60.0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"no archive at all"])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "clips.npz"
    path.write_bytes(content)
    with pytest.raises(errors.InputError, match=r"clips\.npz: expected an .npz file"):
        list(joints_npz.find(path, fps=60.0))


def test_a_plain_array_and_a_missing_file_are_refused(tmp_path):
    np.save(tmp_path / "one.npy", np.zeros(3))
    for name in ("one.npy", "none.npz"):
        with pytest.raises(errors.InputError, match=f"{name}: expected an .npz file"):
            list(joints_npz.find(tmp_path / name, fps=60.0))
