import numpy as np
import pytest

from stpose_tf import config
from stpose_tf.models import model_builders


@pytest.fixture(scope="package")
def tiny_generator():
    """A small generator whose outputs are not those of its first weights."""
    model = config.ModelConfig(
        heatmap_size=(16, 16),
        embedding_size=16,
        strides=(1, 2),
        channels=8,
        blocks=1,
        head_channels=16,
    )
    generator = model_builders.build_generator(model)
    rng = np.random.default_rng(0)
    for variable in generator.trainable_variables:
        variable.assign(variable + 0.2 * rng.normal(size=variable.shape))
    return generator
