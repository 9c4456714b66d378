import dataclasses
import json

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.data.records import record_index
from stpose_tf.evaluation import protocols
from stpose_tf.studies import (
    benchmark_run,
    benchmark_table,
    benchmark_training,
    dataset_lookup,
    page,
    page_pictures,
    published,
    run_lines,
)

ABOUT = {"command": "c", "data": {}, "runs": {}}
NO_CELL = {"mpjpe_mm": None, "p_mpjpe_mm": None}


def _first_table(number, found):
    result = benchmark_table.collect(number, found, about=ABOUT, reason="no model")
    made = benchmark_table.make_page(json.loads(json.dumps(result)))
    tables = [block for block in made.blocks if isinstance(block, page.Table)]
    return result, tables[0]


@pytest.mark.parametrize("number", sorted(benchmark_table.PROTOCOLS))
def test_what_was_not_run_stays_empty(number):
    result, table = _first_table(number, None)
    assert result["partial"] == ["no model"]
    *papers, ours = table.rows
    assert len(papers) == len(published.TABLES[number].rows)
    assert set(ours[1:]) == {""}
    for row in table.rows:
        assert len(row) == len(table.header)


def test_our_row_stands_under_the_right_columns():
    cells = {
        label: {"mpjpe_mm": 10.0 + place}
        for place, label in enumerate(protocols.H36M_ACTIONS.values())
    }
    cells["Sit"] = {"mpjpe_mm": None}
    found = {"cells": cells, "average": {"mpjpe_mm": 33.3}, "frames": 5, "partial": []}
    _, table = _first_table("3", found)
    ours = dict(zip(table.header, table.rows[-1], strict=True))
    assert ours["Direct"] == "10.0"
    assert ours["WalkT."] == "24.0"
    assert ours["Sit"] == ""
    assert ours["Avg"] == "33.3"
    paper = dict(zip(table.header, table.rows[-2], strict=True))
    assert paper["SitD."] == "51.3"


def test_3dpws_other_joints_have_a_column_of_their_own():
    found = {
        "cells": {},
        "average": {"p_mpjpe_mm": 61.5},
        "frames": 3,
        "partial": [],
        "3dpw_lsp14": {"p_mpjpe_mm": 72.25},
    }
    _, table = _first_table("3dpw", found)
    assert table.rows[-1][1:] == ("72.2", "61.5")
    assert table.rows[0][1:] == ("157.0", "")
    del found["3dpw_lsp14"]
    assert _first_table("3dpw", found)[1].rows[-1][1:] == ("", "61.5")


def test_angles_stand_by_action_and_horizon():
    found = {
        "angles": {"Smoking": {"80": 0.5, "1000": 2.25}},
        "partial": ["no recordings of Walking"],
    }
    _, table = _first_table("5", found)
    ours = dict(zip(table.header, table.rows[-1], strict=True))
    assert ours["Smoking 80"] == "0.50"
    assert ours["Smoking 1000"] == "2.25"
    assert ours["Walking 80"] == ""


def _entry(index, subject, action):
    return record_index.ClipEntry(
        id=f"{subject}/{action}",
        subject=subject,
        action=action,
        dataset=index,
        fps=50.0,
        frames=9,
        views=4,
        has_pose=True,
        has_keypoints_world=True,
        has_heatmaps=False,
        shard=0,
        chunks=(),
    )


def _index(tmp_path, dataset, members):
    return record_index.RecordIndex(
        folder=tmp_path,
        dataset=dataset,
        input_skeleton="coco17",
        output_skeleton="h36m17",
        heatmap_size=None,
        fps=50.0,
        shards=(),
        clips=tuple(_entry(dataset, *member) for member in members),
    )


def test_training_uses_whom_the_protocol_names(tmp_path, tiny_settings):
    people = ("S1", "S2", "S5", "S9", "S11")
    index = _index(tmp_path, "h36m", [(person, "Walking") for person in people])
    index = dataclasses.replace(index, input_skeleton="h36m17")
    config = benchmark_training.training_config("3", tiny_settings, [index])
    assert config.data.validation_subjects == ("S11", "S9")
    assert config.data.exclude_clips == ("S2/Walking",)
    assert not config.data.virtual_views
    assert config.model.input_skeleton == "h36m17"
    assert tiny_settings.model.input_skeleton == "coco17"
    forecast = benchmark_training.training_config("5", tiny_settings, [index])
    assert forecast.data.validation_subjects == ("S5",)
    assert (
        benchmark_training.run_name("7")
        == benchmark_training.run_name("3dpw")
        == "h36m"
    )
    assert benchmark_training.run_name("5") != benchmark_training.run_name("3")
    members = [("Train/S1", "Jog"), ("Train/S1", "Gestures"), ("Validate/S2", "Box")]
    index = _index(tmp_path, "humaneva", members)
    config = benchmark_training.training_config("6", tiny_settings, [index])
    assert config.data.validation_subjects == ("Validate/S2",)
    assert config.data.exclude_clips == ("Train/S1/Gestures",)


