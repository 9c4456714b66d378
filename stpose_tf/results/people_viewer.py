"""All people of a video in one page of the 3D viewer."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stpose_tf.geometry import skeletons
from stpose_tf.results import pose_result
from stpose_tf.results.pose_result import PersonPoses, PoseResult
from stpose_tf.viz import viewer

_APART = 1500.0  # mm between people whose places are not known


def write(
    result: PoseResult, path: Path, *, places: Sequence[pose_result.Array | None]
) -> None:
    """Writes the page; without people nothing is written.

    Args:
        result: Whom to show.
        path: The file.
        places: Of each person where the root is, camera frame, mm, `[time, 3]`; None
            if nobody knows. Those stand side by side.
    """
    if result.people:
        viewer.write([clip(result, places)], path, title=result.source.file)


def clip(
    result: PoseResult, places: Sequence[pose_result.Array | None]
) -> viewer.ViewerClip:
    """Returns the people as one sequence, from the first frame of any to the last."""
    people = result.people
    first = min(int(person.frames[0]) for person in people)
    last = max(int(person.frames[-1]) for person in people)
    skeleton = skeletons.get(result.skeleton)
    shape = (last - first + 1, len(people), skeleton.num_joints)
    poses = np.full((*shape, 3), np.nan)
    hidden = np.zeros(shape, bool)
    for number, (person, place) in enumerate(zip(people, places, strict=True)):
        rows = person.frames - first
        poses[rows, number] = _stood(person, place, number)
        hidden[rows, number] = person.states != pose_result.SEEN
    ground = result.ground
    return viewer.ViewerClip(
        name=result.source.file,
        fps=result.source.fps,
        skeleton=crowd(skeleton, [person.id for person in people]),
        predictions=poses.reshape(shape[0], -1, 3),
        occluded=hidden.reshape(shape[0], -1),
        up=(0.0, -1.0, 0.0) if ground is None else tuple(ground.rotation[1].tolist()),
        floor=None if ground is None else -float(ground.translation[1]),
        first_frame=first,
        labels=_labels(skeleton, [person.id for person in people]),
    )


def crowd(skeleton: skeletons.Skeleton, ids: Sequence[str]) -> skeletons.Skeleton:
    """Returns the bodies of several people as one order of joints, one after another.

    The joints' names end as the skeleton's do.
    """
    count = skeleton.num_joints

    def name(person: int, joint: str) -> str:
        return f"{ids[person]} {joint}"

    numbers = range(len(ids))
    return skeletons.Skeleton(
        name="crowd",
        joints=tuple(name(n, joint) for n in numbers for joint in skeleton.joints),
        mirror_pairs=tuple(
            (name(n, left), name(n, right))
            for n in numbers
            for left, right in skeleton.mirror_pairs
        ),
        edges=tuple(
            (n * count + parent, n * count + child)
            for n in numbers
            for parent, child in skeleton.edges
        ),
    )


def _labels(
    skeleton: skeletons.Skeleton, ids: Sequence[str]
) -> tuple[tuple[int, str], ...]:
    """Returns each person's id at the head, or at the root of a body without one."""
    if len(ids) < 2:
        return ()
    head = skeleton.index("head") if "head" in skeleton.joints else skeleton.root_index
    return tuple((n * skeleton.num_joints + head, name) for n, name in enumerate(ids))


def _stood(
    person: PersonPoses, place: pose_result.Array | None, number: int
) -> pose_result.Array:
    poses = person.poses if person.smoothed is None else person.smoothed
    if place is None:
        return poses + np.array([_APART * number, 0.0, 0.0])
    return poses + place[:, np.newaxis]
