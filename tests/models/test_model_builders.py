from stpose_tf import config
from stpose_tf.models import model_builders


def test_generator_is_built_as_the_settings_say():
    settings = config.ModelConfig(
        encoder=config.Encoder.PEAKS,
        embedding_size=24,
        strides=(1, 4),
        channels=8,
        head_channels=16,
        causal=True,
    )
    model = model_builders.build_generator(settings)
    assert model.built
    assert model.context == (32, 0)
    encoder = (3 * 17 + 1) * 24
    # A branch: two blocks of two normalizations and two convolutions of 8 channels.
    branch = 4 * (2 * 8 + (3 * 8 + 1) * 8)
    tcn = (24 + 1) * 2 * 8 + 2 * branch
    head = 2 * 16 + (16 + 1) * 16 + (16 + 1) * 48 + (16 + 1) * 4 + (4 + 1) * 17
    assert model.count_params() == encoder + tcn + head


def test_discriminator_takes_the_generators_skeleton():
    settings = config.DiscriminatorConfig(channels=8, temporal_kcs=False, interval=4)
    network = model_builders.build_discriminator(settings, config.ModelConfig())
    assert network.built
    assert network.skeleton == "h36m17"
    assert network.interval == 4
    convolutions = (5 * 187 + 1) * 8 + 2 * (5 * 8 + 1) * 8
    assert network.count_params() == convolutions + 3 * 2 * 8 + 8 + 1
