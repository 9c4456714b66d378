import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.geometry import skeletons
from stpose_tf.networks2d import blazepose, litert_model, model_files


@pytest.fixture(scope="module")
def content():
    """The landmark network, where a machine has it."""
    for size in blazepose.SIZES:
        if model_files.find(f"blazepose_{size}") is not None:
            return model_files.load(f"blazepose_{size}")
    return pytest.skip("no BlazePose network here: tools/fetch_models.py fetches it")


def test_circles_become_upright_crops():
    # Upright: top right above the center. Leaning right by 90 degrees: top to the
    # right, so the crop turns clockwise by 90 degrees.
    crops = blazepose.crop_of_circle([[100, 80], [100, 80]], [[100, 40], [140, 80]])
    np.testing.assert_allclose(
        crops, [[100, 80, 100, 0], [100, 80, 100, np.pi / 2]], atol=1e-12
    )


def test_coco_is_a_subset_by_name(content):
    crops = np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3), np.uint8)
    every = blazepose.BlazePose(content, skeleton="blazepose33")(crops)
    some = blazepose.BlazePose(content)(crops)
    index = [0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
    np.testing.assert_array_equal(some.maps, every.maps[..., index])
    names = skeletons.get("blazepose33").joints
    assert tuple(names[i] for i in index) == skeletons.get("coco17").joints
    assert some.maps.shape == (2, 64, 64, 17)
    assert 0.0 <= some.maps.min() <= some.maps.max() <= 1.0


def test_nobody_is_in_noise(content):
    crops = np.random.default_rng(0).integers(0, 256, (2, 256, 256, 3), np.uint8)
    assert blazepose.BlazePose(content)(crops).presence.max() < 0.5


def test_people_of_a_batch_do_not_mix(content):
    crops = np.random.default_rng(0).integers(0, 256, (3, 256, 256, 3), np.uint8)
    network = blazepose.BlazePose(content)
    together = network(crops)
    alone = network(crops[1:2])
    np.testing.assert_array_equal(together.maps[1], alone.maps[0])
    np.testing.assert_array_equal(together.following[1], alone.following[0])


def test_another_network_is_refused(content):
    with pytest.raises(errors.InputError, match=r"shapes \[\[1, 224, 224, 3\]"):
        litert_model.LitertModel(
            content, name="x", input_shape=(1, 224, 224, 3), output_shapes=()
        )
    with pytest.raises(errors.InputError, match="x: expected a LiteRT network"):
        litert_model.LitertModel(
            content[:100], name="x", input_shape=(1, 2, 2, 3), output_shapes=()
        )
