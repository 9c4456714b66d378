"""Human3.6M's videos, such as `S1/Videos/Directions 1.54138969.mp4`, and their 2D."""

import itertools

from stpose_tf.data import footage as footages
from stpose_tf.data.footage import Footage
from stpose_tf.data.sources.human36m import h36m_cameras, h36m_sequences

_FOLDERS = ("{}/Videos", "extracted/{}/Videos", "{}")


def footage(subject: str, sequence: str, *, step: int) -> tuple[Footage, ...]:
    """Returns what each camera filmed, which may outlast the motion capture.

    Args:
        subject: Such as `S1`.
        sequence: Its canonical name; subject 1's own names, and `_` in place of the
            space, are found too.
        step: Every which frame to keep.
    """
    known = dict.fromkeys((sequence, h36m_sequences.long_name(sequence)))
    places = list(itertools.product(_FOLDERS, footages.spellings([*known])))
    return tuple(
        Footage(
            videos=tuple(
                f"{folder.format(subject)}/{name}.{camera}" for folder, name in places
            ),
            detections=tuple(f"{subject}/{name}.{camera}" for name in known),
            step=step,
            rest="some",
            drifts=(subject, sequence) in h36m_sequences.DAMAGED,
        )
        for camera in h36m_cameras.NAMES
    )
