"""A table of all people: a row for each joint of each frame."""

import csv
from pathlib import Path

from stpose_tf.results import pose_result
from stpose_tf.results.pose_result import PoseResult

COLUMNS = (
    "person",
    "frame",
    "time_s",
    "joint",
    "x",
    "y",
    "z",
    "confidence",
    "state",
    "frame_of_reference",
)


def write(result: PoseResult, path: Path) -> None:
    """Writes the table; lengths are mm.

    A person whose place is known stands there, on the floor if there is one; others
    have their root at 0. The last column says which, in every row.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for person in result.people:
            positions, name = _placed(result, person)
            for row, frame in enumerate(person.frames.tolist()):
                for number, joint in enumerate(result.joints):
                    x, y, z = positions[row, number].tolist()
                    table.writerow(
                        (
                            person.id,
                            frame,
                            f"{person.times[row]:.6f}",
                            joint,
                            f"{x:.2f}",
                            f"{y:.2f}",
                            f"{z:.2f}",
                            f"{person.confidence[row, number]:.4f}",
                            pose_result.STATES[person.states[row, number]],
                            name,
                        )
                    )


def _placed(
    result: PoseResult, person: pose_result.PersonPoses
) -> tuple[pose_result.Array, str]:
    """Returns positions and the name of their frame: the camera's without a floor."""
    if result.ground is not None and person.roots is not None:
        return result.standing(person)
    poses = person.poses if person.smoothed is None else person.smoothed
    if person.roots is None:
        return poses, f"{pose_result.FRAME}, root at 0"
    return poses + person.roots[:, None], pose_result.FRAME
