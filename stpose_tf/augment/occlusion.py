"""The paper's three kinds of occlusion: frame-wise, point-wise and by an area.

What is hidden has a zero heat map; the 3D target and the labels stay (Cheng et al.
2020, Data Augmentation for Occlusions). Rates are ours, near the first author's
public code: 0.2 for points and for frames, runs of up to 20 frames, 0.1 for joints.
"""

import dataclasses

import tensorflow as tf

from stpose_tf.augment import augmentation, window_tensors


@dataclasses.dataclass(frozen=True, slots=True)
class FrameOcclusion:
    """Hides single whole frames.

    Attributes:
        rate: Share of frames.
    """

    rate: float

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        frames = window_tensors.num_frames(example)
        draws = tf.random.stateless_uniform([frames, 1], seed)
        return window_tensors.hide(example, draws < self.rate)


@dataclasses.dataclass(frozen=True, slots=True)
class RunOcclusion:
    """Hides one contiguous run of whole frames.

    A run that ends with the window makes the task forecasting.

    Attributes:
        max_frames: Longest run.
        at_end: Share of the runs that end with the window.
    """

    max_frames: int
    at_end: float

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        place, end = augmentation.seeds(seed, 2)
        frames = window_tensors.num_frames(example)
        forecast = tf.random.stateless_uniform([], end) < self.at_end
        run = random_run(place, frames, max_frames=self.max_frames, at_end=forecast)
        return window_tensors.hide(example, run[:, tf.newaxis])


@dataclasses.dataclass(frozen=True, slots=True)
class PointOcclusion:
    """Hides single keypoints in single frames.

    Attributes:
        rate: Share of keypoints.
    """

    rate: float

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        shape = [
            window_tensors.num_frames(example),
            window_tensors.num_keypoints(example),
        ]
        draws = tf.random.stateless_uniform(shape, seed)
        return window_tensors.hide(example, draws < self.rate)


@dataclasses.dataclass(frozen=True, slots=True)
class LimbOcclusion:
    """Hides all keypoints of one limb over a run of frames.

    Attributes:
        limbs: Keypoint indices of each limb; one limb is drawn.
        max_frames: Longest run.
    """

    limbs: tuple[tuple[int, ...], ...]
    max_frames: int

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        which, place = augmentation.seeds(seed, 2)
        keypoints = window_tensors.num_keypoints(example)
        members = [[k in limb for k in range(keypoints)] for limb in self.limbs]
        drawn = tf.random.stateless_uniform(
            [], which, maxval=len(self.limbs), dtype=tf.int32
        )
        limb = tf.constant(members)[drawn]
        run = random_run(
            place, window_tensors.num_frames(example), max_frames=self.max_frames
        )
        return window_tensors.hide(example, run[:, tf.newaxis] & limb)


@dataclasses.dataclass(frozen=True, slots=True)
class JointOcclusion:
    """Hides keypoints for the whole window.

    Attributes:
        rate: Share of keypoints.
    """

    rate: float

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        keypoints = window_tensors.num_keypoints(example)
        draws = tf.random.stateless_uniform([1, keypoints], seed)
        return window_tensors.hide(example, draws < self.rate)


@dataclasses.dataclass(frozen=True, slots=True)
class AreaOcclusion:
    """Hides the keypoints that lie inside a rectangle.

    Half of the rectangles stand, as furniture does; the others move with constant
    speed from one place of the crop to another, as passers-by do.

    Attributes:
        size: Heat maps' height and width.
        sides: Smallest and largest side as a share of the crop.
        moving: Share of the rectangles that move.
    """

    size: tuple[int, int]
    sides: tuple[float, float]
    moving: float = 0.5

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        low, high = self.rectangle(seed, window_tensors.num_frames(example))
        points = example["keypoints"]
        low, high = low[:, tf.newaxis], high[:, tf.newaxis]
        inside = tf.reduce_all((points >= low) & (points <= high), axis=-1)
        return window_tensors.hide(example, inside)

    def rectangle(self, seed: tf.Tensor, frames: int) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the upper left and the lower right corner over time.

        Args:
            seed: The seed of the call.
            frames: Length of the window.

        Returns:
            Two tensors of heat-map px, `[time, 2]` (x, y).
        """
        draws = tf.random.stateless_uniform([7], seed)
        extent = self.sides[0] + (self.sides[1] - self.sides[0]) * draws[0:2]
        start = draws[2:4]
        stop = tf.where(draws[6] < self.moving, draws[4:6], start)
        progress = tf.linspace(0.0, 1.0, frames)[:, tf.newaxis]
        center = start + (stop - start) * progress  # [time, 2] in crop units
        scale = tf.constant([self.size[1], self.size[0]], tf.float32)
        return (center - extent / 2) * scale - 0.5, (center + extent / 2) * scale - 0.5


def random_run(
    seed: tf.Tensor,
    frames: int,
    *,
    max_frames: int,
    at_end: tf.Tensor | bool = False,
) -> tf.Tensor:
    """Returns one contiguous run, True inside, bool `[time]`.

    Args:
        seed: Stateless seed `[2]`.
        frames: Length of the window.
        max_frames: Longest run; lengths from 1 to it are equally likely.
        at_end: Whether the run ends with the window.
    """
    draws = tf.random.stateless_uniform([2], seed)
    length = 1 + tf.cast(draws[0] * min(max_frames, frames), tf.int32)
    last_start = frames - length
    start = tf.cast(draws[1] * tf.cast(last_start + 1, tf.float32), tf.int32)
    start = tf.where(at_end, last_start, start)
    index = tf.range(frames)
    return (index >= start) & (index < start + length)
