import pickle
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from stpose_tf import errors
from stpose_tf.data import heatmap_codec
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.records import record_writer
from stpose_tf.data.source_registry import SOURCES

SIDE = 64


def load(name):
    path = Path(__file__).with_name(f"{name}.py")
    return SimpleNamespace(**runpy.run_path(str(path)))


def gaussians(places, boxes):
    """Returns maps, `[time, K, SIDE, SIDE]`, of keypoints in px, NaN for none."""
    pixel = (boxes[:, 2:] - boxes[:, :2])[:, np.newaxis] / SIDE
    on_map = (places - boxes[:, np.newaxis, :2]) / pixel - 0.5
    rows = np.arange(SIDE)
    along = [
        np.exp(-0.5 * ((rows - on_map[..., [axis]]) / 1.5) ** 2) for axis in (0, 1)
    ]
    found = along[1][..., :, np.newaxis] * along[0][..., np.newaxis, :]
    return np.nan_to_num(found).astype(np.float32)


def arrays(view, shift=0.0):
    """Returns the maps of what a view has, and where they are."""
    center, half = view.crop[:, :2] + shift, view.crop[:, 2:3] * 0.6
    boxes = np.concatenate([center - half, center + half], axis=-1)
    there = view.confidence[..., np.newaxis] > 0
    places = np.where(there, view.keypoints + shift, np.nan)
    return {"heatmaps": gaussians(places, boxes), "boxes": boxes}


def three_dpw(folder):
    files = load("three_dpw_files")
    files.write(folder, files.content(count=2))
    return ["downtown_walk_00_0", "downtown_walk_00_1"]


def penn_action(folder):
    files = load("penn_action_files")
    files.write(folder, "0001", files.fields(hidden=[(3, 5)]))
    return ["0001"]


def mpi_inf_3dhp(folder):
    load("mpi_inf_3dhp_files").write_train(folder)
    return ["S1_Seq1.video_0", "S1_Seq1.video_4"]


def humaneva_npz(folder):
    files = load("humaneva_files")
    files.write_poses(folder, {"Train/S1": ["Walking 1 chunk0"]})
    files.write_keypoints(folder, {"Train/S1": ["Walking 1 chunk0"]})
    return [f"Train/S1/Walking_1_chunk0.{camera}" for camera in ("C1", "C2", "C3")]


BUILDERS = {
    "3dpw": (three_dpw, {}),
    "penn_action": (penn_action, {}),
    "mpi_inf_3dhp": (mpi_inf_3dhp, {"cameras": (0, 4)}),
    "humaneva_npz": (humaneva_npz, {}),
}


@pytest.fixture(params=BUILDERS)
def case(request, tmp_path):
    build, options = BUILDERS[request.param]
    (tmp_path / "in").mkdir()
    names = build(tmp_path / "in")
    maps = tmp_path / "maps"

    def find(**more):
        found = SOURCES[request.param].find()(tmp_path / "in", **options, **more)
        return list(found)

    clips = [planned.read() for planned in find()]
    views = [view for clip in clips for view in clip.views]
    for name, view in zip(names, views, strict=True):
        place = maps / f"{name}.npz"
        place.parent.mkdir(parents=True, exist_ok=True)
        skeleton = clips[0].input_skeleton
        np.savez(place, layout="tkhw", skeleton=skeleton, **arrays(view))
    return SimpleNamespace(find=find, maps=maps, names=names, clips=clips, views=views)


def rewrite(path, **changes):
    with np.load(path) as held:
        content = {name: held[name] for name in held.files} | changes
    np.savez(path, **content)


