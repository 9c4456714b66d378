import keras
import numpy as np
import pytest
import tensorflow as tf


def _run(strategy, trainer, batch, *, steps=1):
    """Trains on one global batch; returns each step's numbers as floats."""
    data = tf.data.Dataset.from_tensor_slices(batch).batch(
        len(batch["pair_weight"]), drop_remainder=True
    )

    @tf.function(autograph=False)
    def step(part):
        return strategy.run(trainer.train_step, args=(part,))

    history = []
    for part in strategy.experimental_distribute_dataset(data.repeat(steps)):
        logs = step(part)
        every = [strategy.experimental_local_results(value) for value in logs.values()]
        for values in every:  # the numbers of the global batch, on every replica
            assert all(float(v) == pytest.approx(float(values[0])) for v in values)
        history.append({n: float(v[0]) for n, v in zip(logs, every, strict=True)})
    return history


@pytest.mark.slow
def test_one_and_two_replicas_do_the_same_on_uneven_halves(
    make_trainer, make_batch, two_replicas
):
    batch = make_batch(uneven=True)
    results = []
    for strategy in (tf.distribute.get_strategy(), two_replicas):
        with strategy.scope():
            trainer = make_trainer()
        history = _run(strategy, trainer, batch, steps=3)
        networks = (trainer.generator, trainer.discriminator, trainer.best_generator)
        weights = [v.numpy() for network in networks for v in network.weights]
        results.append((history, weights))
    (one, one_weights), (two, two_weights) = results
    for first, second in zip(one, two, strict=True):
        assert first == pytest.approx(second, rel=2e-3, abs=1e-5)
    for first, second in zip(one_weights, two_weights, strict=True):
        np.testing.assert_allclose(first, second, atol=5e-5)


@pytest.mark.slow
def test_the_loss_falls_on_one_batch(make_trainer, make_batch, tiny_config):
    tiny_config.training.steps = 120
    tiny_config.optimizer.learning_rate = 1e-2
    trainer = make_trainer()
    strategy = tf.distribute.get_strategy()
    history = _run(strategy, trainer, make_batch(uneven=True), steps=40)
    assert history[-1]["supervised_3d"] < 0.5 * history[0]["supervised_3d"]
    assert history[-1]["mpjpe"] < 0.75 * history[0]["mpjpe"]
    assert history[-1]["discriminator_loss"] < history[0]["discriminator_loss"]
    assert all(np.isfinite(list(logs.values())).all() for logs in history)


def test_each_half_step_moves_only_its_own_network(
    make_trainer, make_batch, weights_of
):
    trainer = make_trainer()
    frozen = {"generator": "discriminator", "discriminator": "generator"}
    for moving, still in frozen.items():
        other = getattr(trainer, f"_update_{still}")
        setattr(trainer, f"_update_{still}", lambda *args, **kwargs: {})
        before = {n: weights_of(getattr(trainer, n)) for n in (moving, still)}
        trainer.train_step(make_batch())
        after = {n: weights_of(getattr(trainer, n)) for n in (moving, still)}
        setattr(trainer, f"_update_{still}", other)
        for a, b in zip(before[still], after[still], strict=True):
            np.testing.assert_array_equal(a, b)
        moved = [
            np.abs(a - b).max()
            for a, b in zip(before[moving], after[moving], strict=True)
        ]
        assert np.mean(np.array(moved) > 0) > 0.7


def test_terms_without_weight_are_left_out(make_trainer, make_batch):
    trainer = make_trainer(adversarial_weight=0.0, multi_view=0.0, reprojection=0.0)
    logs = trainer.train_step(make_batch())
    assert set(logs) == {"loss", "supervised_3d", "likelihood", "mpjpe"}
    assert trainer.discriminator is None


def test_the_loss_is_the_sum_of_its_weighted_terms(make_trainer, make_batch):
    batch = make_batch(uneven=True)
    weights = {"multi_view": 0.5, "reprojection": 0.1, "adversarial_weight": 0.01}
    once = make_trainer(**weights).train_step(batch)
    terms = ["supervised_3d", "multi_view", "reprojection", "adversarial", "likelihood"]
    total = sum(float(once[name]) for name in terms)
    assert float(once["loss"]) == pytest.approx(total, rel=1e-5)
    weights["multi_view"] = 1.5
    tripled = make_trainer(**weights).train_step(batch)
    assert float(tripled["multi_view"]) == pytest.approx(3 * float(once["multi_view"]))


