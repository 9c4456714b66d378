"""The two optimizers and the learning rate."""

import keras

from stpose_tf import config as configs
from stpose_tf import errors


def schedule(
    config: configs.OptimizerConfig, steps: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Returns the generator's rate: a linear rise, then a half cosine.

    Raises:
        InputError: If the rise takes the whole run.
    """
    if not 0 <= config.warmup_steps < steps:
        raise errors.InputError(
            "config.optimizer.warmup_steps: expected less than training.steps "
            f"({steps}). Received: {config.warmup_steps}"
        )
    if config.warmup_steps == 0:
        return keras.optimizers.schedules.CosineDecay(
            config.learning_rate, decay_steps=steps, alpha=config.final_rate
        )
    return keras.optimizers.schedules.CosineDecay(
        # Not 0: the first update moves the network too.
        config.learning_rate / (config.warmup_steps + 1),
        decay_steps=steps - config.warmup_steps,
        alpha=config.final_rate,
        warmup_target=config.learning_rate,
        warmup_steps=config.warmup_steps,
    )


def build_generator_optimizer(
    config: configs.OptimizerConfig, generator: keras.Model, *, steps: int
) -> keras.optimizers.Optimizer:
    """Returns AdamW, built in the current strategy's scope; only kernels decay.

    Gradient clipping is the trainer's: Keras would clip each replica by itself.
    """
    optimizer = keras.optimizers.AdamW(
        schedule(config, steps), weight_decay=config.weight_decay
    )
    optimizer.exclude_from_weight_decay(
        var_list=[v for v in generator.trainable_variables if len(v.shape) < 2]
    )
    optimizer.build(generator.trainable_variables)
    return optimizer


def build_discriminator_optimizer(
    config: configs.OptimizerConfig, discriminator: keras.Model
) -> keras.optimizers.Optimizer:
    """Returns Adam with the short memory usual in GANs, built in the scope."""
    optimizer = keras.optimizers.Adam(
        config.discriminator_rate, beta_1=0.5, beta_2=0.99
    )
    optimizer.build(discriminator.trainable_variables)
    return optimizer
