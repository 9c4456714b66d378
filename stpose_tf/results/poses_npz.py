"""`poses.npz`: the content of `poses.json` as arrays, a group for each person.

`about` is what `poses.json` says beside the people, as JSON; `joints` and `people` are
names. A person's arrays lie under `person_<id>/`, with characters that no file name
has written as %XX: `frame`, `time_s`, `pose`, `root` (left out if not known),
`keypoints_2d`, `confidence`, `state` (places in `states`) and, if it was wanted,
`pose_smoothed`. Keypoints that are not there are NaN.
"""

import json
import urllib.parse
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stpose_tf import errors
from stpose_tf.results import pose_result, poses_json
from stpose_tf.results.pose_result import PersonPoses, PoseResult

_Arrays = dict[str, npt.NDArray[Any]]


def write(result: PoseResult, path: Path) -> None:
    """Writes the file; one that lies there is replaced when the new one is whole."""
    content = pose_result.about(result)
    arrays: _Arrays = {
        "about": np.array(json.dumps(content, allow_nan=False)),
        "joints": np.array(result.joints),
        "states": np.array(pose_result.STATES),
        "people": np.array([person.id for person in result.people], np.str_),
    }
    for person in result.people:
        group = group_of(person.id)
        arrays |= {f"{group}/{name}": v for name, v in _person(person).items()}
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    partial.replace(path)


def read(path: Path) -> PoseResult:
    """Returns what `write` wrote.

    Raises:
        InputError: If the file is missing, damaged or of another schema.
    """
    try:
        # NumPy leaves a damaged file open that it has opened itself.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            content = json.loads(str(file["about"]))
            if content["schema"] != pose_result.SCHEMA:
                raise ValueError(f"schema {content['schema']}")
            people = [_parsed(file, str(name)) for name in file["people"]]
            return poses_json.parse(content, people)
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise errors.InputError(
            f"{path}: expected arrays of {pose_result.SCHEMA}. "
            f"Received: {type(error).__name__}: {str(error)[:120]}"
        ) from error


def group_of(person_id: str) -> str:
    """Returns the name of a person's group; also fit for the name of a file."""
    return f"person_{urllib.parse.quote(person_id, safe='').replace('.', '%2E')}"


def _person(person: PersonPoses) -> _Arrays:
    arrays: _Arrays = {
        "frame": person.frames,
        "time_s": person.times,
        "pose": person.poses.astype(np.float32),
        "keypoints_2d": person.keypoints.astype(np.float32),
        "confidence": person.confidence.astype(np.float32),
        "state": person.states,
    }
    if person.roots is not None:
        arrays["root"] = person.roots.astype(np.float32)
    if person.smoothed is not None:
        arrays["pose_smoothed"] = person.smoothed.astype(np.float32)
    return arrays


def _parsed(file: Any, person_id: str) -> PersonPoses:
    group = group_of(person_id)

    def array(name: str) -> npt.NDArray[np.float64]:
        return np.asarray(file[f"{group}/{name}"], np.float64)

    person = PersonPoses(
        id=person_id,
        frames=np.asarray(file[f"{group}/frame"], np.int64),
        times=array("time_s"),
        poses=array("pose"),
        roots=array("root") if f"{group}/root" in file else None,
        keypoints=array("keypoints_2d"),
        confidence=array("confidence"),
        states=np.asarray(file[f"{group}/state"], np.uint8),
        smoothed=array("pose_smoothed") if f"{group}/pose_smoothed" in file else None,
    )
    pose_result.check(person)
    return person
