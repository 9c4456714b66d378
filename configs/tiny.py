"""A run of seconds, for tests and for trying a command.

python tools/train.py --config=configs/tiny.py --records=records/demo \
    --workdir=runs/tiny

Result: none worth keeping; every part of the method runs.
"""

from stpose_tf import config as configs


def get_config() -> configs.ExperimentConfig:
    """Returns the paper's method, shrunk."""
    config = configs.ExperimentConfig(name="tiny")
    config.model.heatmap_size = (16, 16)
    config.model.embedding_size = 16
    config.model.strides = (1, 2)
    config.model.channels = 8
    config.model.blocks = 1
    config.model.head_channels = 16
    config.discriminator.channels = 8
    config.data.length = 16
    config.data.temporal_strides = (1, 2)
    config.data.batch_size = 2
    config.data.validation_subjects = ("P01",)
    config.training.steps = 4
    config.training.steps_per_epoch = 2
    config.training.evaluate_every = 1
    config.training.validation_windows = 4
    config.optimizer.warmup_steps = 1
    config.evaluation.length = 48
    config.evaluation.views = 1
    return config
