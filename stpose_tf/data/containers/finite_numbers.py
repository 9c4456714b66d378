"""Numbers that can be positions: finite and of a sensible size."""

from pathlib import Path

import numpy as np

from stpose_tf.data.containers import refusal

_LARGEST = 1e6  # mm or px


def check(
    where: Path | str,
    name: str,
    array: np.ndarray,
    *,
    used: np.ndarray | None = None,
) -> None:
    """Refuses NaN, infinity, and what is a kilometre or a million pixels away.

    Args:
        where: The file.
        name: Of the array in it.
        array: Numbers in mm or px, or smaller units, `[time, ...]`.
        used: Which frames, bool, `[time]`; None is all.

    Raises:
        InputError: Names the first frame, counted from 0, that has such a number.
    """
    good = np.abs(array) <= _LARGEST  # False for NaN
    if used is not None:
        good |= ~used.reshape(-1, *[1] * (array.ndim - 1))
    if good.all():
        return
    bad = tuple(np.argwhere(~good)[0])
    frame = f" in frame {bad[0]}" if bad else ""
    raise refusal.error(
        where, f"finite positions in {name}", f"{float(array[bad]):g}{frame}"
    )
