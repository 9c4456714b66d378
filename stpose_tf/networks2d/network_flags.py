"""The flags by which a command's user names a 2D network."""

from absl import flags

from stpose_tf import errors
from stpose_tf.networks2d import network_choice, top_down_network
from stpose_tf.networks2d.network_choice import NetworkChoice

OPTIONS = tuple(
    f"network_{name}"
    for name in ("skeleton", "size", "normalization", "channels", "alignment", "flip")
)


def define(name: str, default: str | None, what: str) -> None:
    """Defines the flags.

    Args:
        name: Of the flag that names the network.
        default: Its value without the flag.
        what: What the network is for, as a sentence.
    """
    flags.DEFINE_string(
        name,
        default,
        f"{what} {', '.join(network_choice.NAMES)}, or a file: .tflite or .task "
        "(BlazePose), .keras (a converted HRNet) or .onnx (any heat-map network).",
    )
    flags.DEFINE_string(
        "network_skeleton", None, "Order of the network's keypoints; else coco17."
    )
    flags.DEFINE_string(
        "network_size",
        None,
        "Height x width of an ONNX network's crops, where the file leaves them open.",
    )
    flags.DEFINE_string(
        "network_normalization",
        None,
        "Of an ONNX network's pixels: imagenet (the default), unit (0 to 1), symmetric "
        "(-1 to 1), bytes (0 to 255) or three means and three standard deviations of "
        "pixels from 0 to 255, with commas.",
    )
    flags.DEFINE_enum(
        "network_channels",
        None,
        list(network_choice.CHANNELS),
        "Order of an ONNX network's channels; else rgb.",
    )
    flags.DEFINE_enum(
        "network_alignment",
        None,
        list(top_down_network.ALIGNMENTS),
        "Where the maps of HRNet or an ONNX network lie in the crop: corner (the "
        "default; HRNet, SimpleBaseline), ends (UDP, ViTPose) or center.",
    )
    flags.DEFINE_bool(
        "network_flip", False, "Show HRNet or an ONNX network mirrored crops, too."
    )


def choice(name: str) -> NetworkChoice:
    """Returns what the flags say.

    Args:
        name: Of the flag that names the network.

    Raises:
        InputError: If the size is none.
    """
    given = flags.FLAGS
    return NetworkChoice(
        name=str(given[name].value),
        skeleton=given.network_skeleton,
        input_size=_size(given.network_size),
        normalization=given.network_normalization,
        channels=given.network_channels,
        alignment=given.network_alignment,
        flip=given.network_flip,
    )


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    height, _, width = text.lower().partition("x")
    if not (height.isdecimal() and width.isdecimal() and int(height) and int(width)):
        raise errors.InputError(
            f"--network_size: expected HEIGHTxWIDTH in px, as 256x192. Received: {text}"
        )
    return int(height), int(width)
