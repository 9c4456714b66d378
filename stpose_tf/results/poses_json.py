"""`poses.json`, schema `stpose.poses/1`: null, never NaN."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf import errors
from stpose_tf.geometry import skeletons
from stpose_tf.lifting import ground_plane, intrinsics
from stpose_tf.results import pose_result
from stpose_tf.results.pose_result import PersonPoses, PoseResult

_MM_DIGITS, _PX_DIGITS, _SHARE_DIGITS, _SECOND_DIGITS = 2, 2, 4, 6


def write(result: PoseResult, path: Path) -> None:
    """Writes the file; one that lies there is replaced when the new one is whole."""
    content = pose_result.about(result)
    content["people"] = [_person(person, result) for person in result.people]
    partial = path.with_name(f"{path.name}.partial")
    text = json.dumps(content, allow_nan=False, separators=(",", ":"))
    partial.write_text(f"{text}\n", encoding="utf-8")
    partial.replace(path)


def read(path: Path) -> PoseResult:
    """Returns what `write` wrote.

    Raises:
        InputError: If the file is missing, damaged or of another schema.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise errors.InputError(
            f"{path}: expected JSON of poses. Received: {str(error)[:120]}"
        ) from error
    found = content.get("schema") if isinstance(content, dict) else None
    if found != pose_result.SCHEMA:
        raise errors.InputError(
            f"{path}: expected schema {pose_result.SCHEMA}. Received: {found}"
        )
    try:
        return parse(content, [_parsed(person) for person in content["people"]])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise errors.InputError(
            f"{path}: expected poses of {pose_result.SCHEMA}. "
            f"Received: {type(error).__name__}: {str(error)[:120]}"
        ) from error


def parse(content: dict[str, Any], people: list[PersonPoses]) -> PoseResult:
    """Returns the result of these people and of what `pose_result.about` gave.

    Raises:
        KeyError: If something is missing.
        TypeError: If something is of the wrong kind.
        ValueError: If something is of the wrong shape, or the joints' order is not
            the named skeleton's.
    """
    source, ground = content["source"], content.get("ground")
    if list(skeletons.get(content["skeleton"]).joints) != content["joints"]:
        raise ValueError(f"joints that are not those of {content['skeleton']}")
    return PoseResult(
        source=pose_result.Source(
            file=str(source["file"]),
            size=(int(source["size"][0]), int(source["size"][1])),
            fps=float(source["fps"]),
        ),
        skeleton=content["skeleton"],
        keypoint_skeleton=content["keypoint_skeleton"],
        camera=intrinsics.Intrinsics(**content["camera"]),
        model=pose_result.ModelFacts(**content["model"]),
        people=tuple(people),
        ground=None
        if ground is None
        else ground_plane.Ground(
            rotation=np.array(ground["rotation"], np.float64).reshape(3, 3),
            translation=np.array(ground["translation"], np.float64).reshape(3),
        ),
    )


def _person(person: PersonPoses, result: PoseResult) -> dict[str, Any]:
    content: dict[str, Any] = {
        "id": person.id,
        "frame": person.frames.tolist(),
        "time_s": _numbers(person.times, _SECOND_DIGITS),
        "pose": _numbers(person.poses, _MM_DIGITS),
        "root": None if person.roots is None else _numbers(person.roots, _MM_DIGITS),
        "keypoints_2d": {
            "skeleton": result.keypoint_skeleton,
            "xyc": _keypoints(person.keypoints),
        },
        "confidence": _numbers(person.confidence, _SHARE_DIGITS),
        "state": [[pose_result.STATES[s] for s in row] for row in person.states],
    }
    if person.smoothed is not None:
        content["pose_smoothed"] = _numbers(person.smoothed, _MM_DIGITS)
    return content


def _numbers(values: npt.NDArray[Any], digits: int) -> list[Any]:
    """Returns rounded numbers as nested lists, without a negative zero."""
    rounded: list[Any] = (np.round(values.astype(np.float64), digits) + 0.0).tolist()
    return rounded


def _keypoints(keypoints: npt.NDArray[Any]) -> list[Any]:
    """Returns x, y and confidence; x and y are null where there is no keypoint."""
    places = _numbers(keypoints[..., :2], _PX_DIGITS)
    heights = _numbers(keypoints[..., 2], _SHARE_DIGITS)
    present = np.isfinite(keypoints[..., :2]).all(axis=-1).tolist()
    return [
        [
            [*place, height] if there else [None, None, 0.0]
            for place, height, there in zip(*row, strict=True)
        ]
        for row in zip(places, heights, present, strict=True)
    ]


def _parsed(content: dict[str, Any]) -> PersonPoses:
    poses = np.array(content["pose"], np.float64)
    roots, smoothed = content["root"], content.get("pose_smoothed")
    states = [[pose_result.STATES.index(s) for s in row] for row in content["state"]]
    person = PersonPoses(
        id=str(content["id"]),
        frames=np.array(content["frame"], np.int64),
        times=np.array(content["time_s"], np.float64),
        poses=poses,
        roots=None if roots is None else np.array(roots, np.float64),
        keypoints=np.array(content["keypoints_2d"]["xyc"], np.float64),
        confidence=np.array(content["confidence"], np.float64),
        states=np.array(states, np.uint8),
        smoothed=None if smoothed is None else np.array(smoothed, np.float64),
    )
    pose_result.check(person)
    return person
