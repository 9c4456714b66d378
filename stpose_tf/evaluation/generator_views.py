"""A generator that also looks at the mirror image, and one that sees less time."""

import dataclasses
from typing import Any, Protocol

import tensorflow as tf

from stpose_tf.geometry import skeletons


class Generator(Protocol):
    """What is measured: `STPose`, or something that answers as it does."""

    @property
    def context(self) -> tuple[int, int]:
        """Frames before and after a frame that its pose depends on."""
        ...

    def count_params(self) -> int:
        """Returns the number of weights."""
        ...

    def __call__(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Returns `pose` and `log_sigma` as `STPose` does."""
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlipAveraged:
    """The mean of a generator's answers to a window and to its mirror image.

    Test-time augmentation as VideoPose3D's numbers have it: heat maps are mirrored
    and left and right keypoints exchanged; the answer is mirrored back.

    Attributes:
        generator: What is asked twice.
        input_skeleton: Order of the heat maps.
        output_skeleton: Order of the joints.
    """

    generator: Generator
    input_skeleton: str
    output_skeleton: str

    @property
    def context(self) -> tuple[int, int]:
        """Frames before and after a frame that its pose depends on."""
        return self.generator.context

    def count_params(self) -> int:
        """Returns the generator's number of weights."""
        return int(self.generator.count_params())

    def __call__(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Returns `pose` and `log_sigma` as `STPose` does."""
        keypoints = skeletons.get(self.input_skeleton).mirror_permutation
        joints = skeletons.get(self.output_skeleton).mirror_permutation
        maps = tf.gather(inputs["heatmaps"][..., ::-1, :], keypoints, axis=-1)
        seen = self.generator(inputs, training=training)
        mirrored = self.generator({**inputs, "heatmaps": maps}, training=training)
        pose = tf.gather(mirrored["pose"], joints, axis=-2) * [-1.0, 1.0, 1.0]
        log_sigma = tf.gather(mirrored["log_sigma"], joints, axis=-1)
        return {
            "pose": (seen["pose"] + pose) / 2,
            "log_sigma": (seen["log_sigma"] + log_sigma) / 2,
        }


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ShortContext:
    """A generator whose rows are planned with another context than it looks at.

    A model that was trained on windows of T frames is measured on rows of T frames:
    in longer ones it would meet a past and a future that training never showed. Near
    their ends it then sees fewer frames than it could use, as in training.

    Attributes:
        generator: What is asked.
        frames: Frames before and after a scored frame that a row must have, where the
            clip has them.
    """

    generator: Generator
    frames: int

    @property
    def context(self) -> tuple[int, int]:
        """Frames before and after a frame that rows are planned with."""
        return self.frames, self.frames

    def count_params(self) -> int:
        """Returns the generator's number of weights."""
        return int(self.generator.count_params())

    def __call__(self, inputs: dict[str, Any], training: bool = False) -> Any:
        """Returns `pose` and `log_sigma` as `STPose` does."""
        return self.generator(inputs, training=training)
