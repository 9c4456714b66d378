"""What the lifter asks of a 2D network: crops of people in, heat maps out."""

import dataclasses
from typing import Protocol

import numpy as np


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkMaps:
    """What a 2D network says of crops.

    Attributes:
        maps: 0 where a keypoint is not, float32
            `[people, height, width, keypoints]`.
        to_crop: From heat-map px to unit coordinates of the crop, `[2, 3]`
            (`placement.of_unit`).
        presence: How sure it is that there is a person, 0 to 1, `[people]`.
        following: Where to look in the next frame, as crops in unit coordinates of
            this one (`placement.within`), `[people, 4]`.
    """

    maps: np.ndarray
    to_crop: np.ndarray
    presence: np.ndarray
    following: np.ndarray


class HeatmapNetwork(Protocol):
    """A 2D network; the only thing that the rest knows of one.

    Attributes:
        name: Short, for logs and results.
        skeleton: Name of the keypoints' order.
        input_size: Height and width of a crop in px.
        margin: Side of a crop over that of the person's box.
        upright: Whether crops are to be turned so that shoulders lie above hips.
    """

    @property
    def name(self) -> str: ...

    @property
    def skeleton(self) -> str: ...

    @property
    def input_size(self) -> tuple[int, int]: ...

    @property
    def margin(self) -> float: ...

    @property
    def upright(self) -> bool: ...

    def __call__(self, crops: np.ndarray) -> NetworkMaps:
        """Returns the heat maps of RGB crops, uint8 `[people, *input_size, 3]`."""
        ...
