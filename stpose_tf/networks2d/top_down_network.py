"""Any top-down heat-map network as the lifter's source: HRNet, ViTPose and their like.

They take a normalized crop and give one map for each keypoint. What differs is where
a map's pixels lie in the crop, which depends on how their training targets were drawn.
"""

from collections.abc import Callable

import numpy as np

from stpose_tf import errors
from stpose_tf.geometry import skeletons
from stpose_tf.networks2d import peak_places
from stpose_tf.networks2d.heatmap_network import NetworkMaps

Run = Callable[[np.ndarray], np.ndarray]
"""From normalized crops `[people, height, width, 3]` to maps, channels last."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STDDEV = (0.229, 0.224, 0.225)
ALIGNMENTS = ("corner", "ends", "center")
_MARGIN = 1.25  # of a crop over the person's box, as these networks were trained
_OF_KEYPOINTS = 1.4  # over the keypoints' box: it lacks hair, hands and feet
_PEAK = 0.3


class TopDownNetwork:
    """Heat maps of a network that was trained on boxes of people.

    Args:
        run: The network.
        name: Short name.
        skeleton: Order of its keypoints.
        input_size: Height and width of its crops in px.
        map_size: Height and width of its maps.
        mean: Of red, green and blue, 0 to 1.
        stddev: Likewise.
        flip: Whether to run the mirrored crops too and average.
        alignment: One of `ALIGNMENTS`: where keypoints peak, see `to_crop`.

    Raises:
        InputError: If the skeleton or the alignment is not known.
    """

    def __init__(
        self,
        run: Run,
        *,
        name: str,
        skeleton: str,
        input_size: tuple[int, int],
        map_size: tuple[int, int],
        mean: tuple[float, ...] = IMAGENET_MEAN,
        stddev: tuple[float, ...] = IMAGENET_STDDEV,
        flip: bool = False,
        alignment: str = "corner",
    ) -> None:
        self._run = run
        self._mirror = skeletons.get(skeleton).mirror_permutation
        self._mean = np.asarray(mean, np.float32)
        self._stddev = np.asarray(stddev, np.float32)
        self._flip = flip
        self._map_size = map_size
        self._to_crop = to_crop(input_size, map_size, alignment=alignment)
        self.name = name
        self.skeleton = skeleton
        self.input_size = input_size
        self.margin = _MARGIN
        self.upright = False

    def __call__(self, crops: np.ndarray) -> NetworkMaps:
        """Returns the heat maps of RGB crops, uint8 `[people, *input_size, 3]`."""
        images = (crops.astype(np.float32) / 255.0 - self._mean) / self._stddev
        maps = self._maps(images)
        if self._flip:
            maps = (
                maps + flipped_back(self._maps(images[:, :, ::-1]), self._mirror)
            ) / 2
        maps = np.clip(maps, 0.0, 1.0)
        tops = maps.max(axis=(1, 2))
        following = peak_places.tight_crop(
            maps,
            self._to_crop,
            margin=_OF_KEYPOINTS,
            least=_PEAK,
            aspect=self.input_size[1] / self.input_size[0],
        )
        return NetworkMaps(
            maps=maps,
            to_crop=self._to_crop,
            presence=(tops >= _PEAK).mean(axis=1),
            following=following,
        )

    def _maps(self, images: np.ndarray) -> np.ndarray:
        maps = np.asarray(self._run(np.ascontiguousarray(images)), np.float32)
        expected = (len(images), *self._map_size, len(self._mirror))
        if maps.shape != expected:
            raise errors.InputError(
                f"{self.name}: expected heat maps of the shape {list(expected)} "
                f"({self.skeleton}). Received: {list(maps.shape)}"
            )
        return maps


def to_crop(
    input_size: tuple[int, int], map_size: tuple[int, int], *, alignment: str
) -> np.ndarray:
    """Returns the matrix from heat-map px to unit coordinates of the crop, `[2, 3]`.

    Args:
        input_size: Height and width of the crop in px.
        map_size: Height and width of the maps.
        alignment: `"corner"`: the first pixels' centers lie on each other and a
            map's step is the stride (HRNet, SimpleBaseline: Xiao et al. 2018);
            `"ends"`: so do the last ones (UDP: Huang et al. 2020; ViTPose);
            `"center"`: maps cover the crop evenly.

    Raises:
        InputError: If the alignment is not known.
    """
    given = np.array(input_size[::-1], np.float64)
    made = np.array(map_size[::-1], np.float64)
    if alignment == "corner":
        step, first = given / made, np.full(2, 0.5)
    elif alignment == "ends":
        step, first = (given - 1.0) / (made - 1.0), np.full(2, 0.5)
    elif alignment == "center":
        step = given / made
        first = step / 2.0
    else:
        raise errors.InputError(
            f"alignment: expected one of {', '.join(ALIGNMENTS)}. Received: {alignment}"
        )
    height = given[1]
    shift = (first - given / 2.0) / height + 0.5
    return np.concatenate([np.diag(step / height), shift[:, np.newaxis]], axis=1)


def flipped_back(maps: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """Returns the maps of mirrored crops as if they had not been mirrored.

    Moved right by one column, as the official flip test does: with maps aligned at
    the corner, mirroring moves a peak by almost one.

    Args:
        maps: `[people, height, width, keypoints]`.
        mirror: Index of each keypoint's counterpart, `[keypoints]`.
    """
    back = maps[:, :, ::-1][..., mirror].copy()
    back[:, :, 1:] = back[:, :, :-1].copy()
    return back
