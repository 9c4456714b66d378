import itertools

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.models import stpose, stream_step

EQUAL_MM = 1e-3  # of poses of some 2 m
CAUSAL = pytest.mark.parametrize("causal", [False, True], ids=["centered", "causal"])


@pytest.fixture
def stream():
    """Returns a function from a clip to outputs of its own frames, frame by frame."""
    traced = {}  # once for clips of all lengths

    def run(step, heatmaps, frame_mask=None):
        batch, time = heatmaps.shape[:2]
        if frame_mask is None:
            frame_mask = np.ones((batch, time), np.float32)
        advance = traced.setdefault(step, tf.function(step.step))
        state, frames = step.initial_state(batch), []
        nothing = np.full(heatmaps[:, 0].shape, np.nan, np.float32)
        for t in range(time + step.lookahead):
            inside = t < time
            outputs, state = advance(
                tf.constant(heatmaps[:, t] if inside else nothing),
                tf.constant(frame_mask[:, t] if inside else np.zeros(batch, "f")),
                state,
            )
            frames.append(outputs)
        frames = frames[step.lookahead :]
        return {n: np.stack([f[n] for f in frames], axis=1) for n in frames[0]}

    return run


def _assert_equal(outputs, expected, inside):
    np.testing.assert_array_equal(outputs["ready"], inside)
    np.testing.assert_allclose(outputs["pose"], expected["pose"], atol=EQUAL_MM)
    np.testing.assert_allclose(
        outputs["log_sigma"][inside], expected["log_sigma"][inside], atol=1e-5
    )


@CAUSAL
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"strides": (7, 1, 3), "encoder": "peaks"},
        {"strides": (2,), "blocks": 3, "kernel_size": 5},
    ],
    ids=["default", "unordered strides", "wide kernel"],
)
def test_stream_equals_the_plain_network_of_dilated_convolutions(
    small_stpose, dilated_stpose, heatmaps, stream, causal, changes
):
    model = small_stpose(causal=causal, **changes)
    step = stream_step.StreamStep(model)
    assert step.lookahead == model.context[1]
    for time in (1, 2, 40):
        maps = heatmaps(2, time)
        expected = dilated_stpose(model, maps)
        inside = np.ones((2, time), bool)
        _assert_equal(stream(step, maps.numpy()), expected, inside)


@CAUSAL
def test_stream_equals_the_model_from_the_first_frame_on_at_every_length(
    small_stpose, heatmaps, stream, causal
):
    model = small_stpose(causal=causal)
    step = stream_step.StreamStep(model)
    offline = tf.function(
        model, input_signature=[tf.TensorSpec([None, None, *model.heatmap_shape])]
    )
    # One row per length: the clip is over after so many frames.
    lengths = np.array([1, 2, 3, 8, 27, 28, 29, 30, 56, 57, 58, 64, 65])
    maps = np.repeat(heatmaps(1, 66).numpy(), len(lengths), axis=0)
    inside = np.arange(66) < lengths[:, None]
    outputs = stream(step, maps, inside.astype(np.float32))
    for row, time in enumerate(lengths):
        expected = offline(maps[:1, :time])
        for name, tolerance in (("pose", EQUAL_MM), ("log_sigma", 1e-5)):
            received = outputs[name][row, :time]
            np.testing.assert_allclose(received, expected[name][0], atol=tolerance)
        np.testing.assert_array_equal(outputs["pose"][row, time:], 0.0)


@CAUSAL
def test_absent_frames_act_as_frame_mask_zero_does_whatever_their_maps_hold(
    small_stpose, heatmaps, stream, causal
):
    model = small_stpose(causal=causal)
    maps, random = heatmaps(5, 80).numpy(), np.random.default_rng(1)
    inside = np.ones((5, 80), bool)
    inside[1, 20:23] = False
    inside[2, 10:60] = False
    inside[3] = random.uniform(size=80) < 0.6
    inside[4] = False
    maps[~inside] = np.nan
    mask = inside.astype(np.float32)
    expected = model({"heatmaps": maps, "frame_mask": tf.constant(mask)})
    outputs = stream(stream_step.StreamStep(model), maps, mask)
    _assert_equal(outputs, expected, inside)


@CAUSAL
def test_frames_without_any_peak_act_as_they_do_offline(
    small_stpose, heatmaps, stream, causal
):
    model = small_stpose(causal=causal)
    maps = heatmaps(1, 50).numpy()
    maps[:, 15:31] = 0.0
    outputs = stream(stream_step.StreamStep(model), maps)
    _assert_equal(outputs, model(maps), np.ones((1, 50), bool))


@CAUSAL
def test_a_person_starts_anew_where_the_state_is_zeroed(small_stpose, heatmaps, causal):
    step = stream_step.StreamStep(small_stpose(causal=causal))
    advance, maps, ones = tf.function(step.step), heatmaps(2, 90), tf.ones(2)
    state = step.initial_state(2)
    assert all(not np.any(values) for values in state.values())
    for t in range(30):
        _, state = advance(maps[:, t], ones, state)
    keep = tf.constant([1.0, 0.0])
    state = {
        name: tf.reshape(keep, (2, *[1] * (values.ndim - 1))) * values
        for name, values in state.items()
    }
    fresh = step.initial_state(2)
    for t in range(30, 90):
        outputs, state = advance(maps[:, t], ones, state)
        expected, fresh = advance(maps[:, t], ones, fresh)
        np.testing.assert_array_equal(outputs["pose"][1], expected["pose"][1])
        # Only a person's own past counts.
        if step.lookahead <= t - 30 < step.lookahead + 5:
            gap = np.abs(outputs["pose"][0] - expected["pose"][0])
            assert gap.max() > 1.0


