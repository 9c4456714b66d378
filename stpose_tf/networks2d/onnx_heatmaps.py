"""A heat-map network in an ONNX file: HRNet, ViTPose, SimpleBaseline exports."""

from pathlib import Path
from typing import Any

import numpy as np

from stpose_tf import errors
from stpose_tf.geometry import skeletons
from stpose_tf.networks2d import onnx_session, top_down_network
from stpose_tf.networks2d.top_down_network import TopDownNetwork


def load(
    path: Path,
    *,
    skeleton: str = "coco17",
    input_size: tuple[int, int] | None = None,
    mean: tuple[float, ...] = top_down_network.IMAGENET_MEAN,
    stddev: tuple[float, ...] = top_down_network.IMAGENET_STDDEV,
    bgr: bool = False,
    flip: bool = False,
    alignment: str = "corner",
    threads: int = 1,
) -> TopDownNetwork:
    """Returns the network of an ONNX file.

    It takes one batch of images, `[people, 3, height, width]` or channels last, and
    its first output of four axes is the heat maps, likewise.

    Args:
        path: The file.
        skeleton: Order of its keypoints; there must be one map for each.
        input_size: Height and width of its crops, where the file leaves them open.
        mean: Of its first, second and third channel, 0 to 1.
        stddev: Likewise.
        bgr: Whether its channels are blue, green, red.
        flip: Whether to run the mirrored crops too and average.
        alignment: One of `top_down_network.ALIGNMENTS`.
        threads: Threads of one run.

    Raises:
        InputError: If it cannot be read or is another kind of network, or ONNX Runtime
            is not installed.
    """
    session = onnx_session.open_file(path, threads=threads)
    image, last = _image_input(session, path)
    sides = image.shape[1:3] if last else image.shape[2:4]
    if all(isinstance(side, int) for side in sides):
        input_size = (sides[0], sides[1])
    if input_size is None:
        raise errors.InputError(
            f"{path}: expected an input size, which the file leaves open. "
            f"Received: {image.shape}"
        )
    one_by_one = image.shape[0] == 1
    count = skeletons.get(skeleton).num_joints

    if bgr:
        mean, stddev = mean[::-1], stddev[::-1]

    def run(images: np.ndarray) -> np.ndarray:
        images = images[..., ::-1] if bgr else images
        given = images if last else images.transpose(0, 3, 1, 2)
        parts = np.split(given, len(given)) if one_by_one else [given]
        made = [session.run(None, {image.name: np.ascontiguousarray(p)}) for p in parts]
        maps = [_maps(outputs, count, path) for outputs in made]
        return np.concatenate(maps)

    trial = run(np.zeros((1, *input_size, 3), np.float32))
    return TopDownNetwork(
        run,
        name=path.stem,
        skeleton=skeleton,
        input_size=input_size,
        map_size=(trial.shape[1], trial.shape[2]),
        mean=mean,
        stddev=stddev,
        flip=flip,
        alignment=alignment,
    )


def _image_input(session: Any, path: Path) -> tuple[Any, bool]:
    """Returns the network's one input and whether its channels come last."""
    inputs = session.get_inputs()
    shape = inputs[0].shape if inputs else []
    if len(inputs) != 1 or len(shape) != 4 or 3 not in (shape[1], shape[3]):
        raise errors.InputError(
            f"{path}: expected one input of images. "
            f"Received: {[i.shape for i in inputs]}"
        )
    if inputs[0].type != "tensor(float)":
        raise errors.InputError(
            f"{path}: expected float32 images. Received: {inputs[0].type}"
        )
    return inputs[0], shape[1] != 3


def _maps(outputs: list[np.ndarray], count: int, path: Path) -> np.ndarray:
    """Returns the heat maps among the outputs, channels last."""
    for output in outputs:
        if output.ndim == 4 and output.shape[1] == count:
            return output.transpose(0, 2, 3, 1)
        if output.ndim == 4 and output.shape[3] == count:
            return output
    raise errors.InputError(
        f"{path}: expected {count} heat maps. "
        f"Received: {[list(output.shape) for output in outputs]}"
    )
