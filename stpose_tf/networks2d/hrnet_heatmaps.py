"""HRNet's boxes, decoding and weights file, as the original has them."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.geometry import skeletons
from stpose_tf.networks2d.top_down_network import TopDownNetwork

_PADDING = 1.25


def load(
    path: Path,
    *,
    skeleton: str = "coco17",
    flip: bool = False,
    alignment: str = "corner",
) -> TopDownNetwork:
    """Returns the network of a `.keras` file that `fetch_models --convert` wrote.

    Args:
        path: The file.
        skeleton: Order of its keypoints.
        flip: Whether to run the mirrored crops too and average.
        alignment: One of `top_down_network.ALIGNMENTS`.

    Raises:
        InputError: If it cannot be read or has not one map for each keypoint.
    """
    if not path.is_file():
        raise errors.InputError(f"{path}: expected a .keras file. Received: no file")
    try:
        model = keras.saving.load_model(path, compile=False)
    except (ValueError, OSError, KeyError) as error:
        raise errors.InputError(
            f"{path}: expected a Keras network. Received: {error}"
        ) from error
    return network(
        model, skeleton=skeleton, flip=flip, alignment=alignment, name=path.stem
    )


def network(
    model: keras.Model,
    *,
    skeleton: str = "coco17",
    flip: bool = False,
    alignment: str = "corner",
    name: str,
) -> TopDownNetwork:
    """Returns an HRNet (`hrnet.build`) of a fixed input size as a heat-map network.

    Raises:
        InputError: If it is another network, leaves its input's size open or has not
            one map for each keypoint.
    """
    given, made = model.input_shape, model.output_shape
    count = skeletons.get(skeleton).num_joints
    fits = isinstance(given, tuple) and isinstance(made, tuple)
    fits = fits and len(given) == len(made) == 4 and None not in given[1:] + made[1:]
    if not fits or given[3] != 3 or made[3] != count:
        raise errors.InputError(
            f"{name}: expected a network from images of one size to {count} heat maps "
            f"({skeleton}). Received: {given} to {made}"
        )
    (height, width), (map_height, map_width) = given[1:3], made[1:3]
    # Compiled: 600 layers one by one would take several times as long.
    run = tf.function(
        lambda images: model(images, training=False),
        input_signature=[tf.TensorSpec((None, height, width, 3))],
    )
    return TopDownNetwork(
        lambda images: run(tf.constant(images)).numpy(),
        name=name,
        skeleton=skeleton,
        input_size=(height, width),
        map_size=(map_height, map_width),
        flip=flip,
        alignment=alignment,
    )


def crop_of_box(box: np.ndarray, input_size: tuple[int, int]) -> np.ndarray:
    """Returns the crop that the original cuts for a person's box.

    The box grows to the network's shape, then by a quarter. The original counts from
    the center of the first pixel and moves the box's center to (width / 2, height / 2)
    of the crop, which is half a crop pixel off the middle.

    Args:
        box: Left, top, width and height in px as the original counts, `[..., 4]`.
        input_size: Height and width of the crop.

    Returns:
        Center x, center y, side (height) in px and roll, `[..., 4]`.
    """
    box = np.asarray(box, np.float64)
    height, width = input_size
    side = _PADDING * np.maximum(box[..., 3], box[..., 2] * height / width)
    off = 0.5 - 0.5 * side / height
    return np.stack(
        [
            box[..., 0] + box[..., 2] / 2.0 + off,
            box[..., 1] + box[..., 3] / 2.0 + off,
            side,
            np.zeros_like(side),
        ],
        axis=-1,
    )


def decode(maps: np.ndarray) -> np.ndarray:
    """Returns keypoints as the original decodes them.

    The highest pixel, a quarter of a pixel towards its higher neighbor on each axis;
    (0, 0) where nothing is above 0.

    Args:
        maps: `[..., height, width, keypoints]`.

    Returns:
        x and y in heat-map px and the height, `[..., keypoints, 3]`.
    """
    maps = np.moveaxis(np.asarray(maps, np.float64), -1, -3)
    height, width = maps.shape[-2:]
    flat = maps.reshape(*maps.shape[:-2], height * width)
    best, top = flat.argmax(axis=-1), flat.max(axis=-1)
    row, column = np.divmod(best, width)
    inside = (column > 1) & (column < width - 1) & (row > 1) & (row < height - 1)

    def at(index: np.ndarray) -> np.ndarray:
        index = np.where(inside, index, 0)[..., np.newaxis]
        return np.take_along_axis(flat, index, axis=-1)[..., 0]

    x = column + np.where(inside, 0.25 * np.sign(at(best + 1) - at(best - 1)), 0.0)
    y = row + np.where(inside, 0.25 * np.sign(at(best + width) - at(best - width)), 0.0)
    found = top > 0.0
    return np.stack([np.where(found, x, 0.0), np.where(found, y, 0.0), top], axis=-1)
