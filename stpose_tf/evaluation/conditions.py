"""The named conditions that a model is measured under."""

import dataclasses
from collections.abc import Mapping

import tensorflow as tf

from stpose_tf import errors
from stpose_tf.augment import augmentation, occlusion, window_tensors


@dataclasses.dataclass(frozen=True)
class HideFrames:
    """Hides consecutive frames, somewhere among those that the row is scored on.

    Attributes:
        length: Number of frames; fewer where fewer are scored.
    """

    length: int

    def __call__(
        self, example: augmentation.Example, seed: tf.Tensor
    ) -> augmentation.Example:
        scored = example["score"] > 0.5
        places = tf.range(tf.shape(scored)[0])
        first = tf.cast(tf.argmax(scored), tf.int32)
        count = tf.reduce_sum(tf.cast(scored, tf.int32))
        room = tf.maximum(count - self.length, 0)
        start = first + tf.random.stateless_uniform((), seed, 0, room + 1, tf.int32)
        hidden = (places >= start) & (places < start + self.length) & scored
        return window_tensors.hide(example, hidden[:, tf.newaxis])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Condition:
    """What is done to the input before the model sees it.

    Attributes:
        name: Its key in a report.
        meaning: One line for a reader.
        op: Changes a window example before its heat maps are rendered; None leaves
            it as it is.
        detector_noise: Whether rendered heat maps get the detector's noise.
    """

    name: str
    meaning: str
    op: augmentation.Augmentation | None = None
    detector_noise: bool = True


KNOWN: Mapping[str, Condition] = {
    condition.name: condition
    for condition in (
        Condition(name="clean", meaning="as detected, nothing hidden"),
        Condition(
            name="points30",
            meaning="30 % of the keypoints hidden at random",
            op=occlusion.PointOcclusion(0.3),
        ),
        Condition(
            name="frames10",
            meaning="10 consecutive frames missing in each window",
            op=HideFrames(10),
        ),
        Condition(
            name="noise_free",
            meaning="rendered without detector noise, nothing hidden",
            detector_noise=False,
        ),
    )
}


def get(names: tuple[str, ...]) -> tuple[Condition, ...]:
    """Returns the conditions called `names`.

    Raises:
        InputError: If there is no such condition.
    """
    unknown = [name for name in names if name not in KNOWN]
    if unknown or not names:
        raise errors.InputError(
            f"conditions: expected some of {', '.join(KNOWN)}. "
            f"Received: {', '.join(unknown) or 'none'}"
        )
    return tuple(KNOWN[name] for name in names)
