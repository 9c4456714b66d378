import numpy as np

from stpose_tf.export import keras_file
from stpose_tf.models import presets


def test_a_file_and_a_preset_say_what_the_model_says(
    job, tiny_config, preprocessor, tiny_generator, documented, tmp_path
):
    maps = np.random.default_rng(0).uniform(size=(2, 9, 16, 16, 17)) ** 4
    maps = maps.astype(np.float32)
    expected = tiny_generator(maps, training=False)["pose"]
    keras_file.write(job, tmp_path)
    received = documented["poses_by_keras"](tmp_path / keras_file.FILE, maps)
    np.testing.assert_allclose(received, expected, atol=1e-3)
    tiny_generator.save_to_preset(
        tmp_path / "preset",
        preset=presets.Preset(config=tiny_config, preprocessor=preprocessor, card=""),
    )
    poses = list(documented["follow_with_keras"](tmp_path / "preset", maps[0]))
    np.testing.assert_allclose(poses, expected[0], atol=1e-3)
