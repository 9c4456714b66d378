import keras
import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.models import receptive_field, stpose


@pytest.mark.parametrize("causal", [False, True], ids=["centered", "causal"])
def test_model_equals_the_plain_network_of_dilated_convolutions(
    small_stpose, dilated_stpose, heatmaps, causal
):
    model = small_stpose(causal=causal)
    for time in (1, 23):
        maps = heatmaps(2, time)
        outputs, expected = model(maps), dilated_stpose(model, maps)
        for name, values in expected.items():
            np.testing.assert_allclose(outputs[name], values, rtol=1e-4, atol=1e-2)


@pytest.mark.slow
def test_one_graph_serves_every_batch_and_length(small_stpose, heatmaps):
    model = small_stpose()
    graph = tf.function(
        model, input_signature=[tf.TensorSpec([None, None, 16, 16, 17])]
    )
    for batch, time in ((1, 1), (3, 5), (2, 64), (1, 71)):
        maps = heatmaps(batch, time)
        pose = graph(maps)["pose"]
        assert pose.shape == (batch, time, 17, 3)
        np.testing.assert_allclose(pose, model(maps)["pose"], rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("encoder", ["compact", "peaks"])
@pytest.mark.parametrize("causal", [False, True], ids=["centered", "causal"])
def test_frames_outside_the_clip_act_as_if_absent(
    small_stpose, heatmaps, causal, encoder
):
    model = small_stpose(causal=causal, encoder=encoder)
    clip = heatmaps(2, 11)
    junk = np.full((2, 7, 16, 16, 17), np.nan, np.float32)
    row = tf.concat([junk[:, :2], clip, junk[:, 2:]], axis=1)
    mask = np.zeros((2, 18), np.float32)
    mask[:, 2:13] = 1.0
    outputs = model({"heatmaps": row, "frame_mask": tf.constant(mask)})
    for name, alone in model(clip).items():
        np.testing.assert_allclose(outputs[name][:, 2:13], alone, rtol=1e-4, atol=1e-2)
    outside = np.delete(outputs["pose"], np.s_[2:13], axis=1)
    np.testing.assert_array_equal(outside, np.zeros_like(outside))


def test_a_mask_of_ones_changes_nothing(small_stpose, heatmaps):
    model, maps = small_stpose(), heatmaps(1, 13)
    masked = model({"heatmaps": maps, "frame_mask": tf.ones((1, 13))})
    np.testing.assert_allclose(
        masked["pose"], model(maps)["pose"], rtol=1e-4, atol=1e-2
    )


@pytest.mark.parametrize("causal", [False, True], ids=["centered", "causal"])
def test_a_changed_frame_changes_the_outputs_that_see_it_alone(
    small_stpose, heatmaps, causal
):
    model = small_stpose(causal=causal, strides=(1, 3))
    maps, frame = heatmaps(1, 40), 20
    changed = np.array(maps)
    changed[:, frame] = 0.0
    difference = np.abs(model(changed)["pose"] - model(maps)["pose"]).max((0, 2, 3))
    # One more block would reach further; two of stride 3 reach 12 frames.
    assert model.context == ((24, 0) if causal else (12, 12))
    past, future = model.context
    sees = {
        frame - offset
        for field in model.receptive_fields.values()
        for offset in field.offsets
    }
    expected = sorted(sees & set(range(40)))
    assert max(sees) == frame + past
    assert min(sees) == frame - future
    np.testing.assert_array_equal(np.flatnonzero(difference > 1e-3), expected)


def test_the_error_estimate_moves_no_trunk(small_stpose, heatmaps):
    model, maps = small_stpose(), heatmaps(1, 9)
    with tf.GradientTape() as tape:
        error = tf.reduce_sum(model(maps)["log_sigma"])
    trunk = [*model.embedding.variables, *model.tcn.variables]
    gradients = tape.gradient(error, [v.value for v in trunk])
    assert all(gradient is None for gradient in gradients)


def test_every_weight_learns_from_one_of_the_outputs(small_stpose, heatmaps):
    model, maps = small_stpose(), heatmaps(2, 9)
    with tf.GradientTape() as tape:
        outputs = model(maps, training=True)
        loss = tf.reduce_sum(outputs["pose"] ** 2) + tf.reduce_sum(
            outputs["log_sigma"] ** 2
        )
    gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
    assert all(np.abs(gradient).max() > 0.0 for gradient in gradients)


@pytest.mark.parametrize("encoder", ["compact", "conv5", "peaks"])
def test_model_comes_back_from_its_file_and_its_config(
    small_stpose, heatmaps, tmp_path, encoder
):
    model, maps = small_stpose(encoder=encoder, causal=True), heatmaps(1, 6)
    config = model.get_config()
    assert stpose.STPose.from_config(config).get_config() == config
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(maps)["pose"], model(maps)["pose"])
    model.save_weights(tmp_path / "model.weights.h5")
    empty = stpose.STPose.from_config(config)
    empty.build()
    empty.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(empty(maps)["pose"], model(maps)["pose"])


