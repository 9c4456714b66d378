"""The motion of an .amc file, and where it puts the bones.

A bone's rotation is M = M_parent C L C^-1 with C from the bone's axis and L from its
angles; it ends at its parent's end plus M times its offset at rest.
"""

from pathlib import Path

import numpy as np

from stpose_tf.data.sources.mocap import asf_body, asf_lines
from stpose_tf.data.sources.mocap.asf_body import Body


def read_values(path: Path, body: Body) -> dict[str, np.ndarray]:
    """Returns each moving bone's values, `[frames, channels]`, in file units.

    Raises:
        InputError: If the file is missing, cut off, or does not fit the body; names
            the file and the line.
    """
    channels = {bone.name: len(bone.channels) for bone in body.bones if bone.channels}
    rows: dict[str, list[list[float]]] = {name: [] for name in channels}
    frames = 0
    number: int | None = None
    line = asf_lines.Line(0, ())
    for line in asf_lines.read(path):
        name = line.words[0]
        if name.startswith(":"):
            _check_header(path, line, body)
        elif len(line.words) == 1:
            _check_whole(path, line, rows, frames)
            number = _frame_number(path, line, number)
            frames += 1
        elif name not in rows or len(rows[name]) != frames - 1:
            raise asf_lines.refusal(
                path, line, "one line for each moving bone after a frame number", name
            )
        else:
            rows[name].append(asf_lines.numbers(path, line, channels[name]))
    _check_whole(path, line, rows, frames)
    if not frames:
        raise asf_lines.refusal(path, None, "frames", "none")
    return {name: np.array(values) for name, values in rows.items()}


def _check_header(path: Path, line: asf_lines.Line, body: Body) -> None:
    expected = ":DEGREES" if body.in_degrees else ":RADIANS"
    received = line.words[0].upper()
    if received in (":DEGREES", ":RADIANS") and received != expected:
        raise asf_lines.refusal(
            path, line, f"{expected} as in {body.path.name}", received
        )


def _frame_number(path: Path, line: asf_lines.Line, before: int | None) -> int:
    """Returns the frame's number: cut motions begin anywhere, then count by one."""
    word = line.words[0]
    if not word.isascii() or not word.isdigit():
        raise asf_lines.refusal(path, line, "a frame number", word)
    if before is not None and int(word) != before + 1:
        raise asf_lines.refusal(path, line, f"frame number {before + 1}", word)
    return int(word)


def _check_whole(
    path: Path, line: asf_lines.Line, rows: dict[str, list[list[float]]], frames: int
) -> None:
    missing = [name for name, values in rows.items() if len(values) < frames]
    if missing:
        raise asf_lines.refusal(
            path,
            line,
            f"a line for each of {len(rows)} bones in frame {frames}",
            f"none for {', '.join(missing[:3])}{' ...' if len(missing) > 3 else ''}",
        )


def bone_ends(
    body: Body, values: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Returns where each bone ends and how it is rotated from its rest.

    Args:
        body: The bones.
        values: What `read_values` returned.

    Returns:
        Ends in mm, `[frames, 3]`, and rotations, `[frames, 3, 3]`, by the bone's
        name, in the file's world, y up. The root's end is its place.
    """
    ends: dict[str, np.ndarray] = {}
    turns: dict[str, np.ndarray] = {}
    frames = len(values[asf_body.ROOT])
    for bone in body.bones:
        shift, turn = _local_motion(body, bone, values.get(bone.name), frames=frames)
        if bone.parent < 0:
            ends[bone.name], turns[bone.name] = shift * body.mm, turn
            continue
        parent = body.bones[bone.parent].name
        turns[bone.name] = turns[parent] @ turn
        ends[bone.name] = ends[parent] + turns[bone.name] @ bone.offset * body.mm
    return ends, turns


def _local_motion(
    body: Body, bone: asf_body.Bone, values: np.ndarray | None, *, frames: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the shift in file units and C L C^-1."""
    numbers = np.zeros((frames, 6))
    for place, channel in enumerate(bone.channels):
        assert values is not None
        numbers[:, asf_body.CHANNELS.index(channel)] = values[:, place]
    angles = np.radians(numbers[:, 3:]) if body.in_degrees else numbers[:, 3:]
    turn = asf_body.rotation(angles, bone.order)
    return numbers[:, :3], bone.axis @ turn @ bone.axis.T
