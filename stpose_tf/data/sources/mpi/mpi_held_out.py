"""A sequence of MPI-INF-3DHP's test set as it is given out."""

import dataclasses
from pathlib import Path

from stpose_tf.data.clip import Clip
from stpose_tf.data.footage import Footage
from stpose_tf.data.sources.mpi import mpi_annotations, mpi_footage
from stpose_tf.data.sources.recorded import uncalibrated_clip


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutSequence:
    """A sequence of the test set that was found.

    Attributes:
        folder: Holds `annot_data.mat`.
        clip_id: Such as `TS1`.
        fps: Frames a second to give.
        step: Every `step`-th frame of the file is one of them.
        universal: Whether to give the standard body.
        input_skeleton: Of the keypoints.
    """

    folder: Path
    clip_id: str
    fps: float
    step: int
    universal: bool
    input_skeleton: str

    @property
    def subject(self) -> str:
        """The sequence's name: the files do not say who moves."""
        return self.clip_id

    @property
    def footage(self) -> tuple[Footage, ...]:
        """The images."""
        return mpi_footage.held_out(self.clip_id, step=self.step)

    def read(self) -> Clip:
        """Returns the clip.

        Raises:
            InputError: If the file cannot be read, or its 2D and 3D do not fit.
        """
        path = self.folder / "annot_data.mat"
        seen = mpi_annotations.read_test(path, step=self.step)
        if not self.universal:
            seen = dataclasses.replace(seen, universal=seen.points)
        scene, image_size = uncalibrated_clip.SCENES[self.clip_id]
        return uncalibrated_clip.build(
            clip_id=self.clip_id,
            dataset=mpi_annotations.DATASET,
            subject=self.subject,
            action=scene,
            fps=self.fps,
            seen=[("camera", seen)],
            image_size=image_size,
            input_skeleton=self.input_skeleton,
        )