@pytest.mark.slow
def test_exported_model_takes_any_batch_and_length(small_stpose, heatmaps, tmp_path):
    model = small_stpose()
    shape = (None, None, 16, 16, 17)
    model.export(
        tmp_path / "saved",
        verbose=False,
        input_signature=[
            {
                "heatmaps": keras.InputSpec(shape=shape, dtype="float32"),
                "frame_mask": keras.InputSpec(shape=(None, None), dtype="float32"),
            }
        ],
    )
    served = tf.saved_model.load(str(tmp_path / "saved"))
    for batch, time in ((1, 1), (2, 10)):
        inputs = {"heatmaps": heatmaps(batch, time), "frame_mask": None}
        inputs["frame_mask"] = tf.ones((batch, time))
        expected = model(inputs)
        outputs = served.serve(inputs)
        assert outputs.keys() == expected.keys()
        for name, values in expected.items():
            np.testing.assert_allclose(outputs[name], values, rtol=1e-4, atol=1e-2)


def test_symbolic_inputs_keep_known_sizes():
    model = stpose.STPose(embedding_size=8, channels=4, head_channels=8)
    outputs = model(keras.Input((None, 64, 64, 17)))
    assert outputs["pose"].shape == (None, None, 17, 3)
    assert outputs["log_sigma"].shape == (None, None, 17)
    known = model(keras.Input((10, 64, 64, 17)))
    assert known["pose"].shape == (None, 10, 17, 3)


def test_mixed_precision_keeps_float32_outputs_near_the_full_ones(
    small_stpose, heatmaps
):
    full, maps = small_stpose(), heatmaps(1, 16)
    half = stpose.STPose.from_config({**full.get_config(), "dtype": "mixed_bfloat16"})
    half.build()
    half.set_weights(full.get_weights())
    assert {v.dtype for v in half.weights} == {"float32"}
    outputs, expected = half(maps), full(maps)
    assert {o.dtype for o in outputs.values()} == {tf.float32}
    scale = np.std(expected["pose"])
    np.testing.assert_allclose(outputs["pose"], expected["pose"], atol=0.2 * scale)
    assert np.mean(np.abs(outputs["pose"] - expected["pose"])) < 0.02 * scale


def test_an_untrained_model_says_little_and_knows_it(heatmaps):
    model = stpose.STPose()
    outputs = model(heatmaps(1, 12, size=64))
    assert np.abs(outputs["pose"]).max() < 200.0
    np.testing.assert_allclose(outputs["log_sigma"], np.log(100.0), atol=0.1)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((4, 16, 16, 17), "batch, time, height=16, width=16, keypoints=17"),
        ((1, 4, 32, 16, 17), "height=16"),
        ((1, 4, 16, 16, 16), "keypoints=17"),
    ],
)
def test_heat_maps_of_another_shape_are_refused(small_stpose, shape, expected):
    model = small_stpose()
    for inputs in (tf.zeros(shape), {"heatmaps": tf.zeros(shape)}):
        with pytest.raises(errors.InputError, match=expected):
            model(inputs)


def test_other_inputs_are_refused(small_stpose, heatmaps):
    model, maps = small_stpose(), heatmaps(1, 4)
    with pytest.raises(errors.InputError, match="'heatmaps'"):
        model({"maps": maps})
    with pytest.raises(errors.InputError, match=r"frame_mask .*time=4.*\(1, 5\)"):
        model({"heatmaps": maps, "frame_mask": tf.ones((1, 5))})


def test_unknown_names_are_refused():
    with pytest.raises(errors.InputError, match="compact, conv5, peaks"):
        stpose.STPose(encoder="resnet")
    with pytest.raises(errors.InputError, match="nobody"):
        stpose.STPose(input_skeleton="nobody")
    with pytest.raises(errors.InputError, match="root"):
        stpose.STPose(output_skeleton="coco17")


def test_the_cost_table_has_a_line_for_each_branch():
    model = stpose.STPose()
    lines = receptive_field.table(model.branch_costs, fps=25.0).splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["1", "2", "3", "5", "7"]
