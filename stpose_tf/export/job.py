"""What is to be exported."""

import dataclasses
import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf.export import sample_windows
from stpose_tf.models import stpose

_CALIBRATION_WINDOWS = 8  # of each condition


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """A trained model, what its tensors mean, and input to try it on.

    Attributes:
        generator: The model.
        preprocessor: Content of its `preprocessor.json`.
        source: Where windows are drawn from.
    """

    generator: stpose.STPose
    preprocessor: dict[str, Any]
    source: sample_windows.Source

    @property
    def digest(self) -> str:
        """SHA-256 of the model's weights, which tells two models apart."""
        digest = hashlib.sha256()
        for weights in self.generator.get_weights():
            digest.update(np.ascontiguousarray(weights).tobytes())
        return digest.hexdigest()

    def calibration(self) -> Iterator[npt.NDArray[np.float32]]:
        """Yields heat maps of training subjects, clean and occluded.

        Each is a window, `[1, time, height, width, keypoints]`.
        """
        for condition in sample_windows.CONDITIONS:
            windows = self.source.windows(
                condition, count=_CALIBRATION_WINDOWS, training=True
            )
            for window in windows.heatmaps:
                yield window[np.newaxis]

    def facts(self, *, time: int | None) -> dict[str, str]:
        """Returns what a file says about itself, by name.

        Args:
            time: Frames of a clip; None for any number.
        """
        said = self.preprocessor
        height, width = said["heatmap_size"]
        return {
            "model": "stpose_tf",
            "input": "heat maps of one tracked person, one for each keypoint",
            "input_scale": "0 to 1; a hidden keypoint is a map of zeros",
            "heatmap_size": f"{height},{width}",
            "heatmap_sigma": f"{said['heatmap_sigma']:g}",
            "crop_margin": f"{said['crop']['margin']:g}",
            "keypoints": ",".join(said["input"]["joints"]),
            "joints": ",".join(said["output"]["joints"]),
            "unit": said["unit"],
            "frame": said["frame"],
            "fps": f"{said['fps']:g}",
            "time": "any" if time is None else str(time),
        }
