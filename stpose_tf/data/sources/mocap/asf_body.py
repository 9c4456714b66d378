"""The body of an .asf file: bones, the axes they turn about, and their hierarchy."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from stpose_tf.data.sources.mocap import asf_lines

ROOT = "root"
_INCH = 25.4  # mm
_SECTIONS = (
    "version",
    "name",
    "units",
    "documentation",
    "root",
    "bonedata",
    "hierarchy",
    "skin",
)
_NEEDED = ("root", "bonedata", "hierarchy")
CHANNELS = ("tx", "ty", "tz", "rx", "ry", "rz")
_IGNORED_IN_BONE = ("id", "limits", "bodymass", "cofmass")


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Bone:
    """A rigid part.

    Attributes:
        name: As written.
        parent: Its place among the bones; -1 for the root.
        offset: From its beginning to its end at rest, in file units, `[3]`.
        axis: C, `[3, 3]`.
        order: The letters of the axes in order of rotation, such as `xyz`.
        channels: What its line in the .amc holds, such as `rx`, `rz`.
    """

    name: str
    parent: int
    offset: np.ndarray
    axis: np.ndarray
    order: str
    channels: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Body:
    """The content of an .asf file.

    Attributes:
        path: The file.
        bones: The root first, parents before their children.
        mm: Millimetres in a file unit.
        in_degrees: Whether angles are in degrees, else radians.
    """

    path: Path
    bones: tuple[Bone, ...]
    mm: float
    in_degrees: bool


def read(path: Path) -> Body:
    """Returns the body of an .asf file.

    Raises:
        InputError: If it is missing, cut off, or holds something unknown; names the
            file and the line.
    """
    sections = _sections(path)
    for name in _NEEDED:
        if not sections.get(name):
            raise asf_lines.refusal(
                path, None, f"a section :{name}", "none, or an empty one"
            )
    length, in_degrees = _units(path, sections.get("units", []))
    root = _root(path, sections["root"])
    found = {
        bone.name: bone
        for bone in _bones(path, sections["bonedata"], root.order, in_degrees)
    }
    bones = [root]
    for parent, children in _hierarchy(path, sections["hierarchy"]):
        names = [bone.name for bone in bones]
        if parent.words[0] not in names:
            raise asf_lines.refusal(
                path, parent, "a parent that is itself a child above", parent.words[0]
            )
        for name in children:
            if name not in found:
                raise asf_lines.refusal(path, parent, "a new bone of :bonedata", name)
            place = names.index(parent.words[0])
            bones.append(dataclasses.replace(found.pop(name), parent=place))
    if found:
        raise asf_lines.refusal(
            path, None, "every bone in :hierarchy", f"not {sorted(found)}"
        )
    return Body(path, tuple(bones), _INCH / length, in_degrees)


def _sections(path: Path) -> dict[str, list[asf_lines.Line]]:
    sections: dict[str, list[asf_lines.Line]] = {}
    name = ""
    for line in asf_lines.read(path):
        if line.words[0].startswith(":"):
            name = line.words[0][1:].lower()
            if name not in _SECTIONS or name in sections:
                raise asf_lines.refusal(
                    path, line, "a section of ASF once", line.words[0]
                )
            sections[name] = []
        elif not name:
            raise asf_lines.refusal(path, line, "a section", line.words[0])
        else:
            sections[name].append(line)
    return sections


def _units(path: Path, lines: list[asf_lines.Line]) -> tuple[float, bool]:
    length, in_degrees = 1.0, True
    for line in lines:
        if line.words[0] == "length":
            length = asf_lines.numbers(path, line, 1)[0]
            if length <= 0:
                raise asf_lines.refusal(path, line, "a positive length", str(length))
        elif line.words[0] == "angle":
            if line.words[1:] not in (("deg",), ("rad",)):
                raise asf_lines.refusal(
                    path, line, "angle deg or rad", " ".join(line.words)
                )
            in_degrees = line.words[1] == "deg"
        elif line.words[0] != "mass":
            raise asf_lines.refusal(path, line, "mass, length or angle", line.words[0])
    return length, in_degrees


def _root(path: Path, lines: list[asf_lines.Line]) -> Bone:
    values = {line.words[0]: line for line in lines}
    for name in ("order", "axis"):
        if name not in values:
            raise asf_lines.refusal(path, lines[0], f"{name} in :root", "none")
    for name in ("position", "orientation"):
        if name in values and any(asf_lines.numbers(path, values[name], 3)):
            raise asf_lines.refusal(path, values[name], f"{name} 0 0 0", "another")
    channels = _channels(path, values["order"])
    if sorted(channels) != sorted(CHANNELS):
        raise asf_lines.refusal(
            path, values["order"], "each of TX TY TZ RX RY RZ", str(channels)
        )
    order = _order(path, values["axis"], values["axis"].words[-1])
    return Bone(ROOT, -1, np.zeros(3), np.eye(3), order, channels)


def _bones(
    path: Path, lines: list[asf_lines.Line], order: str, in_degrees: bool
) -> Iterator[Bone]:
    block: dict[str, asf_lines.Line] | None = None
    for line in lines:
        word = line.words[0]
        if word == "begin" and block is None:
            block = {}
        elif word == "end" and block is not None:
            yield _bone(path, line, block, order, in_degrees)
            block = None
        elif block is not None and not word.startswith("("):
            block[word] = line
        elif block is None:
            raise asf_lines.refusal(path, line, "begin", word)
    if block is not None:
        raise asf_lines.refusal(
            path, lines[-1], "end of the bone", "the end of :bonedata"
        )


def _bone(
    path: Path,
    end: asf_lines.Line,
    block: dict[str, asf_lines.Line],
    order: str,
    in_degrees: bool,
) -> Bone:
    for name in ("name", "direction", "length", "axis"):
        if name not in block:
            raise asf_lines.refusal(path, end, f"{name} of the bone", "none")
    for name, line in block.items():
        if name not in (
            "name",
            "direction",
            "length",
            "axis",
            "dof",
            *_IGNORED_IN_BONE,
        ):
            raise asf_lines.refusal(path, line, "a property of a bone", name)
    if len(block["name"].words) != 2 or block["name"].words[1] == ROOT:
        raise asf_lines.refusal(
            path, block["name"], "a bone's name", str(block["name"].words[1:])
        )
    axis = block["axis"]
    if len(axis.words) == 5:
        order = _order(path, axis, axis.words[4])
        axis = asf_lines.Line(axis.number, axis.words[:4])
    angles = np.array(asf_lines.numbers(path, axis, 3))
    channels = _channels(path, block["dof"]) if "dof" in block else ()
    if any(channel.startswith("t") for channel in channels):
        raise asf_lines.refusal(path, block["dof"], "rotations", " ".join(channels))
    direction = np.array(asf_lines.numbers(path, block["direction"], 3))
    offset = direction * asf_lines.numbers(path, block["length"], 1)[0]
    matrix = rotation(np.radians(angles) if in_degrees else angles, order)
    return Bone(block["name"].words[1], -1, offset, matrix, order, channels)


def _hierarchy(
    path: Path, lines: list[asf_lines.Line]
) -> Iterator[tuple[asf_lines.Line, tuple[str, ...]]]:
    if lines[0].words != ("begin",) or lines[-1].words != ("end",):
        raise asf_lines.refusal(
            path, lines[-1], "begin ... end around :hierarchy", "none"
        )
    for line in lines[1:-1]:
        if len(line.words) < 2:
            raise asf_lines.refusal(
                path, line, "a parent and its children", line.words[0]
            )
        yield line, line.words[1:]


def _channels(path: Path, line: asf_lines.Line) -> tuple[str, ...]:
    channels = tuple(word.lower() for word in line.words[1:])
    if not set(channels) <= set(CHANNELS) or len(set(channels)) < len(channels):
        raise asf_lines.refusal(
            path, line, "some of tx ty tz rx ry rz", " ".join(channels)
        )
    return channels


def _order(path: Path, line: asf_lines.Line, word: str) -> str:
    if sorted(word.lower()) != ["x", "y", "z"]:
        raise asf_lines.refusal(path, line, "an order of axes such as XYZ", word)
    return word.lower()


def rotation(angles: np.ndarray, order: str) -> np.ndarray:
    """Returns static rotations about x, y and z, the order's first letter first.

    Args:
        angles: About x, y and z in rad, `[..., 3]`.
        order: Such as `xyz`, for Rz Ry Rx.

    Returns:
        `[..., 3, 3]`.
    """
    total = np.eye(3)
    for letter in order:
        axis = "xyz".index(letter)
        first, second = (axis + 1) % 3, (axis + 2) % 3
        cosine, sine = np.cos(angles[..., axis]), np.sin(angles[..., axis])
        matrix = np.zeros((*angles.shape[:-1], 3, 3))
        matrix[..., axis, axis] = 1.0
        matrix[..., first, first] = matrix[..., second, second] = cosine
        matrix[..., second, first] = sine
        matrix[..., first, second] = -sine
        total = matrix @ total
    return total
