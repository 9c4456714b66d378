"""Frame numbers in the names of images and files."""

import re
from collections.abc import Sequence
from pathlib import PurePath


def from_names(names: Sequence[str]) -> list[int] | None:
    """Returns the last number in each name; None unless all have a different one.

    Numbers from 1 are taken as they are: `000001.jpg` is frame 1.
    """
    found = []
    for name in names:
        digits = re.findall(r"\d+", PurePath(name).stem)
        if not digits or len(digits[-1]) > 15:
            return None
        found.append(int(digits[-1]))
    return found if len(set(found)) == len(found) else None
