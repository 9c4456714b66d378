"""The lengths of a person's bones."""

import dataclasses

import numpy as np

_AVERAGE_STATURE = 1720.0  # mm, of the body whose lengths are the defaults below


@dataclasses.dataclass(frozen=True)
class BodyShape:
    """Lengths in mm; the defaults are an adult of 1.72 m.

    Attributes:
        thigh: Hip to knee.
        shin: Knee to ankle.
        ankle_height: Ankle above the sole of a flat foot.
        half_pelvis: Mid hips to one hip.
        lower_spine: Mid hips to the joint `spine`.
        upper_spine: `spine` to `thorax`.
        neck: `thorax` to the joint `nose` of `h36m17`, which lies in the neck.
        head: That joint to the top of the head.
        half_shoulders: `thorax` to one shoulder.
        upper_arm: Shoulder to elbow.
        forearm: Elbow to wrist.
    """

    thigh: float = 445.0
    shin: float = 442.0
    ankle_height: float = 78.0
    half_pelvis: float = 130.0
    lower_spine: float = 233.0
    upper_spine: float = 255.0
    neck: float = 120.0
    head: float = 115.0
    half_shoulders: float = 155.0
    upper_arm: float = 282.0
    forearm: float = 251.0

    @property
    def leg(self) -> float:
        """Length of the straight leg from hip to ankle."""
        return self.thigh + self.shin

    @property
    def arm(self) -> float:
        """Length of the straight arm from shoulder to wrist."""
        return self.upper_arm + self.forearm

    @property
    def scale(self) -> float:
        """Leg length relative to that of the default body."""
        return self.leg / (BodyShape.thigh + BodyShape.shin)


def draw(rng: np.random.Generator) -> BodyShape:
    """Returns the body of an adult: stature 1.72 m, deviation 0.1 m, within 1.48-2 m.

    Each length then varies on its own by 3 %, so that proportions differ too.
    """
    stature = np.clip(rng.normal(_AVERAGE_STATURE, 100.0), 1480.0, 2000.0)
    fields = dataclasses.fields(BodyShape)
    own = np.clip(rng.normal(1.0, 0.03, len(fields)), 0.92, 1.08)
    sizes = own * (stature / _AVERAGE_STATURE)
    return BodyShape(
        **{
            field.name: float(getattr(BodyShape, field.name) * size)
            for field, size in zip(fields, sizes, strict=True)
        }
    )
