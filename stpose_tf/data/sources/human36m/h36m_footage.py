"""Where Human3.6M's videos lie, such as `S1/Videos/Directions 1.54138969.mp4`."""

import itertools

from stpose_tf.data.footage import Footage
from stpose_tf.data.sources.human36m import h36m_cameras, h36m_sequences

_FOLDERS = ("{}/Videos", "extracted/{}/Videos", "{}")


def footage(subject: str, sequence: str, *, step: int) -> tuple[Footage, ...]:
    """Returns the video of each camera.

    Args:
        subject: Such as `S1`.
        sequence: Its canonical name; subject 1's own names, and `_` in place of the
            space, are found too.
        step: Every which frame to keep.
    """
    known = (sequence, h36m_sequences.long_name(sequence))
    spelled = dict.fromkeys(n for name in known for n in (name, name.replace(" ", "_")))
    return tuple(
        Footage(
            names=tuple(
                f"{folder.format(subject)}/{name}.{camera}"
                for folder, name in itertools.product(_FOLDERS, spelled)
            ),
            step=step,
        )
        for camera in h36m_cameras.NAMES
    )
