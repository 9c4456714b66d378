import pickle
import runpy
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from stpose_tf import errors
from stpose_tf.data import heatmap_codec
from stpose_tf.data.sources.own import heatmap_arrays

FILES = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("heatmap_files.py")))
)
FRAMES = 70  # more than are read at once


def save(path, size=(64, 64), *, layout="tkhw", origin="edge", dtype=None, **others):
    boxes = FILES.boxes(FRAMES, size)
    maps = FILES.maps(FRAMES, size, boxes, origin=origin)
    if layout == "thwk":
        maps = np.ascontiguousarray(maps.transpose(0, 2, 3, 1))
    if dtype is not None:
        maps = (np.rint(255 * maps) if dtype == np.uint8 else maps).astype(dtype)
    facts = {
        "layout": layout,
        "skeleton": "coco17",
        "fps": 50.0,
        "image_size": FILES.IMAGE,
        "boxes": boxes,
    } | others
    facts = {name: value for name, value in facts.items() if value is not None}
    np.savez(path, heatmaps=maps, **facts)
    return path


def read(path, **options):
    (planned,) = heatmap_arrays.find(path, **options)
    clip = pickle.loads(pickle.dumps(planned)).read()
    clip.validate()
    return clip


def check(clip, atol):
    (view,) = clip.views
    tops = FILES.heights(FRAMES)
    apart = np.linalg.norm(view.keypoints - FILES.keypoints(FRAMES), axis=-1)
    assert apart[tops > 0].max() < atol
    assert_array_equal(view.confidence[tops == 0], 0)
    # The highest pixel may lie half a pixel beside the peak.
    assert (np.abs(view.confidence - tops) <= 0.11 * tops + 0.01).all()
    assert not view.labelled.any()


@pytest.mark.parametrize(
    ("layout", "size", "origin"),
    [
        ("tkhw", (64, 64), "edge"),
        ("tkhw", (64, 48), "center"),
        ("thwk", (64, 48), "edge"),
        ("thwk", (48, 64), "center"),
        ("tkhw", (64, 47), "edge"),
    ],
)
def test_peaks_lie_where_the_keypoints_were(tmp_path, layout, size, origin):
    path = save(tmp_path / "walk.npz", size, layout=layout, origin=origin)
    clip = read(path, origin=origin)
    assert (clip.clip_id, clip.fps, clip.input_skeleton) == ("walk", 50.0, "coco17")
    assert clip.pose_world is None
    (view,) = clip.views
    assert view.image_size == FILES.IMAGE
    assert view.heatmap_size == (max(size), max(size))
    check(clip, atol=0.1)  # px in the image; a pixel of the maps is 6


def test_the_stored_maps_are_the_file_s(tmp_path):
    path = save(tmp_path / "walk.npz", (64, 48))
    (view,) = read(path).views
    given = FILES.maps(FRAMES, (64, 48), FILES.boxes(FRAMES, (64, 48)))
    stored = view.heatmaps
    for frame in (0, 33, FRAMES - 1):
        maps = heatmap_codec.decode_frame(
            stored.blobs[frame], stored.ranges, size=stored.size
        )
        assert_allclose(
            maps[:, 8:-8], given[frame].transpose(1, 2, 0), atol=1 / 510 + 1e-6
        )
        assert not maps[:, :8].any()
        assert not maps[:, -8:].any()


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.uint8, ">f4"])
def test_number_types(tmp_path, dtype):
    check(read(save(tmp_path / "walk.npz", dtype=dtype)), atol=0.4)


def test_peaks_of_255_need_saying(tmp_path):
    path = save(tmp_path / "walk.npz")
    boxes = FILES.boxes(FRAMES, (64, 64))
    maps = 255 * FILES.maps(FRAMES, (64, 64), boxes)
    np.save(tmp_path / "b.npy", maps)
    with np.load(path) as held:
        rest = {name: held[name] for name in held.files if name != "heatmaps"}
    np.savez(path, heatmaps=maps, **rest)
    with pytest.raises(errors.InputError, match=r"expected peaks up to 1.*22\d"):
        read(path)
    check(read(path, peak=255.0), atol=0.1)


def test_an_npy_file_covers_the_whole_image(tmp_path):
    size = (48, 64)
    box = np.tile([0.0, 0.0, *FILES.IMAGE], (FRAMES, 1))
    np.save(tmp_path / "walk.npy", FILES.maps(FRAMES, size, box))
    clip = read(
        tmp_path / "walk.npy",
        layout="tkhw",
        skeleton="coco17",
        source_fps=25.0,
        image_size=FILES.IMAGE,
    )
    assert clip.fps == 25.0
    check(clip, atol=0.1)
    with pytest.raises(errors.InputError, match=r"walk\.npy: expected a layout"):
        read(tmp_path / "walk.npy")
    with pytest.raises(errors.InputError, match="boxes of the maps' shape, 64 x 48"):
        read(
            tmp_path / "walk.npy",
            layout="tkhw",
            source_fps=25.0,
            image_size=(500, 480),
        )


def test_lower_rates_leave_frames_out(tmp_path):
    path = save(tmp_path / "walk.npz")
    (full,), (half,) = (read(path, fps=fps).views for fps in (50.0, 25.0))
    assert_allclose(half.keypoints, full.keypoints[::2], atol=1e-3)
    assert_allclose(half.crop, full.crop[::2])
    assert len(half.heatmaps.blobs) == FRAMES // 2
    with pytest.raises(errors.InputError, match="--fps"):
        read(path, fps=30.0)


