import numpy as np
import pytest

from stpose_tf.geometry import skeletons
from stpose_tf.lifting import intrinsics
from stpose_tf.results import pose_result


def _turns(rng, shape, largest):
    """Random rotations by Rodrigues' formula."""
    axes = rng.normal(size=(*shape, 3))
    axes /= np.linalg.norm(axes, axis=-1, keepdims=True)
    angles = rng.uniform(-largest, largest, shape)[..., None, None]
    x, y, z = np.moveaxis(axes, -1, 0)
    zero = np.zeros_like(x)
    skew = np.stack(
        [np.stack(r, -1) for r in ([zero, -z, y], [z, zero, -x], [-y, x, zero])], -2
    )
    return np.eye(3) + np.sin(angles) * skew + (1 - np.cos(angles)) * skew @ skew


@pytest.fixture
def turns():
    return _turns


@pytest.fixture
def person():
    """Makes a person with random numbers that a file could hold."""

    def make(frames, *, name="0", seed=0, roots=True, smoothed=False):
        rng = np.random.default_rng(seed)
        frames = np.asarray(frames, np.int64)
        count = len(frames)
        keypoints = rng.uniform(0, 1, (count, 17, 3)) * [1920, 1080, 1]
        keypoints[0, 3] = [np.nan, np.nan, 0.0]
        poses = rng.normal(scale=400, size=(count, 17, 3))
        poses[:, 0] = 0.0
        return pose_result.PersonPoses(
            id=name,
            frames=frames,
            times=frames / 30.0,
            poses=poses,
            roots=rng.normal(scale=900, size=(count, 3)) if roots else None,
            keypoints=keypoints,
            confidence=rng.uniform(0, 1, (count, 17)),
            states=rng.integers(0, 3, (count, 17)).astype(np.uint8),
            smoothed=poses + 1.0 if smoothed else None,
        )

    return make


@pytest.fixture
def result():
    """Makes a result of some people."""

    def make(*people, **changes):
        fields = {
            "source": pose_result.Source(file="a.mp4", size=(1920, 1080), fps=30.0),
            "skeleton": "h36m17",
            "keypoint_skeleton": "coco17",
            "camera": intrinsics.from_field_of_view(60.0, (1920, 1080)),
            "model": pose_result.ModelFacts(preset="cmu", sha256="ab" * 32, fps=30.0),
            "people": tuple(people),
        }
        return pose_result.PoseResult(**{**fields, **changes})

    return make


@pytest.fixture
def h36m():
    return skeletons.get("h36m17")
