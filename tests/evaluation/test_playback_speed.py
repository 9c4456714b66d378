import copy

import numpy as np
import pytest

from stpose_tf.evaluation import conditions, evaluator, playback_speed

POSE = np.random.default_rng(3).normal(scale=300, size=(17, 3))


@pytest.mark.slow
def test_a_constant_answer_is_off_by_the_same_at_every_speed(
    points_config, points_index, constant_generator
):
    generator = constant_generator(POSE)
    found = playback_speed.measure(
        generator, points_config, points_index, split="validation", steps=(1, 2, 3)
    )
    assert [one["speed"] for one in found] == [0.5, 1.0, 1.5]
    assert [one["fps"] for one in found] == pytest.approx([50, 25, 50 / 3])
    # Clips of 21 and 33 frames share the frames 0, 6, 12, ...: 4 and 6 of them.
    assert [one["frames"] for one in found] == [2 * 10] * 3
    for one in found[1:]:
        assert one["mpjpe_mm"] == pytest.approx(found[0]["mpjpe_mm"], rel=1e-6)
    # At the usual step velocities are the evaluator's.
    (clean,) = conditions.get(("clean",))
    report = evaluator.evaluate(
        generator,
        copy.deepcopy(points_config),
        points_index,
        split="validation",
        conditions=[clean],
    )
    velocity = report.value("clean", "mpjve_mm_per_second")
    assert found[1]["mpjve_mm_per_second"] == pytest.approx(velocity)
