"""Arms and legs: the keypoints that disappear together."""

from stpose_tf import errors
from stpose_tf.geometry import skeletons

_ARM = ("shoulder", "elbow", "wrist", "hand", "thumb", "index", "pinky")
_LEG = ("hip", "knee", "ankle", "heel", "foot", "toe")


def of(skeleton: skeletons.Skeleton) -> tuple[tuple[int, ...], ...]:
    """Returns the keypoint indices of each arm and leg, read from the joints' names.

    Args:
        skeleton: Names its joints `left_elbow`, `right_big_toe` and so on.

    Raises:
        InputError: If no joint is named so.
    """
    found = []
    for side in (skeleton.left, skeleton.right):
        for parts in (_ARM, _LEG):
            limb = tuple(i for i in side if _ends(skeleton.joints[i], parts))
            if limb:
                found.append(limb)
    if not found:
        raise errors.InputError(
            f"augment.limb needs joints named left_elbow, right_knee and so on; "
            f"skeleton {skeleton.name!r} has none. Received: {skeleton.joints}"
        )
    return tuple(found)


def _ends(joint: str, parts: tuple[str, ...]) -> bool:
    return joint.rsplit("_", maxsplit=1)[-1] in parts