def test_names_of_joints_and_confident_labels(tmp_path):
    names = list(heatmap_arrays.keypoint_orders.skeletons.get("coco17").joints)
    path = save(tmp_path / "walk.npz", skeleton=None, joint_names=names[::-1])
    (view,) = read(path, labels_above=0.6).views
    forward = FILES.keypoints(FRAMES)[:, ::-1]
    seen = FILES.heights(FRAMES)[:, ::-1] > 0
    apart = np.linalg.norm(view.keypoints - forward, axis=-1)
    assert apart[seen].max() < 0.1
    assert_array_equal(view.labelled, view.confidence > 0.6)


def test_folders_give_subjects(tmp_path):
    for name in ("ann/a.npz", "ben/a.npz", "c.npz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        save(tmp_path / name)
    found = [(clip.clip_id, clip.subject) for clip in heatmap_arrays.find(tmp_path)]
    assert found == [("ann/a", "ann"), ("ben/a", "ben"), ("c", "c")]
    (only,) = heatmap_arrays.find(tmp_path, subjects=("ben",))
    assert only.clip_id == "ben/a"


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"layout": None}, "expected a layout, tkhw or thwk. Received: none"),
        ({"layout": "thkw"}, "expected a layout, tkhw or thwk. Received: thkw"),
        ({"skeleton": "mpii16"}, "expected the 16 keypoints of mpii16. Received: 17"),
        ({"skeleton": "nobody"}, "The skeleton must be one of"),
        ({"joint_names": ["nose"]}, "expected 17 joint_names. Received: 1"),
        ({"fps": None}, "fps: expected a positive number.*none"),
        ({"fps": -5.0}, "fps: expected a positive number.*-5.0"),
        ({"fps": "fast"}, "fps: expected a positive number.*fast"),
        ({"image_size": None}, "image_size: expected width and height.*none"),
        ({"image_size": [640]}, r"image_size: expected width and height.*\[640\]"),
        ({"boxes": np.zeros((3, 4))}, r"boxes: .*\[70, 4\]. Received: \[3, 4\]"),
        ({"boxes": np.zeros(4)}, "boxes: expected left, top, right and bottom"),
        ({"boxes": np.full(4, np.nan)}, "boxes: expected left, top, right and bottom"),
        ({"boxes": np.array(list("abcd"))}, "boxes: expected numbers"),
    ],
)
def test_unusable_facts_are_refused(tmp_path, others, message):
    with pytest.raises(errors.InputError, match=message):
        read(save(tmp_path / "walk.npz", **others))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((5, 17, 64)), r"four axes. Received: the shape \[5, 17, 64\]"),
        (np.zeros((0, 17, 64, 64)), "four axes"),
        (np.zeros((2, 17, 4, 64)), "5 to 2048 px in the layout tkhw. Received: 4 x 64"),
        (np.zeros((2, 300, 8, 8)), "at most 200 keypoints"),
        (np.zeros((2, 17, 8, 8), complex), "expected floats or unsigned integers"),
        (np.full((2, 17, 8, 8), np.nan), "expected finite heat maps"),
        (np.full((70, 17, 8, 8), np.inf), "expected finite heat maps"),
        (np.array([{}], object), "Python objects"),
        (np.zeros((2, 17, 8, 8), order="F"), "Fortran"),
    ],
)
@pytest.mark.parametrize("suffix", [".npz", ".npy"])
def test_unusable_arrays_are_refused(tmp_path, array, message, suffix):
    path = tmp_path / f"walk{suffix}"
    if suffix == ".npz":
        np.savez(path, heatmaps=array)
    else:
        np.save(path, array)
    options = {"layout": "tkhw", "skeleton": "coco17", "image_size": (100, 100)}
    with pytest.raises(errors.InputError, match=message):
        read(path, source_fps=50.0, **options)


def test_maps_in_the_other_layout_are_refused(tmp_path):
    # 17 keypoints of 64 x 64 px, said to be 64 of 64 x 17.
    path = save(tmp_path / "walk.npz", layout="tkhw")
    with pytest.raises(
        errors.InputError, match=r"layout thwk: expected .* Received: 64"
    ):
        read(path, layout="thwk")


def test_cut_off_files_are_refused(tmp_path):
    path = save(tmp_path / "walk.npz")
    content = path.read_bytes()
    for share in (0.0, 0.3, 0.99):
        path.write_bytes(content[: int(share * len(content))])
        with pytest.raises(errors.InputError, match=r"walk\.npz: expected an? "):
            read(path)
    np.save(tmp_path / "walk.npy", np.zeros((3, 17, 8, 8), np.float32))
    cut = (tmp_path / "walk.npy").read_bytes()[:-100]
    (tmp_path / "walk.npy").write_bytes(cut)
    with pytest.raises(errors.InputError, match="bytes of numbers"):
        read(tmp_path / "walk.npy", layout="tkhw", source_fps=1.0, image_size=(9, 9))


def test_an_entry_that_inflates_to_more_than_it_says_is_refused(tmp_path):
    path = save(tmp_path / "walk.npz")
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries["heatmaps.npy"] += bytes(20 << 20)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    with pytest.raises(errors.InputError, match="bytes of numbers"):
        read(path)


def test_missing_files_and_options_are_refused(tmp_path):
    with pytest.raises(errors.InputError, match="expected files of heat maps"):
        list(heatmap_arrays.find(tmp_path))
    with pytest.raises(errors.InputError, match="no such path"):
        list(heatmap_arrays.find(tmp_path / "none"))
    np.savez(tmp_path / "a.npz", other=np.zeros(3))
    with pytest.raises(errors.InputError, match="expected the array heatmaps"):
        read(tmp_path / "a.npz", layout="tkhw")
    for option in ({"origin": "middle"}, {"peak": -1.0}):
        with pytest.raises(errors.InputError, match=next(iter(option))):
            list(heatmap_arrays.find(tmp_path, **option))
