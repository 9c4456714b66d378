import collections
import importlib.util
from pathlib import Path

import pytest

from stpose_tf import config as configs
from stpose_tf.models import receptive_field
from stpose_tf.studies import experiment_plan, ladders, motion_program

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def get_config():
    path = ROOT / "configs" / "ablations.py"
    spec = importlib.util.spec_from_file_location("ablations", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.get_config


@pytest.fixture
def request_of(get_config, motion_indexes, tmp_path):
    """Returns a function that asks for experiments at their real settings."""

    def make(seeds):
        shared = get_config()
        shared.data.validation_subjects = ("P01",)
        return experiment_plan.Request(
            out=tmp_path / "out",
            shared=experiment_plan.shared_settings(shared, motion_indexes),
            indexes=motion_indexes,
            seeds=seeds,
        )

    return make


def test_everything_is_37_runs_the_most_telling_first(request_of):
    planned = motion_program.parts("all", request_of(seeds=2))
    lines = motion_program.in_order(planned)
    jobs = experiment_plan.jobs(lines)
    folders = [job.folder.name for job in jobs]
    ladder = [f"{rung.name}-seed0" for rung in ladders.TABLE_2]
    assert folders[:7] == ladder
    assert folders[7:11] == [
        "occlusion_with-seed0",
        "occlusion_without-seed0",
        "occlusion_base-seed0",
        "forecast-seed0",
    ]
    one, five = (f"{rung.name}-seed0" for rung in ladders.SPEED)
    assert folders[11:13] == [one, five]  # the speed study, on Table 1's runs
    strides = folders[13:18]
    assert {one, five} < set(strides)
    assert all(name.startswith("table1_e512_t64_s1") for name in strides)
    sweeps = folders[18:28]
    assert all(name.startswith("table1_") for name in sweeps)
    # Then the second seed: not of Table 1, and so not of the speed study.
    again = [name.replace("seed0", "seed1") for name in folders[:11]]
    assert folders[28:] == again
    # 7 + 3 + 1 runs twice, 15 of Table 1 once.
    assert len(set(folders)) == 37
    measured = collections.Counter(name for job in jobs for name, _ in job.measurements)
    assert measured == {
        "report": 14 + 15,
        "strip": 14 + 6 + 2,
        "occlusion": 6,
        "forecast": 2,
        "speed": 2,
    }


def test_one_experiment_alone_has_all_the_seeds(request_of):
    (part,) = motion_program.parts("table1", request_of(seeds=2))
    assert [len(line.jobs) for line in part.lines] == [2] * 15
    result, _ = part.report(command="c")
    assert result["partial"][0] == f"{part.lines[0].rung.label}: 0 of 2 runs"
    assert result["command"] == "c"
    (ladder,) = motion_program.parts("table2", request_of(seeds=1))
    result, _ = ladder.report(command="c")
    assert result["data"]["3D withheld of"] == ["P04"]


def test_every_run_has_the_frames_of_the_others_and_rows_for_its_reach(request_of):
    for part in motion_program.parts("all", request_of(seeds=1)):
        for line in part.lines:
            config = line.jobs[0].config
            # As many frames in a batch; only windows of 80 do not divide them.
            frames = 2 * config.data.batch_size * config.data.length
            assert frames == (480 if part.name == "forecast" else 512), line.rung.name
            for stride in config.model.strides:
                reach = receptive_field.of_branch(
                    stride,
                    blocks=config.model.blocks,
                    kernel_size=config.model.kernel_size,
                    causal=config.model.causal,
                )
                context = max(reach.past, reach.future)
                assert config.evaluation.length > 2 * context
                # Forecasts have rows of their own.
                assert context <= config.evaluation.context or part.name == "forecast"
            assert config.evaluation.context == 28
            assert config.data.balance == 0.5
            training = config.training
            epochs = -(-training.steps // training.steps_per_epoch)
            assert training.evaluate_every > epochs, "nothing is chosen by validation"


def test_the_shared_settings_and_each_row_by_name(get_config):
    shared = get_config()
    configs.validate(shared)
    assert shared.data.validation_subjects == ("02", "16", "39")
    row = get_config("table2_spatial_kcs")
    assert row.loss.adversarial > 0
    assert not row.discriminator.temporal_kcs
    with pytest.raises(ValueError, match=r"expected a row of table1_.*Received: fog"):
        get_config("fog")
