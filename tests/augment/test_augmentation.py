import dataclasses

import numpy as np
import tensorflow as tf

from stpose_tf.augment import augmentation


@dataclasses.dataclass(frozen=True, slots=True)
class AddDraw:
    """Adds a uniform draw to the pose."""

    scale: float = 1.0

    def __call__(self, example, seed):
        draw = self.scale * tf.random.stateless_uniform([], seed)
        return {**example, "pose": example["pose"] + draw}


def test_an_empty_chain_is_the_identity(make_window, check_augmentation):
    example, _ = make_window()
    result = check_augmentation(augmentation.Chain(), example)
    tf.nest.map_structure(np.testing.assert_array_equal, result, example)


def test_a_chain_gives_each_op_its_own_seed(make_window, check_augmentation):
    example, _ = make_window()
    first, second = AddDraw(), AddDraw(10.0)
    result = check_augmentation(augmentation.Chain((first, second)), example)
    seeds = augmentation.seeds(tf.constant([7, 0], tf.int64), 2)
    assert not np.array_equal(*seeds)
    np.testing.assert_allclose(
        result["pose"], second(first(example, seeds[0]), seeds[1])["pose"]
    )


def test_same_seed_same_result_other_seed_other_result(make_window):
    example, _ = make_window()
    chain = augmentation.Chain((AddDraw(), augmentation.Sometimes(0.5, AddDraw())))
    results = [chain(example, seed)["pose"] for seed in ((1, 2), (1, 2), (1, 3))]
    np.testing.assert_array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])


def test_chains_compare_and_print_themselves():
    chain = augmentation.Chain((augmentation.Sometimes(0.5, AddDraw(2.0)),))
    assert chain == augmentation.Chain((augmentation.Sometimes(0.5, AddDraw(2.0)),))
    assert hash(chain) is not None
    assert "AddDraw(scale=2.0)" in repr(chain)


def test_sometimes_fires_at_its_probability(make_window):
    example, _ = make_window(frames=1)
    op = augmentation.Sometimes(0.3, AddDraw())

    @tf.function
    def fired(index):
        seed = tf.random.fold_in(tf.constant([5, 0], tf.int64), index)
        return tf.reduce_any(op(example, seed)["pose"] != example["pose"])

    share = np.mean([fired(i) for i in tf.range(600)])
    # Standard error sqrt(0.3 * 0.7 / 600) = 0.019.
    assert abs(share - 0.3) < 0.06


def test_sometimes_holds_in_a_data_pipeline(make_window, check_augmentation):
    for example in make_window():
        for seed in ((1, 0), (2, 0), (3, 0)):
            op = augmentation.Sometimes(0.5, AddDraw())
            check_augmentation(op, example, seed)


def test_an_open_seed_type_works(make_window):
    example, _ = make_window()
    op = augmentation.Chain((augmentation.Sometimes(1.0, AddDraw()),))
    for dtype in (tf.int32, tf.int64):
        changed = op(example, tf.constant([1, 2], dtype))
        assert np.any(changed["pose"] != example["pose"])
