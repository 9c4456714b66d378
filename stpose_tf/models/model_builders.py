"""Networks as an experiment's settings describe them."""

from stpose_tf import config
from stpose_tf.models import stpose, tkcs_discriminator


def build_generator(model: config.ModelConfig) -> stpose.STPose:
    """Returns a generator with its variables in place."""
    generator = stpose.STPose(
        input_skeleton=model.input_skeleton,
        output_skeleton=model.output_skeleton,
        heatmap_size=model.heatmap_size,
        encoder=model.encoder,
        embedding_size=model.embedding_size,
        strides=model.strides,
        channels=model.channels,
        blocks=model.blocks,
        kernel_size=model.kernel_size,
        head_channels=model.head_channels,
        dropout=model.dropout,
        causal=model.causal,
    )
    generator.build((None, None, *generator.heatmap_shape))
    return generator


def build_discriminator(
    discriminator: config.DiscriminatorConfig, model: config.ModelConfig
) -> tkcs_discriminator.TKCSDiscriminator:
    """Returns a discriminator of the generator's skeleton, variables in place."""
    network = tkcs_discriminator.TKCSDiscriminator(
        skeleton=model.output_skeleton,
        spatial_kcs=discriminator.spatial_kcs,
        temporal_kcs=discriminator.temporal_kcs,
        interval=discriminator.interval,
        channels=discriminator.channels,
    )
    network.build()
    return network
