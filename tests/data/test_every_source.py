"""Every source's own test files, all the way into records."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from stpose_tf.data.conversion import conversion_plan, conversion_run, shard_conversion
from stpose_tf.data.conversion.shard_conversion import ClipSettings
from stpose_tf.data.records import record_checks, stored_frames
from stpose_tf.data.source_registry import SOURCES
from stpose_tf.geometry import skeletons
from stpose_tf.viz import record_sheet

FOLDER = Path(__file__).parent


def load(name):
    path = FOLDER / f"{name}.py"
    return SimpleNamespace(**runpy.run_path(str(path), run_name=path.stem))


def h36m_npz(folder):
    files = load("sources/h36m_files")
    sequences = {"S1": ["Walking"], "S9": ["Greeting"]}
    files.write_poses(folder, sequences)
    files.write_keypoints(folder, sequences)
    return folder, {}


def h36m_cdf(folder):
    pytest.importorskip("cdflib")
    load("sources/h36m_files").write_tree(folder, {"S1": ["Walking", "WalkDog"]})
    return folder, {}


def humaneva_npz(folder):
    files = load("sources/humaneva_files")
    files.write_poses(folder)
    files.write_keypoints(folder)
    return folder, {}


def mpi_inf_3dhp(folder):
    pytest.importorskip("scipy")
    files = load("sources/mpi_inf_3dhp_files")
    files.write_train(folder)
    files.write_held_out(folder)
    return folder, {}


def mpi_inf_3dhp_npz(folder):
    files = load("sources/mpi_inf_3dhp_files")
    content = {"S1 Seq1": files.packed_train(files.motion(30))}
    return files.write_packed(folder / "data_train_3dhp.npz", content), {}


def three_dpw(folder):
    files = load("sources/three_dpw_files")
    files.write(folder, files.content(count=2))
    return folder, {}


def penn_action(folder):
    pytest.importorskip("scipy")
    files = load("sources/penn_action_files")
    files.write(folder, "0001", files.fields())
    return folder, {}


def bvh(folder):
    load("sources/bvh_files").write(folder / "walk.bvh")
    return folder, {}


def amass(folder):
    files = load("sources/amass_files")
    files.write(folder, files.smplh(files.swinging(40)))
    return folder, {}


def own_3d(folder):
    files = load("sources/own_3d_files")
    names = skeletons.get("h36m17").joints
    joints = files.figure(names)
    np.savez(folder / "mine.npz", joints=joints, joint_names=names, fps=50.0)
    return folder, {}


def keypoints_2d(folder):
    files = load("detections/detection_files")
    files.write_alphapose(folder / "street.json", files.two_people(40))
    return folder, {"source_fps": 50.0, "image_size": files.SIZE}


def heatmap_arrays(folder):
    files = load("sources/heatmap_files")
    boxes = files.boxes(8, (64, 48))
    facts = {"skeleton": "coco17", "fps": 50.0, "image_size": files.IMAGE}
    maps = files.maps(8, (64, 48), boxes)
    np.savez(folder / "a.npz", heatmaps=maps, layout="tkhw", boxes=boxes, **facts)
    return folder, {}


def joints_npz(folder):
    names = skeletons.get("h36m17").joints
    x, y, z = np.moveaxis(load("sources/own_3d_files").figure(names), -1, 0)
    y_up = np.stack([x, z, -y], axis=-1) / 1000
    np.savez(folder / "clips.npz", walk=y_up)
    return folder / "clips.npz", {}


def procedural(folder):
    del folder
    return None, {"clips": 2, "seconds": 0.5}


BUILDERS = {
    "3dpw": three_dpw,
    **{
        builder.__name__: builder
        for builder in (
            *(h36m_npz, h36m_cdf, humaneva_npz, mpi_inf_3dhp, mpi_inf_3dhp_npz),
            *(penn_action, bvh, amass, own_3d, keypoints_2d, heatmap_arrays),
            *(joints_npz, procedural),
        )
    },
}


def convert_in_turn(tasks):
    for task in tasks:
        shard_conversion.convert(task, tell=lambda name, frames: None)


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILDERS)
def test_files_become_records_that_can_be_drawn(tmp_path, name):
    source = SOURCES[name]
    (tmp_path / "in").mkdir()
    path, options = BUILDERS[name](tmp_path / "in")
    plan = conversion_plan.make(source.find()(path, **options), subjects=())
    settings = ClipSettings(
        dataset=name,
        num_views=2,
        seed=0,
        heatmap_size=(64, 48),
    )
    output = tmp_path / "out"
    with conversion_run.kept_shards(output) as partial:
        outcome = conversion_run.write(
            plan,
            plan.tasks(partial, settings=settings),
            folder=output,
            engine=convert_in_turn,
            begin=lambda clips: None,
        )
    assert outcome.skipped == ()
    index, _ = record_checks.verify(outcome.index, strict=True)
    assert [entry.id for entry in index.clips] == [one.clip_id for one in plan.clips]
    assert [entry.subject for entry in index.clips] == [
        one.subject for one in plan.clips
    ]
    assert all(entry.has_heatmaps for entry in index.clips)
    clips = [stored_frames.read(index, entry, [3]) for entry in index.clips[:2]]
    record_sheet.write(tmp_path / "look.png", clips)
    for clip in clips:
        for view in clip.views:
            distances = record_sheet.offsets(clip, view)
            if distances is not None and len(distances):
                assert np.median(distances) < 2.0
            if clip.pose_world is not None:
                heights = clip.pose_world[0][clip.pose_valid[0], 2]
                assert np.ptp(heights) > 1000


def test_no_source_is_left_out():
    # Videos alone need a 2D network: tests/filming.
    assert set(BUILDERS) | {"cmu_asf_amc", "videos"} == set(SOURCES)
