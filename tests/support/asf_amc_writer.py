"""Writes motion in the CMU database's format and says where every bone ends.

It shares nothing with the reader: the file is a list of numbers of a made-up body, and
the positions come from chained 4 x 4 matrices by way of scipy.
"""

import dataclasses
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

MM = 25.4 / 0.45  # a file's unit of length is 1 / 0.45 inch
FPS = 120.0


@dataclasses.dataclass(frozen=True)
class Bone:
    """One block of `:bonedata`; direction before normalizing, angles in degrees."""

    name: str
    parent: str
    direction: tuple[float, float, float]
    length: float
    axis: tuple[float, float, float] = (0.0, 0.0, 0.0)
    dof: str = ""


@dataclasses.dataclass(frozen=True)
class Written:
    """What was written.

    positions: end of every bone by name, and `root`, in the file's y-up world in mm,
    `[time, 3]` each.
    """

    asf: Path
    amc: Path
    subject: str
    trial: str
    fps: float
    positions: dict[str, np.ndarray]


def _leg(side, x, unequal):
    name, tilt = side.__add__, 18.5 * x
    down = (0.317 * x, -0.948, 0.011)
    return [
        Bone(name("hipjoint"), "root", (0.62 * x, -0.74, 0.21), 2.41 * unequal),
        Bone(name("femur"), name("hipjoint"), down, 7.63, (0, 0, tilt), "rx ry rz"),
        Bone(name("tibia"), name("femur"), down, 7.21 * unequal, (0, 0, tilt), "rx"),
        Bone(
            name("foot"),
            name("tibia"),
            (0.094 * x, -0.252, 0.963),
            2.17,
            (-88.5, 1.7e-15, tilt),
            "rx rz",
        ),
        Bone(
            name("toes"),
            name("foot"),
            (1.3e-11, -4.1e-11, 1.0),
            1.08,
            (-88.5, 1.7e-15, tilt),
            "rx",
        ),
    ]


def _arm(side, x, unequal):
    name = side.__add__
    out, upper = (x, -4.2e-11, 2.1e-27), (178.0, -27.5 * x, -86.0 * x)
    hand = (-3.1e-14, 88.0 * x, 91.5 * x)
    return [
        Bone(name("clavicle"), "thorax", (0.96 * x, 0.23, -0.06), 3.52, dof="ry rz"),
        Bone(name("humerus"), name("clavicle"), out, 4.94, upper, "rx ry rz"),
        Bone(name("radius"), name("humerus"), out, 3.41 * unequal, upper, "rx"),
        Bone(name("wrist"), name("radius"), out, 1.64, hand, "ry"),
        Bone(name("hand"), name("wrist"), out, 0.69, hand, "rx rz"),
        Bone(name("fingers"), name("hand"), out, 0.55, hand, "rx"),
        Bone(
            name("thumb"),
            name("wrist"),
            (0.7 * x, -6.2e-11, 0.714),
            0.79,
            (-91.0, 46.0 * x, 2.6e-15),
            "rx rz",
        ),
    ]


BONES = (
    *_leg("l", 1.0, 1.0),
    *_leg("r", -1.0, 1.013),
    Bone("lowerback", "root", (0.011, 0.996, -0.074), 2.11, dof="rx ry rz"),
    Bone("upperback", "lowerback", (0.006, 0.999, -0.031), 2.04, dof="rx ry rz"),
    Bone("thorax", "upperback", (0.001, 1.0, 0.005), 2.09, dof="rx ry rz"),
    Bone("lowerneck", "thorax", (0.004, 0.994, 0.101), 1.51, dof="rx ry rz"),
    Bone("upperneck", "lowerneck", (0.019, 0.997, -0.058), 1.58, dof="rx ry rz"),
    Bone("head", "upperneck", (0.007, 0.999, -0.029), 1.66, dof="rx ry rz"),
    *_arm("l", 1.0, 1.0),
    *_arm("r", -1.0, 0.987),
)
# An .amc file has its own order, and no line for bones that cannot turn.
_AMC_ORDER = (
    *("root", "lowerback", "upperback", "thorax", "lowerneck", "upperneck", "head"),
    *(f"r{b}" for b in ("clavicle", "humerus", "radius", "wrist", "hand")),
    *("rfingers", "rthumb"),
    *(f"l{b}" for b in ("clavicle", "humerus", "radius", "wrist", "hand")),
    *("lfingers", "lthumb"),
    *("rfemur", "rtibia", "rfoot", "rtoes", "lfemur", "ltibia", "lfoot", "ltoes"),
)


