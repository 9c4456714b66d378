"""The flags that say where a video's people come from."""

from pathlib import Path

from absl import flags

from stpose_tf import errors
from stpose_tf.networks2d.heatmap_network import HeatmapNetwork
from stpose_tf.people import (
    blazepose_detector,
    box_file,
    boxed_people,
    onnx_detector,
    person_tracker,
)
from stpose_tf.people.people_finder import PeopleFinder
from stpose_tf.people.person_boxes import PersonBoxes
from stpose_tf.people.sightings import PersonDetector

_BLAZEPOSE = "blazepose"
_BLAZEPOSE_FILES = (".tflite", ".task")
_SCORE = 0.5
NAMES = ("boxes", "detector", "detector_score", "detector_normalization")


def define() -> None:
    """Defines the flags."""
    flags.DEFINE_string(
        "boxes",
        None,
        "Boxes of the people (.csv or .json) instead of a detector; ids in it stay.",
    )
    flags.DEFINE_string(
        "detector",
        _BLAZEPOSE,
        "What finds people: blazepose, its file (.tflite or .task), or an .onnx file "
        "of YOLOX, MMDeploy, RT-DETR or DETR.",
    )
    flags.DEFINE_float(
        "detector_score", _SCORE, "People of whom the detector is less sure are nobody."
    )
    flags.DEFINE_string(
        "detector_normalization",
        None,
        "Of the pixels of an MMDeploy detector: rtmdet, bytes (YOLOX) or as "
        "--network_normalization.",
    )


def boxes() -> PersonBoxes | None:
    """Returns the boxes that were named, None if a detector is to find the people.

    Raises:
        InputError: If both are named, or the file cannot be used.
    """
    given = flags.FLAGS
    if not 0.0 <= given.detector_score <= 1.0:
        raise errors.InputError(
            f"--detector_score: expected 0 to 1. Received: {given.detector_score:g}"
        )
    if given.boxes is None:
        return None
    for name in ("detector", "detector_normalization"):
        if given[name].present:
            raise errors.InputError(
                f"expected one of --boxes and --{name}. Received: both"
            )
    return box_file.read(Path(given.boxes), least_score=given.detector_score)


def finder(
    network: HeatmapNetwork, found: PersonBoxes | None, *, fps: float
) -> PeopleFinder:
    """Returns what finds the people as the flags say.

    Args:
        network: The 2D network.
        found: What `boxes` returned.
        fps: Frames a second.

    Raises:
        InputError: If the detector is missing or of an unknown kind.
    """
    if found is None:
        return person_tracker.PersonTracker(network, _detector(), fps=fps)
    if found.names:
        return boxed_people.NamedPeople(network, found)
    return boxed_people.NamelessPeople(network, found, fps=fps)


def _detector() -> PersonDetector:
    given = flags.FLAGS
    path, score = Path(given.detector), given.detector_score
    kind = path.suffix.lower()
    if kind == ".onnx":
        return onnx_detector.OnnxDetector(
            path, least_score=score, normalization=given.detector_normalization
        )
    if given.detector_normalization is not None:
        raise errors.InputError(
            "--detector_normalization: expected only with an .onnx detector. "
            f"Received: {given.detector}"
        )
    if given.detector == _BLAZEPOSE:
        return blazepose_detector.load(least_score=score)
    if kind in _BLAZEPOSE_FILES:
        return blazepose_detector.load(path, least_score=score)
    raise errors.InputError(
        f"--detector: expected {_BLAZEPOSE} or a .tflite, .task or .onnx file. "
        f"Received: {given.detector}"
    )