def test_training_settings_are_those_of_the_protocol(tmp_path, tiny_settings):
    index = _index(tmp_path, "h36m", [("S1", "Walking"), ("S5", "Walking")])
    tiny_settings.evaluation.temporal_stride = 2
    tiny_settings.evaluation.views = 2
    config = benchmark_training.training_config("3", tiny_settings, [index])
    assert config.evaluation.temporal_stride == 1  # 50 fps, every frame
    assert config.evaluation.views == 0
    assert config.data.length == tiny_settings.data.length
    # 25 fps, windows that hold what is seen and the second that is predicted.
    forecast = benchmark_training.training_config("5", tiny_settings, [index])
    assert forecast.evaluation.temporal_stride == 2
    assert forecast.data.temporal_strides == (2,)
    assert forecast.data.length == 75
    assert forecast.augment.run_length == 25
    assert forecast.augment.run_at_end > tiny_settings.augment.run_at_end
    halved = dataclasses.replace(index, fps=25.0)
    for number in ("3", "5"):
        config = benchmark_training.training_config(number, tiny_settings, [halved])
        assert config.evaluation.temporal_stride == 1
    index = dataclasses.replace(_index(tmp_path, "humaneva", []), fps=60.0)
    config = benchmark_training.training_config("6", tiny_settings, [index])
    assert config.evaluation.temporal_stride == 1


def test_a_model_that_knows_the_tested_is_said_to(tmp_path, tiny_settings):
    people = ("S1", "S5", "S9", "S11")
    index = _index(tmp_path, "h36m", [(person, "Walking") for person in people])
    config = benchmark_training.training_config("3", tiny_settings, [index])
    h36m = protocols.get("h36m_p1").train_subjects

    def line(**changes):
        data = dataclasses.replace(config.data, **changes)
        return benchmark_training.trained_on(data, [index], may=h36m)

    assert line() == []
    assert line(validation_subjects=("S9",)) == ["the model was trained on S11"]
    some = {"validation_subjects": ("S9",), "exclude_clips": ("S11/Walking",)}
    assert line(**some) == []
    assert line(validation_subjects=(), records=("elsewhere",)) == []
    # Table 3's model has seen Table 5's subject; a dataset that nobody trains on.
    forecasters = benchmark_training.trained_on(config.data, [index], may=("S1",))
    assert forecasters == ["the model was trained on S5"]


def test_missing_data_says_which_files_and_whose_terms(tmp_path, make_records):
    make_records(tmp_path / "cmu", [("a", "02", "walk")], dataset="cmu_asf_amc")
    for number in benchmark_table.PROTOCOLS:
        dataset = dataset_lookup.DATASETS[benchmark_training.TESTED_ON[number]]
        with pytest.raises(errors.InputError) as raised:
            dataset_lookup.find([tmp_path], dataset, purpose=f"Table {number}")
        message = str(raised.value)
        assert f"Table {number}: expected records of {dataset.title}" in message
        assert dataset.files[0] in message
        assert dataset.terms in message
        assert f"--source={dataset.sources[0]}" in message
        assert "Received: records of cmu_asf_amc" in message
        assert "\n" not in message


def test_original_files_are_recognized(tmp_path):
    (tmp_path / "data_3d_h36m.npz").write_bytes(b"")
    dataset = dataset_lookup.DATASETS["h36m"]
    with pytest.raises(errors.InputError, match="not yet made into records"):
        dataset_lookup.find([tmp_path], dataset, purpose="Table 3")
    gone = [tmp_path, tmp_path / "none"]
    with pytest.raises(errors.InputError, match=r"terms .*no such folder, .*none"):
        dataset_lookup.find(gone, dataset, purpose="Table 3")
    with pytest.raises(errors.InputError, match=r"h36m_npz.*a file, .*data_3d"):
        dataset_lookup.find([tmp_path / "data_3d_h36m.npz"], dataset, purpose="Table 3")
    with pytest.raises(errors.InputError, match="--data names a folder"):
        dataset_lookup.find([], dataset, purpose="Table 3")


def test_records_are_found_in_and_below_folders(tmp_path, make_records):
    for name, dataset in (("one", "h36m"), ("two", "procedural"), ("three", "h36m")):
        make_records(tmp_path / name, [(name, "S9", "Walking")], dataset=dataset)
    known = dataset_lookup.DATASETS
    found = dataset_lookup.find([tmp_path], known["h36m"], purpose="p")
    assert [index.folder.name for index in found] == ["one", "three"]
    (only,) = dataset_lookup.find([tmp_path / "one"], known["h36m"], purpose="p")
    assert only.folder == tmp_path / "one"
    every = dataset_lookup.find(
        [tmp_path, tmp_path / "one"], known["motion"], purpose="p"
    )
    assert len(every) == 3


MEMBERS = {
    "h36m": [
        ("S9/Walking", "S9", "Walking"),
        ("S11/Sitting", "S11", "Sitting"),
        ("S5/Walking 1", "S5", "Walking"),
        ("S5/Walking", "S5", "Walking"),
    ],
    "humaneva": [("Validate/S1/Jog 1 chunk0", "Validate/S1", "Jog")],
    "mpi_inf_3dhp": [("TS1", "TS1", "green_screen"), ("TS6", "TS6", "outdoor")],
    "3dpw": [("walk_00_0", "test", "walk"), ("walk_01_0", "train", "walk")],
}