def walking_angles(num_frames, seed=0):
    """Returns numbers of a walk by name of bone: `[time, 6]` of the root in the file's
    units and degrees, `[time, dofs]` degrees of the others.
    """
    rng = np.random.default_rng(seed)
    seconds = np.arange(num_frames) / FPS
    phase = 2 * np.pi * (0.93 * seconds + 0.04 * np.sin(1.7 * seconds))
    phase = phase + rng.uniform(0, 6)
    heading = 25 * np.sin(0.31 * seconds + rng.uniform(0, 6))
    angles = {}
    for bone in BONES:
        channels = len(bone.dof.split())
        slow = 2 * np.pi * rng.uniform(0.1, 0.6, channels)
        shift = rng.uniform(0, 6, channels)
        angles[bone.name] = rng.uniform(2, 6) * np.sin(seconds[:, None] * slow + shift)
    speed = 24 * (1 + 0.15 * np.sin(0.8 * seconds)) / FPS
    root = np.zeros((num_frames, 6))
    root[:, 0] = 3 + np.cumsum(speed * np.sin(np.deg2rad(heading)))
    root[:, 1] = 17.1 + 0.3 * np.cos(2 * phase)
    root[:, 2] = -20 + np.cumsum(speed * np.cos(np.deg2rad(heading)))
    root[:, 3:] = np.stack([2 + np.sin(2 * phase), heading, 3 * np.sin(phase)], axis=1)
    angles["root"] = root
    for side, half in (("l", 0.0), ("r", np.pi)):
        swing = np.cos(phase + half)
        x = 1.0 if side == "l" else -1.0
        angles[f"{side}femur"] += np.stack(
            [-24 * swing - 4, 0 * swing, -18 * x + 0 * swing], 1
        )
        angles[f"{side}tibia"][:, 0] += 32 + 24 * np.sin(phase + half - 0.4)
        angles[f"{side}foot"][:, 0] += -10 + 14 * np.sin(phase + half)
        angles[f"{side}humerus"][:, 0] += 24 * swing - 10
        angles[f"{side}humerus"][:, 2] += 74 * x
        angles[f"{side}radius"][:, 0] += 30 - 12 * swing
    return angles


def expected_positions(angles):
    """Returns the end of every bone in mm, `[time, 3]`, from `walking_angles`' form."""
    root = angles["root"]
    frames = {"root": _transform(root[:, 3:], root[:, :3])}
    for bone in BONES:
        turns = np.zeros((len(root), 3))
        for channel, dof in enumerate(bone.dof.split()):
            turns[:, "xyz".index(dof[1])] = angles[bone.name][:, channel]
        # Out of the parent's frame into the bone's own axes, the motion, and back.
        own = _transform(np.array([bone.axis]), np.zeros((1, 3)))
        motion = own @ _transform(turns, np.zeros((1, 3))) @ np.linalg.inv(own)
        along = np.array(bone.direction) / np.linalg.norm(bone.direction)
        offset = _transform(np.zeros((1, 3)), bone.length * along[None])
        frames[bone.name] = frames[bone.parent] @ motion @ offset
    return {name: MM * frame[:, :3, 3] for name, frame in frames.items()}


def write_asf_amc(
    folder, subject="71", trial="03", *, num_frames=150, seed=0, angles=None
):
    """Writes `<subject>.asf` and `<subject>_<trial>.amc` into a folder.

    Args:
        folder: Made if it is not there.
        subject: As in CMU's file names.
        trial: As in CMU's file names.
        num_frames: Length of the made-up walk at 120 frames a second.
        seed: Another number, another walk.
        angles: In place of the walk, in the form of `walking_angles`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    angles = walking_angles(num_frames, seed) if angles is None else angles
    # What is written has six digits, and that is what must be read.
    angles = {
        name: np.vectorize(lambda value: float(f"{value:.6g}"), otypes=[float])(values)
        for name, values in angles.items()
    }
    asf, amc = folder / f"{subject}.asf", folder / f"{subject}_{trial}.amc"
    asf.write_text(_asf_text(subject))
    amc.write_text(_amc_text(angles))
    return Written(asf, amc, subject, trial, FPS, expected_positions(angles))


def _transform(degrees, offset):
    """Turn about the fixed axes x, then y, then z, then shift: `[time, 4, 4]`."""
    count = max(len(degrees), len(offset))
    matrices = np.tile(np.eye(4), (count, 1, 1))
    matrices[:, :3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    matrices[:, :3, 3] = offset
    return matrices


def _asf_text(subject):
    lines = [
        "# AST/ASF file written for a test",
        "# -------------------------------",
        ":version 1.10",
        f":name BODY{subject}",
        ":units",
        "  mass 1.0",
        "  length 0.45",
        "  angle deg",
        ":documentation",
        "   a made-up body: root and begin and end are words in here",
        "   and :hierarchy is not",
        ":root",
        "   order TX TY TZ RX RY RZ",
        "   axis XYZ",
        "   position 0 0 0  ",
        "   orientation 0 0 0 ",
        ":bonedata",
    ]
    for number, bone in enumerate(BONES, start=1):
        along = np.array(bone.direction) / np.linalg.norm(bone.direction)
        lines += [
            "  begin" if number % 7 else " begin",
            f"     id {number} ",
            f"     name {bone.name}",
            f"     direction {_row(along, '.17g')} ",
            f"     length {bone.length:.17g}  ",
            f"     axis {_row(bone.axis, '.17g')}   XYZ" + "  " * (number % 2),
        ]
        dof = bone.dof.split()
        if dof:
            lines.append(f"    dof {bone.dof}")
            lines.append("    limits (-160.0 20.0)")
            lines += ["           (-70.0 70.0)"] * (len(dof) - 1)
        lines.append("  end")
    lines += [":hierarchy", "  begin"]
    for parent in ("root", *(bone.name for bone in BONES)):
        children = [bone.name for bone in BONES if bone.parent == parent]
        if children:
            lines.append(f"    {parent} {' '.join(children)}")
    return "\n".join([*lines, "  end", ""])


def _amc_text(angles):
    lines = ["#!OML:ASF made up for a test", ":FULLY-SPECIFIED", ":DEGREES"]
    for frame in range(len(angles["root"])):
        lines.append(str(frame + 1))
        lines += [f"{name} {_row(angles[name][frame], '.6g')}" for name in _AMC_ORDER]
    return "\n".join([*lines, ""])


def _row(numbers, form):
    return " ".join(format(float(number), form) for number in numbers)
