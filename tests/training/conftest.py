"""A tiny experiment, and batches of it without records."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import config as configs
from stpose_tf.geometry import rotations, skeleton_maps
from stpose_tf.models import model_builders
from stpose_tf.training import optimizers, trainer
from stpose_tf.training import strategy as devices

TIME = 8
SIZE = 16


@pytest.fixture
def tiny_config():
    """Returns settings whose networks have a few thousand weights and no dropout."""
    config = configs.ExperimentConfig(name="tiny")
    config.model.heatmap_size = (SIZE, SIZE)
    config.model.encoder = configs.Encoder.PEAKS
    config.model.embedding_size = 12
    config.model.strides = (1, 2)
    config.model.channels = 8
    config.model.blocks = 1
    config.model.head_channels = 16
    config.model.dropout = 0.0
    config.discriminator.channels = 8
    config.data.length = TIME
    config.data.batch_size = 4
    config.optimizer.warmup_steps = 2
    config.training.steps = 6
    config.training.steps_per_epoch = 3
    config.training.evaluate_every = 1
    config.training.replicas = 1
    return config


@pytest.fixture
def make_batch():
    """Returns a function that makes a global training batch of the contract."""

    def make(groups=4, *, seed=0, uneven=False):
        """Returns a batch; `uneven` puts other masks and sources into its halves."""
        rng = np.random.default_rng(seed)
        windows = (groups, 2)
        # One smooth motion of a stick-like cloud for each group, seen by two cameras.
        phases = rng.uniform(0, 6, size=(groups, 1, 17, 3))
        times = np.arange(TIME)[None, :, None, None] / 4
        shape = rng.normal(scale=300, size=(groups, 1, 17, 3))
        world = shape + 80 * np.sin(times + phases)
        world -= world[:, :, :1]
        turns = _rotations(seed + 1, windows)
        pose = np.einsum("gvde,gtje->gvtjd", turns, world)
        crop_rotation = _rotations(seed + 2, (*windows, TIME))
        seen = np.einsum("gvtde,gvtje->gvtjd", crop_rotation, pose)
        labels = 0.5 + seen[..., :2] / 2500
        places = np.clip((labels * SIZE).astype(int), 0, SIZE - 1)
        heatmaps = np.zeros((*windows, TIME, SIZE, SIZE, 17), np.float32)
        where = np.indices(places.shape[:-1])
        heatmaps[
            where[0], where[1], where[2], places[..., 1], places[..., 0], where[3]
        ] = 1.0
        valid = np.ones((*windows, TIME, 17))
        pair_weight = np.ones(groups)
        inside = np.ones((*windows, TIME))
        only_2d = np.zeros(windows)
        if uneven:
            valid[0, 0, :, 5:] = 0
            valid[1, 1, 2:] = 0
            only_2d[0, 1] = only_2d[-1, 0] = 1
            inside[-1, 1, 5:] = 0
            valid[inside == 0] = 0
            valid[only_2d > 0] = 0
            pair_weight[[0, -1]] = 0
        batch = {
            "heatmaps": heatmaps,
            "frame_mask": inside,
            "pose": pose,
            "pose_valid": valid,
            "crop_rotation": crop_rotation,
            "keypoint_labels": labels,
            "labelled": rng.uniform(size=(*windows, TIME, 17)) < 0.9,
            "occluded": rng.uniform(size=(*windows, TIME, 17)) < 0.2,
            "only_2d": only_2d,
            "pair_rotation": turns[:, 1] @ np.swapaxes(turns[:, 0], -1, -2),
            "pair_weight": pair_weight,
            "view_rotation": _rotations(seed + 3, windows),
            "real_rotation": _rotations(seed + 4, windows),
            "corrupted": pose + rng.normal(scale=40, size=pose.shape),
        }
        return {name: tf.constant(value, tf.float32) for name, value in batch.items()}

    return make


@pytest.fixture
def two_replicas():
    """Returns a strategy over two logical CPUs."""
    return devices.build(2)


@pytest.fixture
def make_trainer(tiny_config):
    """Returns a function that builds a trainer, in the current strategy's scope."""

    def make(**settings):
        keras.utils.set_random_seed(3)
        generator = model_builders.build_generator(tiny_config.model)
        averaged = model_builders.build_generator(tiny_config.model)
        discriminator = None
        if settings.get("adversarial_weight", 1.0):
            discriminator = model_builders.build_discriminator(
                tiny_config.discriminator, tiny_config.model
            )
        made = trainer.AdversarialTrainer(
            generator,
            discriminator,
            averaged_generator=averaged,
            keypoint_map=skeleton_maps.linear_map("h36m17", "coco17"),
            **settings,
        )
        made.compile(
            optimizers.build_generator_optimizer(
                tiny_config.optimizer, generator, steps=tiny_config.training.steps
            ),
            discriminator
            and optimizers.build_discriminator_optimizer(
                tiny_config.optimizer, discriminator
            ),
        )
        return made

    return make


@pytest.fixture
def weights_of():
    """Returns a function that copies the trainable weights of a network."""

    def copy(network):
        return [v.numpy().copy() for v in network.trainable_variables]

    return copy


def _rotations(seed, shape):
    seed = tf.constant([seed, 0])
    return rotations.random_view_rotation(seed, shape).numpy().astype(np.float64)