@pytest.fixture(scope="module")
def owned(make_records, tmp_path_factory):
    """A folder with records of every dataset of the paper, and a preset."""
    folder = tmp_path_factory.mktemp("owned")
    for dataset, members in MEMBERS.items():
        seconds = 7.0 if dataset == "h36m" else 1.5
        make_records(
            folder / dataset,
            members,
            dataset=dataset,
            fps=50.0,
            seconds=seconds,
            views=1,
        )
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("number", sorted(benchmark_table.PROTOCOLS))
def test_tables_run_on_records_of_their_dataset(
    number, owned, tiny_settings, pretend_to_train, tmp_path, monkeypatch
):
    folder = tmp_path / "model"
    tiny_settings.data.records = tuple(str(owned / name) for name in MEMBERS)
    pretend_to_train(folder, tiny_settings)
    request = benchmark_run.Request(
        number=number,
        data=[str(owned)],
        out=tmp_path / "out",
        model=folder,
        flip=number == "3",
    )
    result, made = benchmark_run.run(request, command="c", say=print)
    table = next(block for block in made.blocks if isinstance(block, page.Table))
    ours = dict(zip(table.header, table.rows[-1], strict=True))
    measured = {name for name, cell in ours.items() if name and cell}
    assert (
        measured
        == {
            "3": {"Walk", "Sit"},
            "4": {"Walk", "Sit"},
            "5": {f"Walking {h}" for h in ("80", "160", "320", "560", "1000")},
            "6": {"Jog S1"},
            "7": {"PCK"},
            "3dpw": {"jointPositions' 14 joints"},
        }[number]
    )
    known = "the model was trained on "
    partial = [line for line in result["partial"] if not line.startswith(known)]
    assert partial, "a part of a dataset is said to be one"
    assert len(partial) == len(result["partial"]) - 1
    assert "Partial" in run_lines.to_text(made)
    charts = [block for block in made.blocks if isinstance(block, page.Charts)]
    assert len(charts) == (number != "3dpw")  # one column is no curve
    strips = [block for block in made.blocks if isinstance(block, page.Strip)]
    assert ["missing" in strip.heading for strip in strips] == [True, False]
    # Whole frames are missing in the first; the second's occluder may pass beside.
    whole = np.asarray(strips[0].hidden).all(axis=1)
    assert whole.any()
    assert not whole.all()
    for strip in strips:
        assert list(strip.poses) == ["STPose-TF, measured here"]
        page_pictures.draw(strip)
    # The same weights, records and options are not measured again.
    request.out.mkdir()
    (request.out / f"table{number}.json").write_text(json.dumps(result))
    monkeypatch.setattr(benchmark_table, "measure", pytest.fail)
    again, _ = benchmark_run.run(request, command="c", say=print)
    assert again["found"] == json.loads(json.dumps(result["found"]))


@pytest.mark.slow
def test_the_mirror_image_has_its_say_in_every_column(
    owned, tiny_settings, pretend_to_train, tmp_path
):
    folder = tmp_path / "model"
    pretend_to_train(folder, tiny_settings)
    joints = tmp_path / "joints.npz"
    truths = np.random.default_rng(0).normal(scale=300, size=(75, 14, 3))
    np.savez(joints, walk_00_0=truths)
    for number, options, columns in (
        ("3dpw", {"smpl_joints": str(joints)}, (("average",), ("3dpw_lsp14",))),
        ("5", {}, (("angles", "Walking"),)),
    ):
        records = [str(owned / benchmark_training.TESTED_ON[number])]
        one, other = (
            benchmark_table.measure(number, str(folder), records, flip=flip, **options)
            for flip in (False, True)
        )
        for column in columns:
            values = [_at(found, column) for found in (one, other)]
            assert values[0] != pytest.approx(values[1], rel=1e-6), column


def _at(found, keys):
    for key in keys:
        found = found[key]
    return found


@pytest.mark.parametrize(
    ("number", "option"),
    [
        ("5", {"max_windows": 4}),
        ("5", {"skip_damaged": True}),
        ("6", {"skip_damaged": True}),
        ("3", {"smpl_joints": "joints.npz"}),
    ],
)
def test_options_without_meaning_are_refused(number, option, tmp_path):
    request = benchmark_run.Request(
        number=number, data=[], out=tmp_path, model=tmp_path, **option
    )
    with pytest.raises(errors.InputError, match=f"Table {number}: expected no --"):
        benchmark_run.run(request, command="c", say=print)


def test_no_model_and_no_way_to_one(owned, tmp_path):
    request = benchmark_run.Request(number="3", data=[str(owned)], out=tmp_path / "out")
    with pytest.raises(errors.InputError, match="--workdir or --preset"):
        benchmark_run.run(request, command="c", say=print)
