"""Poses of a video while it is being filmed."""

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.models import stpose, stream_step

Array = npt.NDArray[np.float32]

_MS_PER_SECOND = 1000.0


class StreamedPose(NamedTuple):
    """What the model says of one frame.

    Attributes:
        frame: Number of the frame, counted in frames pushed since the last reset.
        pose: Joints in mm in the crop frame, relative to the root, `[joints, 3]` or
            `[people, joints, 3]`; 0 for people who were absent.
        log_sigma: Log of each joint's standard error in mm, `[joints]` or
            `[people, joints]`; it means nothing for people who were absent.
        present: Whether the frame lies inside the person's clip, `[]` or `[people]`.
    """

    frame: int
    pose: Array
    log_sigma: Array
    present: npt.NDArray[np.bool_]


class StreamingPredictor:
    """Poses frame by frame, the same as the model gives on the whole clip.

    A frame costs the same however many came before. A causal model answers at once;
    a centered one answers `latency_frames` later, because it looks that far ahead.

    A frame on which the detector found nothing is all zero, as in training: the model
    bridges it. A frame on which nobody was tracked is absent: the model sees the clip
    as over there, and gives no pose. After more absent frames than the model sees back,
    or after `reset`, nothing is left of the past.

    Example:
        predictor = StreamingPredictor(model)
        for heatmaps in camera:  # [height, width, keypoints], in 0..1
            pose = predictor.push(heatmaps)
            if pose is not None:
                show(pose.frame, pose.pose)
        for pose in predictor.flush():
            show(pose.frame, pose.pose)

    Args:
        model: A trained network. The predictor follows its weights.
    """

    def __init__(self, model: stpose.STPose) -> None:
        self._step = stream_step.StreamStep(model)
        self._shape: tuple[int, ...] = model.heatmap_shape
        self._advance: Any = None
        self._functions: Any = tf.function(self._step.step, autograph=False)
        self.reset()

    @property
    def latency_frames(self) -> int:
        """Frames from a frame to its pose; 0 if the model is causal."""
        return self._step.lookahead

    def latency_ms(self, fps: float) -> float:
        """Returns the milliseconds of film from a frame to its pose.

        The model's own work comes on top; it starts when the last frame arrives.

        Args:
            fps: Frame rate of the stream.

        Raises:
            InputError: If it is not positive.
        """
        if not fps > 0.0:
            raise errors.InputError(f"fps: expected more than 0. Received: {fps}")
        return _MS_PER_SECOND * self.latency_frames / fps

    def push(
        self, heatmaps: npt.ArrayLike | None, *, present: npt.ArrayLike | None = None
    ) -> StreamedPose | None:
        """Takes the next frame; returns the pose of the frame `latency_frames` ago.

        Args:
            heatmaps: In 0..1, `[height, width, keypoints]`, or
                `[people, height, width, keypoints]` with the same people in every
                frame up to the next reset. None if nobody was tracked.
            present: With several people: who was tracked in this frame, `[people]`;
                None if everyone was. The maps of the others may hold anything.

        Returns:
            None if nobody was tracked in that frame, or it was before the first one.

        Raises:
            InputError: If the heat maps are not those of the model, or the people are
                not as many as before. The stream then stands where it stood.
        """
        if heatmaps is None:
            if present is not None and np.any(present):
                raise errors.InputError(
                    "present: expected nobody where heatmaps is None. "
                    f"Received: {present}"
                )
            return self._push_nobody()
        maps = self._checked_maps(heatmaps)
        inside = self._checked_present(present, maps)
        if not np.isfinite(maps.sum(axis=(-3, -2, -1))[inside]).all():
            raise errors.InputError(
                "heatmaps: expected numbers in 0..1. Received: NaN or infinity"
            )
        if self._people is None:
            self._start(maps.shape[:-3])
        return self._push(maps, inside)

    def flush(self) -> list[StreamedPose]:
        """Ends the stream; returns the poses that a centered model still owes.

        Returns:
            At most `latency_frames` of them. Frames on which nobody was tracked are
            left out.
        """
        poses = [self._push_nobody() for _ in range(self.latency_frames)]
        self.reset()
        return [pose for pose in poses if pose is not None]

    def reset(self, person: int | None = None) -> None:
        """Forgets the past: the next frame is the first of a clip.

        Poses still owed for earlier frames are lost.

        Args:
            person: Whose past, where another person takes over their place; the others
                go on and the frames keep their numbers. None forgets everyone, the
                number of people and the number of the frame.

        Raises:
            InputError: If there is no such person.
        """
        if person is None:
            self._frames = 0
            self._people: tuple[int, ...] | None = None
            self._state: stream_step.State = {}
            return
        count = self._people[0] if self._people else 0
        if not 0 <= person < count:
            raise errors.InputError(
                f"person: expected one of {count} people. Received: {person}"
            )
        keep = tf.constant(np.arange(count) != person)
        self._state = {
            name: tf.where(tf.reshape(keep, (-1, *[1] * (values.ndim - 1))), values, 0)
            for name, values in self._state.items()
        }

    def _start(self, people: tuple[int, ...]) -> None:
        batch = math.prod(people)
        state = self._step.initial_state(batch)
        # Looked up once and not with every frame, which would cost a quarter more.
        self._advance = self._functions.get_concrete_function(
            tf.TensorSpec((batch, *self._shape)), tf.TensorSpec((batch,)), state
        )
        self._people, self._state = people, state

    def _push_nobody(self) -> StreamedPose | None:
        if self._people is None:  # absent frames leave nothing in a fresh state
            self._frames += 1
            return None
        maps = np.zeros((*self._people, *self._shape), np.float32)
        return self._push(maps, np.zeros(self._people, np.bool_))

    def _push(self, maps: Array, inside: npt.NDArray[np.bool_]) -> StreamedPose | None:
        outputs, self._state = self._advance(
            tf.constant(maps.reshape(-1, *self._shape)),
            tf.constant(inside.reshape(-1), tf.float32),
            self._state,
        )
        self._frames += 1
        ready = outputs["ready"].numpy() > 0.0
        if not ready.any():
            return None
        people = inside.shape
        pose, log_sigma = outputs["pose"].numpy(), outputs["log_sigma"].numpy()
        return StreamedPose(
            frame=self._frames - 1 - self.latency_frames,
            pose=pose.reshape(*people, *pose.shape[1:]),
            log_sigma=log_sigma.reshape(*people, *log_sigma.shape[1:]),
            present=ready.reshape(people),
        )

    def _checked_maps(self, heatmaps: npt.ArrayLike) -> Array:
        maps = np.asarray(heatmaps)
        if not np.issubdtype(maps.dtype, np.floating):
            raise errors.InputError(
                f"heatmaps: expected floats in 0..1. Received: {maps.dtype}"
            )
        people = maps.shape[:-3]
        fits = maps.shape[-3:] == self._shape and len(people) <= 1 and 0 not in people
        if not fits or people != (people if self._people is None else self._people):
            raise errors.InputError(
                f"heatmaps: expected shape {self._expected()}. Received: {maps.shape}"
            )
        return maps.astype(np.float32, copy=False)

    def _expected(self) -> str:
        axes = ("height", "width", "keypoints")
        frame = [f"{n}={size}" for n, size in zip(axes, self._shape, strict=True)]
        one, several = f"[{', '.join(frame)}]", f"[people, {', '.join(frame)}]"
        if self._people is None:
            return f"{one} or {several}"
        if not self._people:
            return f"{one}, as before"
        return f"{several} of {self._people[0]} people, as before"

    def _checked_present(
        self, present: npt.ArrayLike | None, maps: Array
    ) -> npt.NDArray[np.bool_]:
        people = maps.shape[:-3]
        if present is None:
            return np.ones(people, np.bool_)
        inside = np.asarray(present)
        if inside.shape != people:
            raise errors.InputError(
                f"present: expected shape {people}. Received: {inside.shape}"
            )
        return inside.astype(np.bool_)
