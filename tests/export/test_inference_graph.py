import numpy as np
import pytest

from stpose_tf.export import inference_graph


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("encoder", ["compact", "conv5", "peaks"])
def test_it_says_what_the_model_says(make_generator, encoder, causal):
    generator = make_generator(encoder=encoder, causal=causal, strides=(1, 3), blocks=2)
    rng = np.random.default_rng(1)
    for batch, time in ((1, 1), (2, 7), (1, 40)):
        maps = rng.uniform(size=(batch, time, 16, 16, 17)).astype(np.float32) ** 4
        maps[:, time // 2] = 0  # a frame on which nothing was found
        expected = generator({"heatmaps": maps}, training=False)
        received = inference_graph.predict(generator, maps)
        for name, limit in (("pose", 1e-3), ("log_sigma", 1e-5)):
            np.testing.assert_allclose(received[name], expected[name], atol=limit)