def test_maps_take_the_place_of_the_2d(case, tmp_path):
    found = [
        pickle.loads(pickle.dumps(planned)).read()
        for planned in case.find(maps=str(case.maps))
    ]
    assert [clip.clip_id for clip in found] == [clip.clip_id for clip in case.clips]
    views = [view for clip in found for view in clip.views]
    for view, own in zip(views, case.views, strict=True):
        there = own.confidence > 0
        pixel = 1.2 * own.crop[:, 2].max() / SIDE
        assert_allclose(view.keypoints[there], own.keypoints[there], atol=0.3 * pixel)
        assert not view.confidence[~there].any()
        assert view.confidence[there].min() > 0.85
        assert not view.labelled.any()
        assert view.heatmap_size == (SIDE, SIDE)
        assert isinstance(view.heatmaps, heatmap_codec.EncodedHeatmaps)
        assert view.image_size == own.image_size
        assert (view.camera is None) == (own.camera is None)
    for clip, own in zip(found, case.clips, strict=True):
        assert (clip.fps, clip.num_frames) == (own.fps, own.num_frames)
        if own.pose_world is not None:
            assert_array_equal(clip.pose_world, own.pose_world)
    with record_writer.RecordWriter(tmp_path / "records") as writer:
        for clip in found:
            writer.write(clip)
    assert writer.index.heatmap_size == (SIDE, SIDE)


def test_half_the_rate_takes_every_second_map(case):
    rate = case.clips[0].fps / 2
    found = [clip.read() for clip in case.find(maps=str(case.maps), fps=rate)]
    views = [view for clip in found for view in clip.views]
    for view, own in zip(views, case.views, strict=True):
        there = own.confidence[::2] > 0
        assert len(view.heatmaps.blobs) == len(there)
        pixel = 1.2 * own.crop[:, 2].max() / SIDE
        expected = own.keypoints[::2][there]
        assert_allclose(view.keypoints[there], expected, atol=0.3 * pixel)


def test_maps_that_do_not_fit_are_refused_and_named(case):
    path = case.maps / f"{case.names[0]}.npz"
    whole = path.read_bytes()
    shifted = arrays(case.views[0], shift=1.5 * case.views[0].crop[:, 2].max())
    rewrite(path, **shifted)
    with pytest.raises(errors.InputError, match=r"\.npz: expected the person of the"):
        case.find(maps=str(case.maps))[0].read()
    path.write_bytes(whole)
    rewrite(path, **{name: array[:-2] for name, array in arrays(case.views[0]).items()})
    count = case.clips[0].num_frames
    with pytest.raises(
        errors.InputError, match=rf"{count} frames of the clip\. Received: {count - 2}"
    ):
        case.find(maps=str(case.maps))[0].read()
    path.write_bytes(whole[:5000])
    with pytest.raises(errors.InputError, match=r"\.npz: expected"):
        case.find(maps=str(case.maps))[0].read()
    path.unlink()
    skipped = case.find(maps=str(case.maps))[0]
    assert isinstance(skipped, Skipped)
    assert skipped.name == case.clips[0].clip_id
    assert "with .npz or .npy. Received: none of them" in skipped.reason


def test_an_array_alone_covers_the_image_in_the_order_that_is_said(case):
    for name, view in zip(case.names, case.views, strict=True):
        width, height = view.image_size
        side = max(width, height)
        boxes = np.tile([0.0, 0, width, height], (len(view.keypoints), 1))
        there = view.confidence[..., np.newaxis] > 0
        square = np.tile([0.0, 0, side, side], (len(boxes), 1))
        whole = gaussians(np.where(there, view.keypoints, np.nan), square)
        rows, columns = round(SIDE * height / side), round(SIDE * width / side)
        maps = whole[:, :, :rows, :columns].transpose(0, 2, 3, 1)
        (case.maps / f"{name}.npz").unlink()
        np.save(case.maps / f"{name}.npy", np.ascontiguousarray(maps * 255))
    facts = {"skeleton": case.clips[0].input_skeleton, "layout": "thwk", "peak": 255.0}
    found = [clip.read() for clip in case.find(maps=str(case.maps), **facts)]
    views = [view for clip in found for view in clip.views]
    for view, own in zip(views, case.views, strict=True):
        pixel = max(own.image_size) / SIDE
        # A peak in the outermost pixels has no neighbors that say where it is.
        inside = np.abs(own.keypoints - np.divide(own.image_size, 2))
        inside = (inside < np.divide(own.image_size, 2) - 2 * pixel).all(axis=-1)
        there = (own.confidence > 0) & inside
        assert there.mean() > 0.8
        assert_allclose(view.keypoints[there], own.keypoints[there], atol=0.5 * pixel)
    with pytest.raises(errors.InputError, match="expected a layout, tkhw or thwk"):
        case.find(maps=str(case.maps))[0].read()
