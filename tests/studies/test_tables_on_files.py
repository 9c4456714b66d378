"""From files as the datasets have them to rows of Tables 3 to 7."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from stpose_tf.data.conversion import conversion_plan, conversion_run, shard_conversion
from stpose_tf.data.conversion.shard_conversion import ClipSettings
from stpose_tf.data.records import record_index
from stpose_tf.data.source_registry import SOURCES
from stpose_tf.motion import generator
from stpose_tf.studies import benchmark_run, page

pytestmark = pytest.mark.slow

FILES = Path(__file__).parents[1] / "data" / "sources"
LONG = 360  # frames at 50 fps: the forecasting windows need 7 s


def _load(name):
    path = FILES / f"{name}.py"
    return SimpleNamespace(**runpy.run_path(str(path), run_name=path.stem))


def _h36m(folder):
    """Two recordings of S5 that are long enough to forecast; one of S9 and of S11."""
    files = _load("h36m_files")
    long, short = ["Walking 1", "Walking"], {"S9": ["Sitting 1"], "S11": ["Waiting"]}
    made = generator.generate("wave", seconds=LONG / 50, fps=50.0, seed=3)
    joints = np.asarray(made.joints_world, np.float64)[:LONG]
    joints -= joints[:, :1].mean(axis=0) * [1, 1, 0]

    def long_views(subject, name, views):
        if subject != "S5":
            return views
        return [files.seen(joints, subject, view).astype("f4") for view in range(4)]

    subjects = {"S5": long, **short}
    pose = (files.official(joints) / 1000).astype("f4")
    changes = {f"S5__{name.replace(' ', '_')}": pose for name in long}
    files.write_poses(folder, subjects, **changes)
    files.write_keypoints(folder, subjects, change=long_views)


def _humaneva(folder):
    files = _load("humaneva_files")
    files.write_poses(folder)
    files.write_keypoints(folder)


def _mpi_inf_3dhp(folder):
    pytest.importorskip("scipy")
    files = _load("mpi_inf_3dhp_files")
    files.write_held_out(folder, "TS1", invalid=(3,))
    files.write_held_out(folder, "TS6")


def _three_dpw(folder):
    files = _load("three_dpw_files")
    files.write(folder, files.content(count=2))


WRITERS = {
    "h36m_npz": _h36m,
    "humaneva_npz": _humaneva,
    "mpi_inf_3dhp": _mpi_inf_3dhp,
    "3dpw": _three_dpw,
}


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """Returns a function that makes a source's files and its records of them, once."""
    folder = tmp_path_factory.mktemp("formats")

    def make(source):
        output = folder / "records" / source
        if not output.exists():
            files = folder / source
            files.mkdir()
            WRITERS[source](files)
            _convert(source, files, output)
        return output

    return make


def _convert(source, files, output):
    plan = conversion_plan.make(SOURCES[source].find()(files), subjects=())
    settings = ClipSettings(dataset=source, num_views=1, seed=0, heatmap_size=None)
    with conversion_run.kept_shards(output) as partial:
        outcome = conversion_run.write(
            plan,
            plan.tasks(partial, settings=settings),
            folder=output,
            engine=lambda tasks: [
                shard_conversion.convert(task, tell=lambda name, frames: None)
                for task in tasks
            ],
            begin=lambda clips: None,
        )
    assert outcome.skipped == ()


@pytest.mark.parametrize(
    ("number", "source", "expected"),
    [
        ("3", "h36m_npz", {"Sit", "Wait"}),
        ("4", "h36m_npz", {"Sit", "Wait"}),
        (
            "5",
            "h36m_npz",
            {f"Walking {h}" for h in ("80", "160", "320", "560", "1000")},
        ),
        (
            "6",
            "humaneva_npz",
            {f"{name} S{n}" for name in ("Walk", "Jog") for n in (1, 2, 3)} | {"Avg"},
        ),
        ("7", "mpi_inf_3dhp", {"PCK"}),
        ("3dpw", "3dpw", {"jointPositions' 14 joints"}),
    ],
)
def test_files_become_rows_of_the_tables(
    number, source, expected, records, tiny_settings, pretend_to_train, tmp_path
):
    folder = records(source)
    # What is seen is the files' own: the model is one of these keypoints.
    tiny_settings.model.input_skeleton = record_index.load(folder).input_skeleton
    pretend_to_train(tmp_path / "model", tiny_settings)
    request = benchmark_run.Request(
        number=number,
        data=[str(folder)],
        out=tmp_path / "out",
        model=tmp_path / "model",
    )
    _, made = benchmark_run.run(request, command="c", say=print)
    table = next(block for block in made.blocks if isinstance(block, page.Table))
    ours = dict(zip(table.header, table.rows[-1], strict=True))
    measured = {name for name, cell in ours.items() if name and cell}
    assert measured == expected
    assert all(float(ours[name]) >= 0 for name in measured)
