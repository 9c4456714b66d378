"""Reads any file of 2D detections."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from stpose_tf import errors
from stpose_tf.data.containers import npz_arrays
from stpose_tf.data.detections import (
    alphapose_json,
    coco_json,
    detectron_npz,
    json_document,
    keypoints_csv,
    keypoints_npz,
    mediapipe_json,
    mmpose_json,
    openpose_folder,
    person_tracks,
    videopose3d_npz,
)
from stpose_tf.data.detections.video_facts import VideoFacts

_JSON: dict[str, tuple[Callable[[Any], bool], Callable[..., Any]]] = {
    "openpose": (openpose_folder.recognizes, openpose_folder.read_frame),
    "mmpose": (mmpose_json.recognizes, mmpose_json.read),
    "mediapipe": (mediapipe_json.recognizes, mediapipe_json.read),
    "alphapose": (alphapose_json.recognizes, alphapose_json.read),
    "coco": (coco_json.recognizes, coco_json.read),
}
_NPZ: dict[str, tuple[Callable[[tuple[str, ...]], bool], Callable[..., Any]]] = {
    "videopose3d": (videopose3d_npz.recognizes, videopose3d_npz.read),
    "detectron": (detectron_npz.recognizes, detectron_npz.read),
    "npz": (keypoints_npz.recognizes, keypoints_npz.read),
}
FORMATS = (*_JSON, *_NPZ, "npy", "csv")
_KINDS = {
    ".json": "json",
    ".npz": "npz",
    ".npy": "npy",
    ".csv": "csv",
    ".tsv": "csv",
}
SUFFIXES = tuple(_KINDS)


def read(
    path: Path | str,
    file_format: str | None = None,
    *,
    skeleton: str | None = None,
    image_size: tuple[int, int] | None = None,
    fps: float | None = None,
    video: str | None = None,
) -> person_tracks.Detections:
    """Returns one video's detections.

    Args:
        path: The file, or OpenPose's folder.
        file_format: One of `FORMATS`; None recognizes it.
        skeleton: Name of the keypoints' order, where the file leaves it open or says
            it wrongly.
        image_size: Width and height in px, where the file does not say them.
        fps: Frames a second, where the file does not say it.
        video: Which one of a file that holds several; see `videos`.

    Raises:
        InputError: If the file is missing, damaged, or of no known format, or does not
            hold what its format says; names the file and the entry.
    """
    path = Path(path)
    facts = VideoFacts(skeleton=skeleton, image_size=image_size, fps=fps, video=video)
    kind = _kind(path, file_format)
    if kind == "folder":
        return openpose_folder.read(path, facts)
    if kind == "json":
        document = json_document.read(path)
        name = _json_format(document, path, file_format)
        found = _JSON[name][1](document, path, facts)
    elif kind == "npz":
        found = _NPZ[_npz_format(path, file_format)][1](path, facts)
    elif kind == "npy":
        found = keypoints_npz.read_npy(path, facts)
    else:
        found = keypoints_csv.read(path, facts)
    assert isinstance(found, person_tracks.Detections)
    return found


def videos(path: Path | str, file_format: str | None = None) -> tuple[str, ...]:
    """Returns the names of the videos in a file; most formats hold one.

    Raises:
        InputError: If the file is missing, damaged, or of no known format.
    """
    path = Path(path)
    kind = _kind(path, file_format)
    if kind == "npz" and _npz_format(path, file_format) == "videopose3d":
        return videopose3d_npz.videos(path)
    if kind == "json":
        document = json_document.read(path)
        if _json_format(document, path, file_format) == "coco":
            return coco_json.videos(document, path)
    return (path.stem,)


def _kind(path: Path, file_format: str | None) -> str:
    """Returns whether it is a folder, JSON, an .npz, an .npy or a .csv file."""
    if file_format is not None and file_format not in FORMATS:
        raise errors.InputError(
            f"format: expected one of {', '.join(FORMATS)}. Received: {file_format!r}"
        )
    if path.is_dir():
        if file_format not in (None, "openpose"):
            raise _unknown(path, str(file_format), "a folder")
        return "folder"
    if not path.is_file():
        raise _unknown(path, file_format or "a file or OpenPose's folder", "no file")
    if file_format is not None:
        kinds = dict.fromkeys(_JSON, "json") | dict.fromkeys(_NPZ, "npz")
        return kinds.get(file_format, file_format)
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise _unknown(path, ", ".join(_KINDS), path.suffix or "no suffix")
    return kind


def _json_format(document: Any, path: Path, wanted: str | None) -> str:
    names = _JSON if wanted is None else (wanted,)
    for name in names:
        if _JSON[name][0](document):
            return name
    raise _unknown(path, ", ".join(names), "other JSON")


def _npz_format(path: Path, wanted: str | None) -> str:
    keys = npz_arrays.names(path)
    names = _NPZ if wanted is None else (wanted,)
    for name in names:
        if _NPZ[name][0](keys):
            return name
    raise _unknown(path, ", ".join(names), f"arrays {', '.join(keys)[:80] or 'none'}")


def _unknown(path: Path, expected: str, received: str) -> errors.InputError:
    return errors.InputError(
        f"{path}: expected 2D detections ({expected}). Received: {received}"
    )
