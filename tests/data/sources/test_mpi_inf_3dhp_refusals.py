import contextlib
import runpy
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
import scipy.io

from stpose_tf import errors
from stpose_tf.data.sources.mpi import mpi_inf_3dhp

FILES = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("mpi_inf_3dhp_files.py")))
)


def only(folder):
    (planned,) = mpi_inf_3dhp.find(folder)
    return planned.read()


def test_folders_without_sequences_and_cameras_that_do_not_exist_are_refused(tmp_path):
    with pytest.raises(errors.InputError, match=r"expected S1/Seq1/annot\.mat"):
        list(mpi_inf_3dhp.find(tmp_path))
    FILES.write_train(tmp_path)
    with pytest.raises(errors.InputError, match="cameras: expected some of 0 to 13"):
        list(mpi_inf_3dhp.find(tmp_path, cameras=(14,)))


def rewrite(folder, change):
    path = folder / "annot.mat"
    arrays = {
        key: value
        for key, value in scipy.io.loadmat(path).items()
        if not key.startswith("__")
    }
    change(arrays)
    scipy.io.savemat(path, arrays)


def set_nan(arrays):
    arrays["annot2"][4, 0][5, 7] = np.nan


def shorten(arrays):
    arrays["annot3"][2, 0] = arrays["annot3"][2, 0][:-3]


def drop_joints(arrays):
    arrays["annot3"][0, 0] = arrays["annot3"][0, 0][:, :51]


def shift_2d(arrays):
    for row in range(14):
        arrays["annot2"][row, 0] = arrays["annot2"][row, 0] + 100


def few_cells(arrays):
    arrays["annot2"] = arrays["annot2"][:3]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda arrays: arrays.pop("univ_annot3"), "none named univ_annot3"),
        (set_nan, "finite positions in annot2, camera 4. Received: nan in frame 5"),
        (shorten, "as many frames in all arrays. Received: .*37"),
        (drop_joints, r"\[frames, 84\] in annot3, camera 0. Received: \(40, 51\)"),
        (shift_2d, "camera 0: expected 3D joints that project on the 2D ones"),
        (few_cells, "a cell for camera 4 in annot2. Received: 3 cells"),
        (lambda arrays: arrays.update(annot3=np.zeros((3, 84))), "Received: no cells"),
    ],
)
def test_arrays_that_do_not_fit_are_named(tmp_path, change, message):
    folder, _ = FILES.write_train(tmp_path)
    rewrite(folder, change)
    with pytest.raises(errors.InputError, match=message):
        only(tmp_path)


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.999])
def test_cut_files_are_refused(tmp_path, compress, share):
    folder, _ = FILES.write_train(tmp_path, frames=8, compress=compress)
    path = folder / "annot.mat"
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(errors.InputError, match=r"annot\.mat: expected a"):
        only(tmp_path)


@pytest.mark.parametrize("seed", range(12))
def test_damaged_files_are_refused_or_read_but_nothing_else(tmp_path, seed):
    folder, _ = FILES.write_train(tmp_path, frames=5, compress=bool(seed % 2))
    path = folder / "annot.mat"
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    for place in rng.integers(128, min(4000, len(content)), 6):
        content[place] ^= int(rng.integers(1, 256))
    path.write_bytes(content)
    with contextlib.suppress(errors.InputError):
        only(tmp_path)


def test_wrong_calibrations_are_refused(tmp_path):
    folder, _ = FILES.write_train(tmp_path)
    path = folder / "camera.calibration"
    good = path.read_text()
    ring = [FILES.camera(number) for number in range(14)]
    cases = {
        FILES.calibration_text(ring[::-1]): "mm apart",
        FILES.calibration_text(ring[:4]): "expected camera 8. Received: 4 cameras",
        good.replace("extrinsic", "outer"): "camera 0: expected a line extrinsic",
        good.replace("2048 2048", "2048"): "line 4: expected 2 finite numbers after",
        good.replace("1497.693", "nan"): "line 6: expected 16 finite numbers",
        good.replace("1497.693", "-3"): "a positive size and focal length",
        "nothing": "expected lines that begin with name",
    }
    rotation = np.diag([1.0, 1.0, -1.0])
    mirrored = [(rotation @ turn, place) for turn, place in ring]
    cases[FILES.calibration_text(mirrored)] = "expected a rotation in extrinsic"
    for text, message in cases.items():
        path.write_text(text)
        with pytest.raises(errors.InputError, match=message):
            only(tmp_path)
    path.unlink()
    with pytest.raises(errors.InputError, match="expected a calibration file"):
        only(tmp_path)


def no_frames(arrays):
    arrays["valid_frame"][:] = 0


def bad_joints(arrays):
    arrays["univ_annot3"] = arrays["univ_annot3"][:, :, :16]


def bad_pixels(arrays):
    rng = np.random.default_rng(0)
    arrays["annot2"] = arrays["annot2"] + rng.normal(0, 80, arrays["annot2"].shape)


def nan_in_valid(arrays):
    arrays["annot3"][6, 0, 2, 1] = np.nan


def short_marks(arrays):
    arrays["valid_frame"] = arrays["valid_frame"][:-2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda arrays: arrays.pop("annot3"), "expected the array annot3"),
        (no_frames, "a valid frame in valid_frame"),
        (bad_joints, r"\(30, 1, 17, 3\) in univ_annot3. Received: \(30, 1, 16, 3\)"),
        (bad_pixels, "camera: expected 3D joints that project on the 2D ones"),
        (
            nan_in_valid,
            "finite positions in annot3. Received: nan in frame",
        ),
        (short_marks, r"\(28, 1, 17, 2\) in annot2. Received: \(30,"),
        (lambda arrays: arrays.update(annot2=b"text"), "numbers in annot2"),
    ],
)
def test_test_arrays_that_do_not_fit_are_named(tmp_path, change, message):
    arrays = FILES.held_out_arrays(30)
    change(arrays)
    FILES.write_held_out(tmp_path, arrays=arrays)
    with pytest.raises(errors.InputError, match=message):
        only(tmp_path)


def test_test_files_of_another_kind_are_refused(tmp_path):
    folder, _ = FILES.write_held_out(tmp_path)
    path = folder / "annot_data.mat"
    content = path.read_bytes()
    for wrong in (b"", b"nothing", content[:600], content[: len(content) // 2]):
        path.write_bytes(wrong)
        with pytest.raises(errors.InputError, match=r"annot_data\.mat: expected"):
            only(tmp_path)


def test_arrays_outside_the_file_and_bombs_are_refused(tmp_path):
    folder, arrays = FILES.write_held_out(tmp_path)
    path = folder / "annot_data.mat"
    with h5py.File(path, "a") as file:
        del file["annot2"]
        file["annot2"] = h5py.ExternalLink("elsewhere.mat", "annot2")
    with pytest.raises(errors.InputError, match="annot2"):
        only(tmp_path)
    with h5py.File(path, "w") as file:
        for name in arrays:
            file.create_dataset(name, (1 << 33, 4), "f8", chunks=(64, 4))
    with pytest.raises(errors.InputError, match="bytes in annot2"):
        only(tmp_path)
