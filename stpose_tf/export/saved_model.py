"""The generator as a TensorFlow SavedModel."""

from collections.abc import Callable, Mapping
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from stpose_tf.models import stpose

SIGNATURE = "serving_default"
INPUT = "heatmaps"
OUTPUTS = ("pose", "log_sigma")

Arrays = Mapping[str, npt.NDArray[np.float32]]


def write(generator: stpose.STPose, folder: Path) -> None:
    """Writes a SavedModel that needs nothing but TensorFlow.

    Its signature `serving_default` takes `heatmaps` in 0..1, float32 `[batch, time,
    height, width, keypoints]` with any batch and time, and gives `pose` `[batch,
    time, joints, 3]` in mm in the crop frame and `log_sigma` `[batch, time, joints]`,
    the log of each joint's standard error in mm.
    """
    specification = tf.TensorSpec(
        (None, None, *generator.heatmap_shape), tf.float32, name=INPUT
    )

    def serve(heatmaps: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = generator({INPUT: heatmaps}, training=False)
        return {name: tf.cast(outputs[name], tf.float32) for name in OUTPUTS}

    archive = keras.export.ExportArchive()
    archive.track(generator)
    archive.add_endpoint(SIGNATURE, serve, input_signature=[specification])
    archive.write_out(folder, verbose=False)


def load(folder: Path) -> Callable[[npt.NDArray[np.float32]], Arrays]:
    """Returns a function from heat maps to the outputs of the model in `folder`."""
    model = tf.saved_model.load(folder)
    serve = model.signatures[SIGNATURE]

    def run(heatmaps: npt.NDArray[np.float32]) -> Arrays:
        # The function dies with the model it belongs to: keep both.
        assert model is not None
        outputs = serve(**{INPUT: tf.constant(heatmaps)})
        return {name: value.numpy() for name, value in outputs.items()}

    return run
