"""The predictions of one view of one clip, in the order of its frames."""

import dataclasses

import numpy as np
import numpy.typing as npt


@dataclasses.dataclass(frozen=True, kw_only=True)
class PoseSequence:
    """What is scored: poses in the camera frame, mm, root-relative.

    Attributes:
        clip: Position of the clip in the records' index.
        view: Which of the clip's views.
        frames: Frame numbers at the evaluation rate, rising, `[time]`.
        predictions: `[time, joints, 3]`.
        truths: `[time, joints, 3]`.
        valid: Whether the truth is known, `[time, joints]`.
        occluded: Whether everything that shows a joint was hidden from the network,
            `[time, joints]`.
        missing: Whether the network saw nothing of the frame, `[time]`.
        log_sigma: Log of the predicted standard error of one coordinate in mm,
            `[time, joints]`.
        baseline: What the mean training pose would have been, `[time, joints, 3]`;
            zeros where that pose is not known.
    """

    clip: int
    view: int
    frames: npt.NDArray[np.int64]
    predictions: npt.NDArray[np.float64]
    truths: npt.NDArray[np.float64]
    valid: npt.NDArray[np.bool_]
    occluded: npt.NDArray[np.bool_]
    missing: npt.NDArray[np.bool_]
    log_sigma: npt.NDArray[np.float64]
    baseline: npt.NDArray[np.float64]

    def with_predictions(self, predictions: npt.NDArray[np.float64]) -> "PoseSequence":
        """Returns the same sequence as if `predictions` had been made for it."""
        return dataclasses.replace(
            self, predictions=np.broadcast_to(predictions, self.truths.shape)
        )
