"""A trainer as an experiment's settings describe it."""

from stpose_tf import config as configs
from stpose_tf import errors
from stpose_tf.geometry import skeleton_maps, skeletons
from stpose_tf.models import model_builders
from stpose_tf.training import optimizers, trainer


def build_trainer(config: configs.ExperimentConfig) -> trainer.AdversarialTrainer:
    """Returns a trainer with networks and optimizers built, in the current scope."""
    model, loss, optimizer = config.model, config.loss, config.optimizer
    generator = model_builders.build_generator(model)
    averaged = model_builders.build_generator(model) if optimizer.ema else None
    discriminator = None
    if loss.adversarial:
        discriminator = model_builders.build_discriminator(config.discriminator, model)
    built = trainer.AdversarialTrainer(
        generator,
        discriminator,
        averaged_generator=averaged,
        keypoint_map=skeleton_maps.linear_map(
            model.output_skeleton, model.input_skeleton
        ),
        root_index=skeletons.get(model.output_skeleton).root_index,
        multi_view=loss.multi_view,
        reprojection=loss.reprojection,
        adversarial_weight=loss.adversarial,
        likelihood=loss.likelihood,
        form=config.discriminator.form,
        corrupted_weight=config.discriminator.corrupted_weight,
        r1_weight=config.discriminator.r1_weight,
        clip_norm=optimizer.clip_norm,
        ema=optimizer.ema,
    )
    built.compile(
        optimizers.build_generator_optimizer(
            optimizer, generator, steps=config.training.steps
        ),
        discriminator
        and optimizers.build_discriminator_optimizer(optimizer, discriminator),
    )
    return built


def describe(built: trainer.AdversarialTrainer, *, fps: float) -> list[str]:
    """Returns lines for the user: sizes and receptive fields of the networks.

    Args:
        built: The trainer.
        fps: Rate of the records.
    """
    lines = [f"generator: {built.generator.count_params():,} parameters"]
    for stride, field in built.generator.receptive_fields.items():
        frames = field.past + 1 + field.future
        lines.append(
            f"  stride {stride}: sees {frames} frames, {frames / fps:.2f} s at "
            f"{fps:g} fps ({field.past} before, {field.future} after)"
        )
    if built.discriminator is not None:
        size = built.discriminator.count_params()
        lines.append(f"discriminator: {size:,} parameters")
    return lines


def expect_divisible(config: configs.ExperimentConfig, replicas: int) -> None:
    """Raises InputError unless the global batch splits evenly over the replicas."""
    if config.data.batch_size % replicas:
        raise errors.InputError(
            f"config.data.batch_size: expected a multiple of the {replicas} replicas. "
            f"Received: {config.data.batch_size}"
        )
