"""A small `STPose` and the plain network of dilated convolutions that it equals."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from stpose_tf.models import stpose


@pytest.fixture
def randomize():
    """Returns a function that gives a layer weights under which nothing is neutral."""

    def randomize(layer, seed=0):
        generator = np.random.default_rng(seed)
        layer.set_weights(
            [
                generator.normal(scale=0.3, size=w.shape).astype("float32")
                for w in layer.get_weights()
            ]
        )
        return layer

    return randomize


@pytest.fixture
def small_stpose(randomize):
    """Returns a function that makes a small model with random weights."""

    def make(**changes):
        settings = {
            "heatmap_size": (16, 16),
            "embedding_size": 12,
            "channels": 8,
            "head_channels": 16,
            **changes,
        }
        model = stpose.STPose(**settings)
        model.build()
        return randomize(model)

    return make


@pytest.fixture
def dilated_branch():
    """Returns a branch's function written with dilated convolutions."""

    def branch(layer, frames):
        x = frames
        for block in range(layer.blocks):
            y = x
            for index in (2 * block, 2 * block + 1):
                gamma, beta = layer.normalizations[index].get_weights()
                mean, variance = tf.nn.moments(y, [-1], keepdims=True)
                y = gamma * (y - mean) / tf.sqrt(variance + 1e-5) + beta
                y = tf.nn.relu(y)
                kernel, bias = layer.convolutions[index].get_weights()
                reach = (len(kernel) - 1) * layer.stride
                before = reach if layer.causal else reach // 2
                y = tf.pad(y, [[0, 0], [before, reach - before], [0, 0]])
                y = tf.nn.conv1d(y, kernel, 1, "VALID", dilations=layer.stride) + bias
            x = x + y
        return x

    return branch


@pytest.fixture
def dilated_stpose(dilated_branch):
    """Returns an `STPose`'s function written with dilated convolutions."""

    def network(model, heatmaps):
        batch, time = heatmaps.shape[:2]
        frames = tf.reshape(heatmaps, (batch * time, *heatmaps.shape[2:]))
        embeddings = tf.reshape(model.embedding(frames), (batch, time, -1))
        kernel, bias = model.tcn.projection.get_weights()
        channels = model.tcn.channels
        features = []
        for number, branch in enumerate(model.tcn.branches):
            own = slice(number * channels, (number + 1) * channels)
            projected = embeddings @ kernel[:, own] + bias[own]
            features.append(dilated_branch(branch, projected))
        return model.head(tf.concat(features, axis=-1))

    return network


@pytest.fixture
def heatmaps():
    """Returns a function that makes heat maps of a small model."""

    def make(batch, time, size=16):
        return tf.constant(
            np.random.default_rng(time).uniform(size=(batch, time, size, size, 17)),
            tf.float32,
        )

    return make


@pytest.fixture
def turn():
    """A rotation about no coordinate axis, `[1, 3, 3]`."""
    axis, angle = np.array([1.0, 2.0, 2.0]) / 3.0, 0.7
    cross = np.cross(np.eye(3), -axis)
    rotation = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return keras.ops.convert_to_tensor(rotation[None], "float32")
