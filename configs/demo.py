"""The embedded default: procedural motion, minutes on two CPU cores.

python tools/train.py --config=configs/demo.py --records=demo/records \
    --workdir=demo/run

`make demo` runs this and everything around it.
"""

from stpose_tf import config as configs


def get_config() -> configs.ExperimentConfig:
    """Returns the full method at a size that two cores train in four minutes."""
    config = configs.ExperimentConfig(name="demo")
    config.model.heatmap_size = (32, 32)
    config.model.embedding_size = 256
    config.model.channels = 64
    config.model.head_channels = 256
    config.discriminator.channels = 64
    config.data.validation_subjects = ("P01", "P02")
    config.data.heatmap_sigma = 1.2
    config.data.temporal_strides = (1, 2, 3)
    config.detector.sigma = (1.0, 1.4)
    config.training.steps = 1_200
    config.training.steps_per_epoch = 200
    config.training.evaluate_every = 2
    config.optimizer.ema = 0.99
    config.evaluation.views = 2
    return config