def test_gradient_norms_are_of_the_terms_alone(make_trainer, make_batch):
    batch = make_batch(uneven=True)
    norms = make_trainer().term_gradient_norms(batch)
    alone = make_trainer(
        adversarial_weight=0.0, multi_view=0.0, reprojection=0.0, likelihood=0.0
    ).term_gradient_norms(batch)
    assert set(alone) == {"supervised_3d"}
    assert float(norms["supervised_3d"]) == pytest.approx(
        float(alone["supervised_3d"]), rel=1e-4
    )
    assert all(0.0 < float(norm) < np.inf for norm in norms.values())


def test_the_gradient_is_clipped_to_its_global_norm(
    make_trainer, make_batch, weights_of, tiny_config
):
    """A clipped gradient of norm 1e-9 leaves Adam's epsilon in charge: no motion."""
    tiny_config.optimizer.weight_decay = 0.0
    trainer = make_trainer(clip_norm=1e-9)
    before = weights_of(trainer.generator)
    trainer.train_step(make_batch())
    for a, b in zip(before, weights_of(trainer.generator), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_the_average_follows_the_weights(make_trainer, make_batch, weights_of):
    trainer = make_trainer(ema=0.5)
    before = weights_of(trainer.averaged_generator)
    trainer.train_step(make_batch())
    after = weights_of(trainer.generator)
    # After the first update the momentum is (1 + 1) / (10 + 1).
    for a, b, average in zip(
        before, after, weights_of(trainer.averaged_generator), strict=True
    ):
        np.testing.assert_allclose(average, a + (9 / 11) * (b - a), atol=1e-6)


def test_windows_without_3d_reach_the_generator_and_not_the_real_side(
    make_trainer, make_batch
):
    batch = make_batch()
    batch["only_2d"] = tf.ones_like(batch["only_2d"])
    batch["pose_valid"] = tf.zeros_like(batch["pose_valid"])
    batch["pair_weight"] = tf.zeros_like(batch["pair_weight"])
    batch["pose"] = tf.fill(batch["pose"].shape, np.nan)
    logs = make_trainer().train_step(batch)
    assert float(logs["supervised_3d"]) == float(logs["multi_view"]) == 0.0
    assert float(logs["discriminator_real"]) == 0.0
    assert float(logs["discriminator_generated"]) > 0.0
    assert float(logs["reprojection"]) > 0.0
    assert float(logs["adversarial"]) > 0.0
    assert np.isfinite([float(value) for value in logs.values()]).all()


@pytest.mark.slow
def test_frames_outside_the_clip_teach_nothing(make_trainer, make_batch):
    """Whatever lies there, every loss is the same."""
    batch = make_batch(uneven=True)
    outside = batch["frame_mask"] == 0
    changed = dict(batch)
    for name in ("heatmaps", "pose", "corrupted", "keypoint_labels"):
        tail = (1,) * (batch[name].shape.rank - 3)
        where = tf.reshape(outside, [*outside.shape, *tail])
        changed[name] = tf.where(where, 3.0 - batch[name], batch[name])
    changed["labelled"] = batch["labelled"]
    expected = make_trainer().train_step(batch)
    found = make_trainer().train_step(changed)
    for name, value in expected.items():
        assert float(found[name]) == pytest.approx(float(value), rel=1e-5), name


@pytest.mark.slow
def test_the_gradient_penalty_reaches_the_discriminator(make_trainer, make_batch):
    batch = make_batch()
    without = make_trainer().train_step(batch)
    logs = make_trainer(r1_weight=2.0).train_step(batch)
    penalty = float(logs["discriminator_gradient_penalty"])
    assert penalty > 0.0
    assert float(logs["discriminator_loss"]) == pytest.approx(
        float(without["discriminator_loss"]) + penalty, rel=1e-4
    )


def test_mixed_precision_keeps_float32_weights_and_finite_losses(
    make_trainer, make_batch
):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        trainer = make_trainer()
    finally:
        keras.config.set_dtype_policy("float32")
    logs = trainer.train_step(make_batch())
    assert {v.dtype for v in trainer.generator.trainable_variables} == {"float32"}
    assert all(value.dtype == tf.float32 for value in logs.values())
    assert np.isfinite([float(value) for value in logs.values()]).all()
