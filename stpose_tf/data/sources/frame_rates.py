"""Lower frame rates by leaving out frames."""

from stpose_tf import errors


def step(source_fps: float, fps: float) -> int:
    """Returns which frames to keep: every `step`-th.

    Raises:
        InputError: If the source's rate is no multiple of the wanted one.
    """
    steps = round(source_fps / fps) if fps > 0 else 0
    if steps < 1 or abs(source_fps / steps - fps) > 1e-3 * fps:
        raise errors.InputError(
            f"--fps: expected a whole part of the source's {source_fps:g}. "
            f"Received: {fps:g}"
        )
    return steps