@CAUSAL
def test_a_spoilt_frame_is_forgotten_after_its_receptive_field(
    small_stpose, heatmaps, causal
):
    model = small_stpose(causal=causal)
    step = stream_step.StreamStep(model)
    advance, maps = tf.function(step.step), heatmaps(1, 130).numpy()
    states = [step.initial_state(1)] * 2
    wrong = []
    for t in range(130):
        poses = []
        for clip, factor in enumerate((1.0, 50.0 if t == 40 else 1.0)):
            frame = tf.constant(factor * maps[:, t])
            outputs, states[clip] = advance(frame, tf.ones(1), states[clip])
            poses.append(outputs["pose"])
        wrong.append(not np.array_equal(*poses))
    past, future = model.context
    seen_by = np.flatnonzero(wrong) - step.lookahead
    assert seen_by.min() == 40 - future
    assert seen_by.max() == 40 + past


def test_the_step_follows_the_model_as_it_learns(small_stpose, heatmaps, stream):
    model = small_stpose(causal=True)
    step = stream_step.StreamStep(model)
    before = stream(step, heatmaps(1, 12).numpy())
    model.set_weights([1.1 * weights for weights in model.get_weights()])
    after = stream(step, heatmaps(1, 12).numpy())
    _assert_equal(after, model(heatmaps(1, 12)), np.ones((1, 12), bool))
    assert np.abs(after["pose"] - before["pose"]).max() > 1.0


@pytest.mark.slow
def test_one_graph_serves_every_number_of_people(small_stpose, heatmaps):
    model = small_stpose()
    step = stream_step.StreamStep(model)
    graph = tf.function(
        step.step,
        input_signature=[
            tf.TensorSpec([None, *model.heatmap_shape]),
            tf.TensorSpec([None]),
            {n: tf.TensorSpec([None, *s]) for n, s in step.state_shapes.items()},
        ],
    )
    for batch in (1, 3):
        maps = heatmaps(batch, 60)
        state = known = step.initial_state(batch)
        for t in range(40):
            outputs, state = graph(maps[:, t], tf.ones(batch), state)
            expected, known = step.step(maps[:, t], tf.ones(batch), known)
            tf.nest.map_structure(
                lambda a, b: np.testing.assert_allclose(a, b, atol=EQUAL_MM),
                (outputs, state),
                (expected, known),
            )


def test_the_cost_of_a_frame_does_not_depend_on_how_many_came_before(
    small_stpose, heatmaps
):
    step = stream_step.StreamStep(small_stpose())
    advance, maps = tf.function(step.step), heatmaps(1, 60)
    state = step.initial_state(1)
    shapes = {name: (1, *shape) for name, shape in step.state_shapes.items()}
    for t in range(60):
        _, state = advance(maps[:, t], tf.ones(1), state)
        assert {name: tuple(values.shape) for name, values in state.items()} == shapes
    assert advance.experimental_get_tracing_count() == 1


def test_mixed_precision_streams_what_the_model_says_offline(
    small_stpose, heatmaps, stream
):
    full = small_stpose(causal=True)
    half = stpose.STPose.from_config({**full.get_config(), "dtype": "mixed_bfloat16"})
    half.build()
    half.set_weights(full.get_weights())
    maps = heatmaps(1, 16)
    outputs, expected = stream(stream_step.StreamStep(half), maps.numpy()), full(maps)
    assert outputs["pose"].dtype == np.float32
    # No worse than the model itself, whose TCN rounds to 8 bits as well.
    offline = np.abs(half(maps)["pose"] - expected["pose"]).mean()
    assert np.abs(outputs["pose"] - expected["pose"]).mean() < 1.2 * offline


@pytest.mark.slow
@CAUSAL
def test_no_error_gathers_over_many_thousand_frames(small_stpose, heatmaps, causal):
    model = small_stpose(causal=causal)
    step = stream_step.StreamStep(model)
    advance, maps = tf.function(step.step), heatmaps(2, 200)
    state, poses = step.initial_state(2), []
    ones = tf.ones(2)
    for t in itertools.islice(itertools.cycle(range(200)), 6_000):
        outputs, state = advance(maps[:, t], ones, state)
        poses.append(outputs["pose"])
    past, future = model.context
    # An output whose receptive field lies inside one round is that of the round alone.
    expected = model(maps)["pose"][:, past : 200 - future]
    first = 5_800 + past + step.lookahead
    received = np.stack(poses[first : first + 200 - past - future], axis=1)
    np.testing.assert_allclose(received, expected, atol=EQUAL_MM)


def test_a_network_without_memory_is_refused(small_stpose):
    with pytest.raises(errors.InputError, match=r"kernel_size .*Received: 1"):
        stream_step.StreamStep(small_stpose(kernel_size=1))


def test_inputs_of_another_shape_are_refused(small_stpose):
    step = stream_step.StreamStep(small_stpose())
    maps, ones, state = tf.zeros((2, 16, 16, 17)), tf.ones(2), step.initial_state(2)
    for inputs, expected in (
        ((maps[..., :16], ones, state), r"heatmaps .*\[batch, 16, 16, 17\].*16\)"),
        ((maps[None], ones, state), r"heatmaps .*\(1, 2, 16, 16, 17\)"),
        ((maps, ones[:1], state), r"present .*\[2\].*\(1,\)"),
        ((maps, ones, step.initial_state(3)), r"'memory' .*\[2, 284, 8\].*\(3,"),
        ((maps, ones, {"memory": state["memory"]}), r"memory, present.*: memory$"),
        ((maps, ones, {}), "empty"),
    ):
        with pytest.raises(errors.InputError, match=expected):
            step.step(*inputs)
