"""Which of several VideoPose3D archives of 2D keypoints is meant."""

from collections.abc import Mapping
from pathlib import Path

from stpose_tf.data.containers import refusal
from stpose_tf.data.sources.recorded import pose_archive
from stpose_tf.data.sources.recorded.archived_keypoints import ArchivedKeypoints

_EXACT = "gt"  # the tag of projected truth
PROJECTED = "projected"


def archive(folder: Path, prefix: str, *, chosen: str | None = None) -> Path | None:
    """Returns the archive to read, or None for the projected 3D joints.

    Args:
        folder: Where archives are looked for.
        prefix: Of their names; the rest is the tag, such as `cpn_ft_h36m_dbb`.
        chosen: A tag, a file or "projected"; None takes the only archive there is,
            and the projected joints if there is none.

    Raises:
        InputError: If it does not exist, or nothing was chosen among several.
    """
    found = {
        path.stem.removeprefix(prefix): path
        for path in sorted(folder.glob(f"{prefix}*.npz"))
    }
    if chosen is None:
        if len(found) > 1:
            raise refusal.error(
                "--keypoints", f"one of {', '.join(found)}, {PROJECTED}", "none"
            )
        return next(iter(found.values()), None)
    if chosen == PROJECTED:
        return None
    if chosen in found:
        return found[chosen]
    if not Path(chosen).is_file():
        tags = ", ".join([*found, PROJECTED])
        raise refusal.error("--keypoints", f"a file or one of {tags}", chosen)
    return Path(chosen)


def entries(path: Path) -> Mapping[tuple[str, str], ArchivedKeypoints]:
    """Returns an archive's sequences by subject and sequence.

    Raises:
        InputError: If the file is unusable, or does not say whose keypoints it holds.
    """
    found = pose_archive.keypoints(path)
    counts = [
        array.shape[1]
        for entry in found.values()
        for array in entry.arrays
        if len(array.shape) == 3
    ]
    if not counts:
        raise refusal.error(
            path, "lists of arrays [time, keypoints, 2] in positions_2d", "none"
        )
    skeleton = pose_archive.skeleton(path, num_keypoints=counts[0])
    exact = path.stem.endswith(f"_{_EXACT}")
    return {
        name: ArchivedKeypoints(entry=entry, stored_skeleton=skeleton, exact=exact)
        for name, entry in found.items()
    }
