"""One person in one frame, as a 2D network saw them."""

import dataclasses

import numpy as np

from stpose_tf import stage_clock
from stpose_tf.networks2d import image_cutting, peak_places, placement
from stpose_tf.networks2d.heatmap_network import HeatmapNetwork


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonFrame:
    """One person in one frame.

    Attributes:
        person: The id; 0 before one is given.
        frame: Number of the frame, from 0.
        maps: Heat maps, float32 `[height, width, keypoints]`.
        to_image: From heat-map px to image px, `[2, 3]` (`networks2d.placement`).
        crop: What the network looked at: center x, center y, side in px and roll in
            rad, `[4]`.
        following: Where to look in the next frame, likewise.
        presence: How sure the network is that there is a person, 0 to 1.
        peaks: (x, y, height) of each map's highest pixel in image px,
            `[keypoints, 3]`.
    """

    person: int
    frame: int
    maps: np.ndarray
    to_image: np.ndarray
    crop: np.ndarray
    following: np.ndarray
    presence: float
    peaks: np.ndarray

    @property
    def confidence(self) -> float:
        """The mean height of the peaks."""
        return float(self.peaks[:, 2].mean())


def look(
    network: HeatmapNetwork, image: np.ndarray, crops: np.ndarray, *, frame: int
) -> list[PersonFrame]:
    """Returns what the network sees in crops of a frame.

    Args:
        network: The 2D network.
        image: RGB, uint8 `[height, width, 3]`.
        crops: Center x, center y, side in px and roll in rad, `[people, 4]`.
        frame: The frame's number.
    """
    crops = np.asarray(crops, np.float64).reshape(-1, 4)
    if not len(crops):
        return []
    cut = image_cutting.cut(image, crops, network.input_size)
    with stage_clock.counted("2D networks"):
        seen = network(cut)
    to_image = placement.compose(placement.of_unit(crops), seen.to_crop)
    following = placement.within(seen.following, crops)
    peaks = peak_places.peaks(seen.maps)
    peaks[..., :2] = placement.apply(to_image, peaks[..., :2])
    return [
        PersonFrame(
            person=0,
            frame=frame,
            maps=seen.maps[n],
            to_image=to_image[n],
            crop=crops[n],
            following=following[n],
            presence=float(seen.presence[n]),
            peaks=peaks[n],
        )
        for n in range(len(crops))
    ]


def distance(first: PersonFrame, second: PersonFrame) -> float:
    """Returns how far the keypoints of two people are apart, in their size.

    The mean over the keypoints; about 0.02 for one person seen through two crops.
    """
    side = (first.following[2] + second.following[2]) / 2.0
    apart = np.linalg.norm(first.peaks[:, :2] - second.peaks[:, :2], axis=-1)
    return float(np.median(apart) / side)
