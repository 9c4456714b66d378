import numpy as np
import tensorflow as tf

from stpose_tf.evaluation import generator_views
from stpose_tf.geometry import skeletons

COCO, H36M = skeletons.get("coco17"), skeletons.get("h36m17")


class _Peaks:
    """Answers with where each keypoint's map is highest, from the middle, in mm."""

    context = (5, 2)

    def count_params(self):
        return 7

    def __call__(self, inputs, training=False):
        maps = inputs["heatmaps"]
        width = int(maps.shape[3])
        columns = tf.range(width, dtype=tf.float32) - (width - 1) / 2
        x = tf.einsum("bthwk,w->btk", maps, columns)
        pose = tf.stack([x, x**2, 0 * x], axis=-1)
        return {"pose": pose, "log_sigma": x}


def _maps():
    rng = np.random.default_rng(0)
    return tf.constant(rng.uniform(size=(2, 3, 8, 8, 17)), tf.float32)


def _flipped(generator=None, skeleton="coco17"):
    return generator_views.FlipAveraged(
        generator=generator or _Peaks(),
        input_skeleton=skeleton,
        output_skeleton=skeleton,
    )


def test_the_answer_to_a_mirrored_window_is_the_mirrored_answer():
    maps = _maps()
    mirrored = tf.gather(maps[..., ::-1, :], COCO.mirror_permutation, axis=-1)
    answer = _flipped()({"heatmaps": maps})["pose"]
    other = _flipped()({"heatmaps": mirrored})["pose"]
    back = tf.gather(other, COCO.mirror_permutation, axis=-2) * [-1.0, 1.0, 1.0]
    np.testing.assert_allclose(answer, back, atol=1e-4)


def test_a_generator_that_mirrors_rightly_keeps_its_answer():
    # x follows the column, so the mirrored answer mirrored back is the same x.
    maps = _maps()
    alone = _Peaks()({"heatmaps": maps})["pose"]
    both = _flipped()({"heatmaps": maps})["pose"]
    np.testing.assert_allclose(both[..., 0], alone[..., 0], atol=1e-4)
    assert _flipped().context == (5, 2)
    assert _flipped().count_params() == 7


def test_frame_masks_pass_through():
    class Masked(_Peaks):
        def __call__(self, inputs, training=False):
            answer = super().__call__(inputs)
            mask = inputs["frame_mask"][..., None]
            return {**answer, "pose": answer["pose"] * mask[..., None]}

    mask = tf.constant([[1.0, 1, 0], [1, 0, 0]])
    pose = _flipped(Masked())({"heatmaps": _maps(), "frame_mask": mask})["pose"]
    assert not pose.numpy()[0, 2].any()
    assert pose.numpy()[0, 1].any()


def test_a_short_context_changes_the_rows_and_no_answer():
    short = generator_views.ShortContext(generator=_Peaks(), frames=3)
    assert short.context == (3, 3)
    assert short.count_params() == 7
    np.testing.assert_array_equal(
        short({"heatmaps": _maps()})["pose"], _Peaks()({"heatmaps": _maps()})["pose"]
    )
