"""Scores kept apart by action and subject."""

from collections.abc import Sequence

from stpose_tf.data.records import record_index
from stpose_tf.evaluation import metrics, pose_sequence, scores
from stpose_tf.geometry import skeletons


class ScoreGroups:
    """Adds up sequences of the clips of some records.

    Args:
        clips: The clips of all indexes, in their order.
        skeleton: Order of the joints.
        temporal_stride: From a frame at the evaluation rate to the next.
    """

    def __init__(
        self,
        clips: Sequence[record_index.ClipEntry],
        skeleton: skeletons.Skeleton,
        *,
        temporal_stride: int,
    ) -> None:
        self._clips = clips
        self._root = skeleton.root_index
        self._pck_joints = metrics.pck_joints(
            skeleton.name, skeleton.joints, root=self._root
        )
        self._stride = temporal_stride
        self.scores: dict[tuple[str, str], scores.Scores] = {}

    def add(self, sequence: pose_sequence.PoseSequence) -> None:
        """Adds one sequence to the scores of its clip's action and subject."""
        clip = self._clips[sequence.clip]
        found = scores.score(
            sequence,
            fps=clip.fps / self._stride,
            root=self._root,
            pck_joints=self._pck_joints,
        )
        key = (clip.action, clip.subject)
        self.scores[key] = self.scores[key] + found if key in self.scores else found

    @property
    def count(self) -> float:
        """Joints with a known truth."""
        return float(sum(group.count.sum() for group in self.scores.values()))
