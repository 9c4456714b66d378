"""Curves and pose pictures for TensorBoard, which is an optional package."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from stpose_tf import extras


def expect_installed() -> None:
    """Raises InputError if TensorBoard is missing."""
    extras.load("tensorboard", extra="tensorboard", asker="--tensorboard")


class TensorBoardLog:
    """Writes one point of every curve, and a picture, per epoch.

    Args:
        folder: Where the event files go.
    """

    def __init__(self, folder: Path) -> None:
        expect_installed()
        self._writer = tf.summary.create_file_writer(str(folder))

    def write(self, record: dict[str, Any], *, picture: np.ndarray) -> None:
        """Adds to the log.

        Args:
            record: A line of `log.jsonl`; nested numbers make groups.
            picture: uint8 `[height, width, 3]`.
        """
        with self._writer.as_default(step=record["step"]):
            for name, value in _curves(record).items():
                tf.summary.scalar(name, value)
            tf.summary.image("predictions above truths", picture[np.newaxis])
        self._writer.flush()


def _curves(record: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Returns nested numbers as `group/name`."""
    curves: dict[str, float] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            curves |= _curves(value, f"{prefix}{name}/")
        elif value is not None:
            curves[prefix + name] = value
    return curves
