"""What the runs of Tables 1 and 2 and of the studies share, at a size for two cores.

python tools/train.py --config=configs/ablations.py:table2_temporal_kcs \
    --records=records/cmu --workdir=runs/temporal_kcs

One row by itself, as above; a whole table (--table=2), a study (--study=occlusion) or
everything, resumable, with its report:

python tools/experiment.py --study=all --config=configs/ablations.py \
    --data=records/cmu,records/cmu_actions --out=experiments/cmu --seeds=2 --minutes=240

Expected: about 3 minutes a run on two free cores; results stand in the reports.
"""

from stpose_tf import config as configs
from stpose_tf.evaluation import protocols
from stpose_tf.studies import ladders


def get_config(row: str = "") -> configs.ExperimentConfig:
    """Returns the settings that all rows share, or those of one row by its name."""
    config = configs.ExperimentConfig(name="ablations")
    config.model.heatmap_size = (32, 32)
    config.model.channels = 64
    config.model.head_channels = 256
    config.discriminator.channels = 64
    config.data.validation_subjects = protocols.get("cmu").test_subjects
    config.data.batch_size = 8
    config.data.length = 32  # as configs/cmu.py: many short windows, balanced clips
    config.data.balance = 0.5
    config.data.heatmap_sigma = 1.2
    config.detector.sigma = (1.0, 1.4)
    config.views.exchange = 0.3
    config.optimizer.ema = 0.995
    config.training.steps = 1_200
    config.training.steps_per_epoch = 200  # what an interruption can cost, at most
    config.training.evaluate_every = 1_000  # only at the end: no choice by validation
    config.evaluation.views = 2  # of four: the same rows for all, in half the time
    config.evaluation.context = 28  # of the widest model: all get the same rows
    if not row:
        return config
    rungs = {
        rung.name: rung
        for rung in (
            *ladders.TABLE_1.values(),
            *ladders.TABLE_2,
            *ladders.OCCLUSION,
        )
    }
    if row not in rungs:
        raise ValueError(f"expected a row of {', '.join(rungs)}. Received: {row}")
    return rungs[row].config(config)
