import json

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.export import parity


def _changed(generator, change):
    def run(heatmaps):
        outputs = generator({"heatmaps": heatmaps}, training=False)
        pose = outputs["pose"].numpy()
        return {"pose": change(pose), "log_sigma": outputs["log_sigma"].numpy()}

    return run


def test_a_model_agrees_with_itself(tiny_generator):
    result = parity.compare(tiny_generator, _changed(tiny_generator, np.array))
    assert result.good
    assert result.pose_mm < 1e-3
    shapes = {(case.batch, case.time) for case in result.cases}
    assert len({batch for batch, _ in shapes}) == 2
    assert len({time for _, time in shapes}) == 2


def test_a_fifth_of_a_millimeter_is_refused(tiny_generator):
    def change(pose):
        pose = pose.copy()
        pose[-1, -1, 3, 2] += 0.2
        return pose

    result = parity.compare(tiny_generator, _changed(tiny_generator, change))
    assert not result.good
    assert result.pose_mm == pytest.approx(0.2, abs=1e-3)
    with pytest.raises(errors.InputError, match=r"within 0.01 mm .* Received: 0.2"):
        result.require("saved_model")


@pytest.mark.parametrize(
    "change", [lambda pose: pose * np.nan, lambda pose: pose[:, :-1]]
)
def test_what_is_no_pose_at_all_is_never_good(tiny_generator, change):
    result = parity.compare(tiny_generator, _changed(tiny_generator, change))
    assert not result.good
    text = json.dumps(result.to_dict(), allow_nan=False)
    assert json.loads(text)["largest_mm"] is None


def test_the_samples_are_heat_maps_that_make_the_model_answer(tiny_generator):
    maps = parity.sample(2, 5, shape=tiny_generator.heatmap_shape, seed=0).numpy()
    assert maps.shape == (2, 5, *tiny_generator.heatmap_shape)
    assert maps.min() >= 0
    assert 0.5 < maps.max() <= 1
    poses = tiny_generator({"heatmaps": maps}, training=False)["pose"].numpy()
    assert poses.std(axis=(0, 1)).max() > 1  # mm: different maps, different poses
