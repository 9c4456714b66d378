"""A small model whose answers look like poses, and windows of made-up motion."""

import contextlib
import re
from pathlib import Path

import numpy as np
import pytest

from stpose_tf import config as configs
from stpose_tf.export import comparison, sample_windows
from stpose_tf.export import job as jobs
from stpose_tf.models import model_builders, presets


@pytest.fixture(scope="package")
def make_generator():
    """Returns a function that makes a small model of weights that are not its first.

    Its joints move by about 100 mm, so that an error of a weight is an error of a
    pose as it is in a trained model.
    """

    def make(**settings):
        model = configs.ModelConfig(
            **{
                "heatmap_size": (16, 16),
                "embedding_size": 16,
                "strides": (1, 2),
                "channels": 8,
                "blocks": 1,
                "head_channels": 16,
                **settings,
            }
        )
        generator = model_builders.build_generator(model)
        rng = np.random.default_rng(0)
        for variable in generator.trainable_variables:
            last = any(name in variable.path for name in ("/position", "/error/"))
            noise = rng.normal(size=variable.shape)
            variable.assign(variable + (0.01 if last else 0.2) * noise)
        return generator

    return make


@pytest.fixture(scope="package")
def tiny_generator(make_generator):
    return make_generator()


@pytest.fixture(scope="package")
def tiny_config(tiny_generator):
    """The settings that `tiny_generator` would have come from; no records."""
    own = tiny_generator.get_config()
    names = configs.ModelConfig.__dataclass_fields__
    model = configs.ModelConfig(**{name: own[name] for name in names})
    config = configs.ExperimentConfig(model=model)
    config.data.heatmap_sigma = 1.0
    return config


@pytest.fixture(scope="package")
def preprocessor(tiny_config):
    return presets.describe(tiny_config, fps=60.0, mean_pose=np.zeros((17, 3)))


@pytest.fixture(scope="package")
def source(tiny_config):
    with sample_windows.open_source(tiny_config) as opened:
        yield opened


@pytest.fixture(scope="package")
def job(tiny_generator, preprocessor, source):
    return jobs.Job(generator=tiny_generator, preprocessor=preprocessor, source=source)


@pytest.fixture(scope="package")
def reference(job):
    """The model's answers on two clean and two occluded windows."""
    windows = [
        job.source.windows(condition, count=2, training=False)
        for condition in ("clean", "points30")
    ]
    return comparison.Comparison(job.generator, windows, preprocessor=job.preprocessor)


@pytest.fixture(scope="package")
def documented():
    """What the examples of docs/serving.md define; those that cannot be run are not."""
    text = (Path(__file__).parents[2] / "docs" / "serving.md").read_text()
    names = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        with contextlib.suppress(ImportError):
            exec(block, names)
    return names
