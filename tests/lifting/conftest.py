import numpy as np
import pytest

from stpose_tf.geometry import skeletons
from stpose_tf.lifting import pose_lifter
from stpose_tf.models import stpose

_STANDING = {  # mm, x to the person's left, y up, z to the front
    "hip": (0, 920, 0),
    "right_hip": (-130, 920, 0),
    "right_knee": (-130, 490, 10),
    "right_ankle": (-130, 80, 0),
    "left_hip": (130, 920, 0),
    "left_knee": (130, 490, 10),
    "left_ankle": (130, 80, 0),
    "spine": (0, 1140, 0),
    "thorax": (0, 1420, 0),
    "nose": (0, 1520, 60),
    "head": (0, 1640, 0),
    "left_shoulder": (160, 1400, 0),
    "left_elbow": (190, 1130, 0),
    "left_wrist": (200, 890, 30),
    "right_shoulder": (-160, 1400, 0),
    "right_elbow": (-190, 1130, 0),
    "right_wrist": (-200, 890, 30),
}


@pytest.fixture(scope="session")
def generator():
    """A small network of maps of 16 x 16 px, with random weights."""
    network = stpose.STPose(
        heatmap_size=(16, 16),
        embedding_size=12,
        strides=(1, 3),
        channels=6,
        blocks=2,
        head_channels=8,
    )
    network.build((None, None, *network.heatmap_shape))
    rng = np.random.default_rng(0)
    # Large enough for frames far away to matter.
    network.set_weights(
        [rng.normal(scale=0.5, size=w.shape) for w in network.get_weights()]
    )
    return network


@pytest.fixture(scope="session")
def lifter(generator):
    return pose_lifter.PoseLifter(generator)


@pytest.fixture
def h36m():
    return skeletons.get("h36m17")


@pytest.fixture
def standing(h36m):
    """Somebody who stands, y up, the floor at y = 0, `[17, 3]`."""
    return np.array([_STANDING[joint] for joint in h36m.joints], float)


@pytest.fixture
def marcher(standing, h36m):
    """Makes somebody who marches ahead, in the ground's frame, `[time, 17, 3]`.

    One foot stands still while the other is lifted and carried.
    """

    def make(frames, *, fps=30.0, speed=1.0, turn=0.0):
        time = np.arange(frames) / fps
        bodies = np.broadcast_to(standing, (frames, 17, 3)).copy()
        phase = 2.0 * time  # steps
        for side, offset in (("left", 0), ("right", 1)):
            # Of every two steps a foot stands for one and is carried for the other.
            whole, part = np.divmod(phase + offset, 2.0)
            carried = np.clip(part - 1.0, 0.0, 1.0)
            smooth = carried**2 * (3 - 2 * carried)
            ahead = (2 * whole + 2 * smooth - offset) * speed / 2.0 * 1000
            lifted = 300 * np.sin(np.pi * carried) ** 2
            ankle, knee = (h36m.index(f"{side}_{p}") for p in ("ankle", "knee"))
            bodies[:, ankle, 2] += ahead - speed * time * 1000
            bodies[:, ankle, 1] += lifted
            bodies[:, knee, 2] += lifted
        bodies[..., 2] += (speed * time * 1000)[:, None]
        c, s = np.cos(turn), np.sin(turn)
        return bodies @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]).T

    return make
