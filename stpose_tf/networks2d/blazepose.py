"""BlazePose's landmark network as a source of heat maps (Bazarevsky et al. 2020).

Its crop is a square around the circle that the body fits into, centered between the
hips and turned so that the shoulders lie above them. Of its five outputs three are
used: the regressed points, the presence of a person and the heat maps' logits.
"""

import numpy as np

from stpose_tf.geometry import skeletons
from stpose_tf.networks2d import litert_model, model_files
from stpose_tf.networks2d.heatmap_network import NetworkMaps

SIZES = ("lite", "full", "heavy")
_SIDE = 256
_POINTS = 39
_HIPS, _CIRCLE = 33, 34  # auxiliary points: middle of the hips, top of the circle
MARGIN = 1.25  # of the crop over the circle's diameter
# The point at unit coordinate u peaks at px 64 u, not 64 u - 1/2: measured against the
# regressed points of 284 clear keypoints, from which the peaks differ by 0.04 px.
_TO_CROP = np.array([[4 / _SIDE, 0.0, 0.0], [0.0, 4 / _SIDE, 0.0]])
_OUTPUTS = (
    (1, 5 * _POINTS),
    (1, 1),
    (1, _SIDE, _SIDE, 1),
    (1, _SIDE // 4, _SIDE // 4, _POINTS),
)


class BlazePose:
    """Heat maps of 64x64 from crops of 256x256.

    Args:
        content: The network's file; `load` finds it.
        name: Short name.
        skeleton: Which of the 33 points, by name: `"coco17"` or `"blazepose33"`.
        threads: Threads of one run.
    """

    def __init__(
        self,
        content: bytes,
        *,
        name: str = "blazepose",
        skeleton: str = "coco17",
        threads: int = 1,
    ) -> None:
        self._network = litert_model.LitertModel(
            content,
            name=name,
            input_shape=(1, _SIDE, _SIDE, 3),
            output_shapes=_OUTPUTS,
            threads=threads,
        )
        own = skeletons.get("blazepose33")
        self._chosen = [own.index(joint) for joint in skeletons.get(skeleton).joints]
        self.name = name
        self.skeleton = skeleton
        self.input_size = (_SIDE, _SIDE)
        self.margin = MARGIN
        self.upright = True

    def __call__(self, crops: np.ndarray) -> NetworkMaps:
        """Returns the heat maps of RGB crops, uint8 `[people, 256, 256, 3]`."""
        side = _SIDE // 4
        maps = np.zeros((len(crops), side, side, len(self._chosen)), np.float32)
        presence = np.zeros(len(crops), np.float32)
        following = np.zeros((len(crops), 4))
        for person, crop in enumerate(crops):
            outputs = self._network(crop.astype(np.float32) / 255.0)
            points, flag, _, logits = outputs
            maps[person] = _sigmoid(logits[0].take(self._chosen, axis=-1))
            presence[person] = flag[0, 0]
            places = points.reshape(_POINTS, 5)[:, :2] / _SIDE
            following[person] = crop_of_circle(places[_HIPS], places[_CIRCLE])
        return NetworkMaps(
            maps=maps, to_crop=_TO_CROP, presence=presence, following=following
        )


def load(size: str = "full", *, threads: int = 1) -> BlazePose:
    """Returns the network of that size, from where `model_files` finds it."""
    name = f"blazepose_{size}"
    return BlazePose(model_files.load(name), name=name, threads=threads)


def crop_of_circle(center: np.ndarray, top: np.ndarray) -> np.ndarray:
    """Returns the crop around a circle, turned so that `top` is up.

    Args:
        center: The circle's center, which lies between the hips, `[..., 2]`.
        top: The circle's point on the far side of the shoulders, `[..., 2]`.

    Returns:
        Center x, center y, side and roll, `[..., 4]`.
    """
    center, top = np.asarray(center, np.float64), np.asarray(top, np.float64)
    up = top - center
    side = 2.0 * MARGIN * np.linalg.norm(up, axis=-1)
    roll = np.arctan2(up[..., 0], -up[..., 1])
    return np.concatenate(
        [center, side[..., np.newaxis], roll[..., np.newaxis]], axis=-1
    )


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -60.0, 60.0)))
