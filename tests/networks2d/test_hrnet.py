import keras
import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.networks2d import hrnet, hrnet_conversion, hrnet_heatmaps

WIDTH, KEYPOINTS = 4, 5


@pytest.fixture(scope="module")
def state(hrnet_reference):
    return hrnet_reference.random_state(WIDTH, KEYPOINTS)


@pytest.fixture(scope="module")
def model(state):
    return hrnet_conversion.convert(state, input_size=(64, 96))


@pytest.mark.slow  # Building the network takes seconds.
def test_every_stage_agrees_with_an_independent_reference(
    hrnet_reference, state, model
):
    images = np.random.default_rng(1).normal(0, 1, (2, 64, 96, 3))
    maps, stages = hrnet_reference.forward(state, images)
    ends = {
        "layer1": ["layer1.3.relu3"],
        "stage2": [f"stage2.0.fuse_layers.{i}.relu" for i in range(2)],
        "stage3": [f"stage3.3.fuse_layers.{i}.relu" for i in range(3)],
        "stage4": ["stage4.2.fuse_layers.0.relu"],
    }
    probe = keras.Model(
        model.inputs[0],
        [[model.get_layer(n).output for n in names] for names in ends.values()],
    )
    for found, (stage, _) in zip(probe(images), ends.items(), strict=True):
        assert len(found) == len(stages[stage])
        for ours, theirs in zip(found, stages[stage], strict=True):
            assert np.abs(theirs).max() > 0.1
            np.testing.assert_allclose(ours, theirs, atol=1e-4)
    np.testing.assert_allclose(model(images), maps, atol=1e-4)
    assert maps.shape == (2, 16, 24, KEYPOINTS)


@pytest.mark.slow  # Building the network takes seconds.
def test_names_and_shapes_are_the_official_ones(hrnet_reference, model):
    expected = hrnet_reference.shapes(WIDTH, KEYPOINTS)
    assert hrnet_conversion.expected_shapes(model) == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "parameters"), [(32, 28_536_113), (48, 63_595_745)], ids=["w32", "w48"]
)
def test_parameters_are_counted_as_in_the_paper(hrnet_reference, width, parameters):
    network = hrnet.build(17, width=width)
    counted = sum(int(np.prod(v.shape)) for v in network.trainable_weights)
    assert counted == parameters
    shapes = hrnet_conversion.expected_shapes(network)
    assert shapes == hrnet_reference.shapes(width)
    assert len(shapes) == 1462


def test_the_names_that_the_format_notes_quote(hrnet_reference):
    shapes = hrnet_reference.shapes()
    assert shapes["stage3.0.fuse_layers.2.0.0.0.weight"] == (32, 32, 3, 3)
    assert shapes["stage3.0.fuse_layers.2.0.1.0.weight"] == (128, 32, 3, 3)
    assert shapes["transition1.1.0.0.weight"] == (64, 256, 3, 3)
    assert shapes["final_layer.weight"] == (17, 32, 1, 1)
    assert len(shapes) == 1462


@pytest.mark.parametrize(
    ("prefix", "head"),
    [
        ("module.", "module.final_layer."),
        ("backbone.", "head.final_layer."),
        ("backbone.", "keypoint_head.final_layer."),
    ],
    ids=["checkpoint", "mmpose1", "mmpose0"],
)
def test_wrapped_names_become_the_official_ones(state, prefix, head):
    wrapped = {}
    for key, value in state.items():
        if key.startswith("final_layer."):
            wrapped[head + key.removeprefix("final_layer.")] = value
        else:
            wrapped[prefix + key] = value
    wrapped[f"{prefix}bn1.num_batches_tracked"] = np.array(7)
    named = hrnet_conversion.official_names(wrapped)
    assert named.keys() == state.keys()
    assert all(named[key] is state[key] for key in state)


@pytest.mark.slow  # Building the network takes seconds.
def test_wrong_checkpoints_are_refused(state, model):
    some = dict(state)
    del some["stage3.1.branches.0.0.bn1.bias"]
    with pytest.raises(errors.InputError, match=r"Received: 1 that differ, stage3\.1"):
        hrnet_conversion.assign(model, some)
    with pytest.raises(errors.InputError, match=r"no others .* 1 that differ, fc"):
        hrnet_conversion.assign(model, {**state, "fc": np.zeros(3)})
    with pytest.raises(
        errors.InputError, match=r"bn1\.bias: expected the shape \[64\]"
    ):
        hrnet_conversion.assign(model, {**state, "bn1.bias": np.zeros(32)})
    with pytest.raises(errors.InputError, match="expected HRNet's weights"):
        hrnet_conversion.convert({"weight": np.zeros(3)})


def test_boxes_are_cut_as_the_original_cuts_them():
    # Box (100, 50, 80, 200): its corners go to (87.04, 25.6), (168.96, 230.4) of a
    # crop of 256 x 256, and to (55.04, 25.6), (136.96, 230.4) of 192 x 256.
    box = np.array([100.0, 50.0, 80.0, 200.0])
    for size, left, right in (((256, 256), 87.04, 168.96), ((256, 192), 55.04, 136.96)):
        center_x, center_y, side, roll = hrnet_heatmaps.crop_of_box(box, size)
        assert roll == 0.0
        assert side == 250.0
        # From the image px of the original (centers are whole) to ours, into the
        # crop, and back to px with whole centers.
        scale = size[0] / side
        x = (np.array([100.0, 180.0]) + 0.5 - center_x) * scale + size[1] / 2 - 0.5
        y = (np.array([50.0, 250.0]) + 0.5 - center_y) * scale + size[0] / 2 - 0.5
        np.testing.assert_allclose(x, [left, right])
        np.testing.assert_allclose(y, [25.6, 230.4])


def test_wide_boxes_grow_in_height():
    crop = hrnet_heatmaps.crop_of_box(np.array([0.0, 0.0, 300.0, 100.0]), (256, 192))
    assert crop[2] == 1.25 * 400.0


def test_decoding_goes_a_quarter_towards_the_higher_neighbor():
    maps = np.zeros((64, 48, 4))
    maps[20, 10, 0], maps[20, 11, 0], maps[19, 10, 0] = 0.9, 0.5, 0.3
    maps[0, 7, 1], maps[0, 8, 1] = 0.8, 0.4  # At the border nothing moves.
    maps[30, 30, 2] = 0.7  # Equal neighbors: nothing moves.
    maps[..., 3] = -1.0  # Nothing above 0.
    np.testing.assert_allclose(
        hrnet_heatmaps.decode(maps),
        [[10.25, 19.75, 0.9], [7.0, 0.0, 0.8], [30.0, 30.0, 0.7], [0.0, 0.0, -1.0]],
    )
