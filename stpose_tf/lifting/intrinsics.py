"""What is known of the camera of a video: its focal lengths and its center."""

import dataclasses
import math

import numpy as np
import numpy.typing as npt

from stpose_tf import errors

GIVEN, FROM_VIEW, ASSUMED = "given", "fov", "assumed"
ORIGINS = (GIVEN, FROM_VIEW, ASSUMED)
USUAL_VIEW = 55.0  # degrees along the longer side: a phone's main lens, nearly
_VIEWS = (1.0, 170.0)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Intrinsics:
    """A pinhole camera without lens distortion.

    Attributes:
        fx: Focal length in px along x.
        fy: Focal length in px along y.
        cx: x of the principal point in px.
        cy: y of the principal point in px.
        origin: How they are known: `given`, `fov` (from a field of view that the user
            says), or `assumed`.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    origin: str

    @property
    def focal(self) -> npt.NDArray[np.float64]:
        """Focal lengths in px, `[2]`."""
        return np.array([self.fx, self.fy])

    @property
    def center(self) -> npt.NDArray[np.float64]:
        """Principal point in px, `[2]`."""
        return np.array([self.cx, self.cy])

    def rays(self, pixels: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Returns x / z and y / z of what is seen at pixels, `[..., 2]`."""
        return (np.asarray(pixels, np.float64) - self.center) / self.focal

    def project(self, points: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Returns the pixels `[..., 2]` of points in front of the camera `[..., 3]`."""
        points = np.asarray(points, np.float64)
        return points[..., :2] / points[..., 2:] * self.focal + self.center


def given(
    fx: float, fy: float, cx: float, cy: float, *, origin: str = GIVEN
) -> Intrinsics:
    """Returns the camera of these numbers in px.

    Raises:
        InputError: If one is not finite, or a focal length is not positive.
    """
    numbers = (fx, fy, cx, cy)
    if not all(map(math.isfinite, numbers)) or min(fx, fy) <= 0.0:
        raise errors.InputError(
            "intrinsics: expected focal lengths above 0 and a center, in px. "
            f"Received: {', '.join(f'{number:g}' for number in numbers)}"
        )
    return Intrinsics(fx=fx, fy=fy, cx=cx, cy=cy, origin=origin)


def from_field_of_view(degrees: float, size: tuple[int, int]) -> Intrinsics:
    """Returns the camera that sees this angle across its image's width.

    Args:
        degrees: The horizontal field of view.
        size: Width and height of the image in px.

    Raises:
        InputError: If there is no such camera.
    """
    if not _VIEWS[0] <= degrees <= _VIEWS[1]:
        raise errors.InputError(
            f"field of view: expected {_VIEWS[0]:g} to {_VIEWS[1]:g} degrees across "
            f"the image's width. Received: {degrees:g}"
        )
    return _centered(degrees, size[0], size, FROM_VIEW)


def assumed(size: tuple[int, int]) -> Intrinsics:
    """Returns a usual camera of an image of this width and height."""
    return _centered(USUAL_VIEW, max(size), size, ASSUMED)


def _centered(
    degrees: float, across: int, size: tuple[int, int], origin: str
) -> Intrinsics:
    focal = across / 2.0 / math.tan(math.radians(degrees) / 2.0)
    return Intrinsics(
        fx=focal, fy=focal, cx=size[0] / 2.0, cy=size[1] / 2.0, origin=origin
    )
