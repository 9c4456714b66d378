"""2D networks by the names that users give them.

`blazepose_lite`, `blazepose_full` (also `blazepose`) and `blazepose_heavy` are found by
`model_files`; `hrnet` is the converted file among the models that were fetched. A file
is named by its path: `.tflite` or `.task` holds BlazePose, `.keras` a converted HRNet,
`.onnx` any heat-map network.
"""

import dataclasses
import math
from pathlib import Path

from stpose_tf import errors
from stpose_tf.networks2d import (
    blazepose,
    hrnet_heatmaps,
    model_files,
    onnx_heatmaps,
    top_down_network,
)
from stpose_tf.networks2d.heatmap_network import HeatmapNetwork

DEFAULT = "blazepose_full"
NAMES = ("blazepose", *(f"blazepose_{size}" for size in blazepose.SIZES), "hrnet")
NORMALIZATIONS = {
    "imagenet": (top_down_network.IMAGENET_MEAN, top_down_network.IMAGENET_STDDEV),
    "unit": ((0.0,) * 3, (1.0,) * 3),
    "symmetric": ((0.5,) * 3, (0.5,) * 3),
    "bytes": ((0.0,) * 3, (1.0 / 255.0,) * 3),
}
CHANNELS = ("rgb", "bgr")
_BLAZEPOSE_FILES = (".tflite", ".task")
_HRNET_FILES = "*hrnet*.keras"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NetworkChoice:
    """Which 2D network, and what its file does not say; None where it is as usual.

    Attributes:
        name: One of `NAMES`, or a file.
        skeleton: Order of its keypoints; usually `"coco17"`.
        input_size: Height and width of an ONNX network's crops, if the file leaves
            them open.
        normalization: Of an ONNX network's pixels: one of `NORMALIZATIONS`
            (`"imagenet"`), or six numbers for pixels from 0 to 255, the mean of each
            channel and then its standard deviation.
        channels: Of an ONNX network's pixels, one of `CHANNELS`, in the order that the
            normalization has, too; usually `"rgb"`.
        alignment: Of HRNet's and of an ONNX network's maps, one of
            `top_down_network.ALIGNMENTS`; usually `"corner"`.
        flip: Whether HRNet or an ONNX network is to see the mirrored crops, too.
    """

    name: str = DEFAULT
    skeleton: str | None = None
    input_size: tuple[int, int] | None = None
    normalization: str | None = None
    channels: str | None = None
    alignment: str | None = None
    flip: bool = False


def load(choice: NetworkChoice, *, threads: int = 1) -> HeatmapNetwork:
    """Returns the network.

    Args:
        choice: What the user wants.
        threads: Threads of one run, where the network's runtime lets us say.

    Raises:
        InputError: If the name is not known, the file is missing or holds something
            else, or the choice says something that this network has no use for.
    """
    path, skeleton = Path(choice.name), choice.skeleton or "coco17"
    kind = path.suffix.lower()
    if choice.name in NAMES or kind in _BLAZEPOSE_FILES:
        if choice.name != "hrnet":
            _refuse_unused(choice, "skeleton")
            return _blazepose(choice.name, skeleton, threads)
        path, kind = _hrnet_file(), ".keras"
    if kind == ".keras":
        _refuse_unused(choice, "skeleton", "alignment", "flip")
        return hrnet_heatmaps.load(
            path,
            skeleton=skeleton,
            flip=choice.flip,
            alignment=choice.alignment or "corner",
        )
    if kind == ".onnx":
        mean, stddev = normalization(choice.normalization or "imagenet")
        return onnx_heatmaps.load(
            path,
            skeleton=skeleton,
            input_size=choice.input_size,
            mean=mean,
            stddev=stddev,
            bgr=_is_bgr(choice.channels or "rgb"),
            flip=choice.flip,
            alignment=choice.alignment or "corner",
            threads=threads,
        )
    raise errors.InputError(
        f"network: expected one of {', '.join(NAMES)} or a .tflite, .task, .keras or "
        f".onnx file. Received: {choice.name}"
    )


def normalization(text: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Returns mean and standard deviation of pixels from 0 to 1, channel by channel.

    Args:
        text: One of `NORMALIZATIONS`, or six numbers for pixels from 0 to 255.

    Raises:
        InputError: If it is neither.
    """
    if text in NORMALIZATIONS:
        return NORMALIZATIONS[text]
    try:
        numbers = tuple(float(number) / 255.0 for number in text.split(","))
    except ValueError:
        numbers = ()
    fits = len(numbers) == 6 and all(math.isfinite(number) for number in numbers)
    if not fits or min(numbers[3:]) <= 0.0:
        raise errors.InputError(
            f"normalization: expected one of {', '.join(NORMALIZATIONS)}, or three "
            f"means and three standard deviations. Received: {text}"
        )
    return numbers[:3], numbers[3:]


def _blazepose(name: str, skeleton: str, threads: int) -> HeatmapNetwork:
    if name not in NAMES:
        # The sizes differ in their weights alone, so any of them reads the file.
        content = model_files.load(DEFAULT, Path(name))
        short = Path(name).stem
    else:
        short = DEFAULT if name == "blazepose" else name
        content = model_files.load(short)
    return blazepose.BlazePose(content, name=short, skeleton=skeleton, threads=threads)


def _hrnet_file() -> Path:
    folders = model_files.folders()
    found = sorted({p for f in folders for p in f.glob(_HRNET_FILES)})
    if len(found) != 1:
        raise errors.InputError(
            f"network: hrnet: expected one {_HRNET_FILES} in "
            f"{' or '.join(map(str, folders))} (fetch_models --convert writes it), or "
            f"its path. Received: {', '.join(map(str, found)) or 'none'}"
        )
    return found[0]


def _is_bgr(channels: str) -> bool:
    if channels not in CHANNELS:
        raise errors.InputError(
            f"channels: expected one of {', '.join(CHANNELS)}. Received: {channels}"
        )
    return channels == "bgr"


def _refuse_unused(choice: NetworkChoice, *used: str) -> None:
    """Refuses what the user says of a network that it does not change."""
    for field in dataclasses.fields(choice):
        said = getattr(choice, field.name)
        if field.name not in ("name", *used) and said:
            raise errors.InputError(
                f"{choice.name}: expected nothing of its {field.name}, which is its "
                f"own. Received: {said}"
            )
