"""Writes a walker's motion as .bvh files and says where every joint is.

It shares nothing with the reader: a made-up body, and chained 4 x 4 matrices by way of
scipy.
"""

import numpy as np
from scipy.spatial.transform import Rotation

# Facing z, y up, x to the left; cm from the parent.
_MIDDLE = {
    "hips": (None, (0.0, 95.0, 0.0)),
    "spine": ("hips", (0.0, 10.0, 0.5)),
    "spine1": ("spine", (0.0, 12.0, -0.5)),
    "spine2": ("spine1", (0.0, 13.0, -1.0)),
    "neck": ("spine2", (0.0, 14.0, 0.5)),
    "head": ("neck", (0.0, 9.0, 1.5)),
    "head_end": ("head", (0.0, 15.0, 0.0)),
}
_SIDE = {
    "upleg": ("hips", (9.0, -4.0, 0.0)),
    "leg": ("upleg", (0.5, -42.0, 0.0)),
    "foot": ("leg", (0.0, -41.0, -1.0)),
    "toe": ("foot", (0.0, -7.0, 14.0)),
    "toe_end": ("toe", (0.0, 0.0, 6.0)),
    "clavicle": ("spine2", (3.0, 9.0, 0.0)),
    "arm": ("clavicle", (14.0, 2.0, -1.0)),
    "forearm": ("arm", (28.0, 0.0, 0.0)),
    "hand": ("forearm", (25.0, 0.0, 0.0)),
    "hand_end": ("hand", (9.0, 0.0, 0.0)),
    "thumb": ("hand", (3.0, 0.0, 3.0)),
    "thumb_end": ("thumb", (3.0, 0.0, 2.0)),
}


def _names(sided, **middle):
    return {"sided": sided, **middle}


SCHEMES = {
    "mixamo": _names(
        lambda side, part: f"mixamorig:{side}{part}",
        hips="mixamorig:Hips",
        spine="mixamorig:Spine",
        spine1="mixamorig:Spine1",
        spine2="mixamorig:Spine2",
        neck="mixamorig:Neck",
        head="mixamorig:Head",
        upleg="UpLeg",
        leg="Leg",
        foot="Foot",
        toe="ToeBase",
        clavicle="Shoulder",
        arm="Arm",
        forearm="ForeArm",
        hand="Hand",
        thumb="HandThumb1",
    ),
    "biped": _names(
        lambda side, part: f"Bip01 {side[0]} {part}",
        hips="Bip01",
        spine="Bip01 Spine",
        spine1="Bip01 Spine1",
        spine2="Bip01 Spine2",
        neck="Bip01 Neck",
        head="Bip01 Head",
        upleg="Thigh",
        leg="Calf",
        foot="Foot",
        toe="Toe0",
        clavicle="Clavicle",
        arm="UpperArm",
        forearm="Forearm",
        hand="Hand",
        thumb="Finger0",
    ),
    "poser": _names(
        lambda side, part: f"{side[0].lower()}{part}",
        hips="hip",
        spine="abdomen",
        spine1="abdomen2",
        spine2="chest",
        neck="neck",
        head="head",
        upleg="Thigh",
        leg="Shin",
        foot="Foot",
        toe="Toe",
        clavicle="Collar",
        arm="Shldr",
        forearm="ForeArm",
        hand="Hand",
        thumb="Thumb1",
    ),
    "biovision": _names(
        lambda side, part: f"{side}{part}",
        hips="Hips",
        spine="Chest",
        spine1="Chest2",
        spine2="Chest3",
        neck="Neck",
        head="Head",
        upleg="Hip",
        leg="Knee",
        foot="Ankle",
        toe="Toe",
        clavicle="Collar",
        arm="Shoulder",
        forearm="Elbow",
        hand="Wrist",
        thumb="Thumb",
    ),
    "unreal": _names(
        lambda side, part: f"{part}_{side[0].lower()}",
        hips="pelvis",
        spine="spine_01",
        spine1="spine_02",
        spine2="spine_03",
        neck="neck_01",
        head="head",
        upleg="thigh",
        leg="calf",
        foot="foot",
        toe="ball",
        clavicle="clavicle",
        arm="upperarm",
        forearm="lowerarm",
        hand="hand",
        thumb="thumb_01",
    ),
    "smpl": _names(
        lambda side, part: f"{side[0]}_{part}",
        hips="Pelvis",
        spine="Spine1",
        spine1="Spine2",
        spine2="Spine3",
        neck="Neck",
        head="Head",
        upleg="Hip",
        leg="Knee",
        foot="Ankle",
        toe="Foot",
        clavicle="Collar",
        arm="Shoulder",
        forearm="Elbow",
        hand="Wrist",
        thumb="Hand",
    ),
    "vrm": _names(
        lambda side, part: f"J_Bip_{side[0]}_{part}",
        hips="J_Bip_C_Hips",
        spine="J_Bip_C_Spine",
        spine1="J_Bip_C_Chest",
        spine2="J_Bip_C_UpperChest",
        neck="J_Bip_C_Neck",
        head="J_Bip_C_Head",
        upleg="UpperLeg",
        leg="LowerLeg",
        foot="Foot",
        toe="ToeBase",
        clavicle="Shoulder",
        arm="UpperArm",
        forearm="LowerArm",
        hand="Hand",
        thumb="Thumb1",
    ),
    "suffixed": _names(
        lambda side, part: f"{side[0].lower()}_{part}_JNT",
        hips="hips_JNT",
        spine="spine_JNT",
        spine1="spine1_JNT",
        spine2="spine2_JNT",
        neck="neck_JNT",
        head="head_JNT",
        upleg="upleg",
        leg="leg",
        foot="foot",
        toe="toebase",
        clavicle="shoulder",
        arm="arm",
        forearm="forearm",
        hand="hand",
        thumb="handThumb1",
    ),
    "blender": _names(
        lambda side, part: f"{part}.{side[0]}",
        hips="spine",
        spine="spine.001",
        spine1="spine.002",
        spine2="spine.003",
        neck="neck",
        head="head",
        upleg="thigh",
        leg="shin",
        foot="foot",
        toe="toe",
        clavicle="shoulder",
        arm="upper_arm",
        forearm="forearm",
        hand="hand",
        thumb="thumb.01",
    ),
    "motive": _names(
        lambda side, part: f"{side[0]}{part}",
        hips="Hip",
        spine="Ab",
        spine1="Chest",
        spine2="Chest2",
        neck="Neck",
        head="Head",
        upleg="Thigh",
        leg="Shin",
        foot="Foot",
        toe="Toe",
        clavicle="Shoulder",
        arm="UArm",
        forearm="FArm",
        hand="Hand",
        thumb="Thumb1",
    ),
}


def _body():
    """Returns (name, parent, offset in cm), parents first."""
    bones = [(name, parent, offset) for name, (parent, offset) in _MIDDLE.items()]
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for name, (parent, (x, y, z)) in _SIDE.items():
            above = parent if parent in _MIDDLE else f"{side}_{parent}"
            bones.append((f"{side}_{name}", above, (sign * x, y, z)))
    return bones


def _angles(name, frames, fps):
    """Returns rotation vectors of a joint in degrees, `[frames, 3]`."""
    time = np.arange(frames) / fps
    phase = 2 * np.pi * 0.9 * time
    side = -1.0 if name.startswith("right_") else 1.0
    swing = side * np.sin(phase)
    part = name.replace("left_", "").replace("right_", "")
    still = np.zeros(frames)
    bends = {
        "hips": (3 * np.sin(2 * phase), 12 * np.sin(phase / 4), 2 * np.sin(phase)),
        "spine": (4 + still, -3 * np.sin(phase), still),
        "spine2": (2 + still, 5 * np.sin(phase), 3 * np.sin(phase)),
        "neck": (3 + still, 4 * np.sin(phase / 3), still),
        "head": (-5 + still, 25 * np.sin(phase / 3), 4 * np.cos(phase)),
        "upleg": (-25 * swing - 5, 3 * side + still, still),
        "leg": (18 - 15 * np.cos(phase + side), still, still),
        "foot": (5 * swing, still, 2 * side + still),
        "clavicle": (still, 4 * swing, still),
        "arm": (10 * swing, -20 * side + still, -70 * side + still),
        "forearm": (still, -25 * side + 5 * swing, still),
        "hand": (10 * swing, still, 5 * side + still),
    }
    return np.stack(bends.get(part, (still, still, still)), axis=-1)


def _shortest(number):
    return f"{number:.6f}"


def write(
    path,
    scheme="mixamo",
    *,
    frames=60,
    fps=60.0,
    frame_time=None,
    unit=1.0,
    up="y",
    orders=("ZYX", "XYZ", "YXZ"),
    twisted=False,
    positions_everywhere=False,
    t_pose_first=False,
    head_end=True,
    newline="\n",
    root_offset=False,
    mirrored=False,
):
    """Writes a file and returns each joint's positions in mm, z up, by name.

    Args:
        path: The file.
        scheme: One of `SCHEMES`.
        frames: Rows, without the T-pose.
        fps: Their rate.
        frame_time: How it is written.
        unit: Units of the file in a cm.
        up: The axis that points up in the file.
        orders: Orders of the rotation channels, given to the joints in turn.
        twisted: Whether the joints' own axes differ, so that at rest the body does not
            stand.
        positions_everywhere: Whether all joints have position channels, which hold
            their whole offset.
        t_pose_first: Whether a row of zeros stands before the motion.
        head_end: Whether the head's End Site has a length.
        newline: Between lines.
        root_offset: Whether the root has an OFFSET besides its position.
        mirrored: Whether the file is that of the mirrored world.
    """
    bones = _body()
    rng = np.random.default_rng(3)
    turn = (
        Rotation.identity() if up == "y" else Rotation.from_euler("x", 90, degrees=True)
    )
    world, positions, local, offsets = {}, {}, {}, {}
    own = {
        name: Rotation.random(rng=rng) if twisted else Rotation.identity()
        for name, _, _ in bones
    }
    time = np.arange(frames) / fps
    for name, parent, offset in bones:
        motion = Rotation.from_euler("xyz", _angles(name, frames, fps), degrees=True)
        offset = np.array(offset) * unit
        if parent is None:
            walk = np.stack([5 * time, 2 * np.sin(6 * time), 90 * time], axis=-1) * unit
            place = turn.apply(walk + offset)
            world[name] = turn * motion
            positions[name] = place
            local[name] = world[name] * own[name]
            offsets[name] = np.zeros(3)
            continue
        positions[name] = positions[parent] + world[parent].apply(offset)
        world[name] = world[parent] * motion
        local[name] = own[parent].inv() * motion * own[name]
        rest = turn.apply(offset) if up == "z" and not twisted else offset
        offsets[name] = own[parent].inv().apply(rest)
    if up == "z" and not twisted:  # standing at rest along z
        local = {
            name: (r * turn.inv() if name == "hips" else turn * r * turn.inv())
            for name, r in local.items()
        }
    if not head_end:
        offsets["head_end"] = np.zeros(3)
    if mirrored:  # as a left-handed program would write it
        flip = np.array([-1.0, 1.0, 1.0])
        offsets = {name: flip * offset for name, offset in offsets.items()}
        local = {
            name: Rotation.from_matrix(flip[:, None] * r.as_matrix() * flip)
            for name, r in local.items()
        }
        positions["hips"] = flip * positions["hips"]
    root = np.array([1.0, 2.0, 3.0]) * unit if root_offset else np.zeros(3)
    names = SCHEMES[scheme]
    children = {name: [n for n, p, _ in bones if p == name] for name, _, _ in bones}
    lines, columns = ["HIERARCHY"], []

    def channels(name, number):
        order = [f"{axis}rotation" for axis in orders[number % len(orders)]]
        if name == "hips" or positions_everywhere:
            return ["Xposition", "Yposition", "Zposition", *order]
        return order

    def visit(name, depth):
        tab = "\t" * depth
        x, y, z = offsets[name] if name != "hips" else root
        offset = f"{tab}\tOFFSET {_shortest(x)} {_shortest(y)} {_shortest(z)}"
        if name.endswith("_end"):
            lines.extend([f"{tab}End Site", f"{tab}{{", offset, f"{tab}}}"])
            return
        kind = "ROOT" if name == "hips" else "JOINT"
        side, _, part = name.partition("_")
        if part:
            written = names["sided"](side.capitalize(), names[part])
        else:
            written = names[name]
        given = channels(name, len(columns))
        order = "".join(c[0] for c in given if c.endswith("rotation"))
        columns.append((name, order, len(given) == 6))
        count = f"{tab}\tCHANNELS {len(given)} {' '.join(given)}"
        lines.extend([f"{tab}{kind} {written}", f"{tab}{{", offset, count])
        for child in children[name]:
            visit(child, depth + 1)
        lines.append(f"{tab}}}")

    visit("hips", 0)
    blocks = []
    for name, order, has_position in columns:
        if has_position:
            place = positions[name] if name == "hips" else offsets[name]
            place = np.broadcast_to(
                place - (root if name == "hips" else 0), (frames, 3)
            )
            blocks.append(place)
        # Upper case: rotations about the joint's own axes, R = R_1 R_2 R_3.
        blocks.append(local[name].as_euler(order, degrees=True).reshape(-1, 3))
    rows = np.concatenate(
        [np.broadcast_to(b, (frames, b.shape[1])) for b in blocks], axis=1
    )
    if t_pose_first:
        rows = np.concatenate([np.zeros_like(rows[:1]), rows])
    seconds = frame_time or f"{1 / fps:.7f}"
    lines += ["MOTION", f"Frames:\t{len(rows)}", f"Frame Time: {seconds}"]
    lines += [" ".join(map(_shortest, row)) for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((newline.join(lines) + newline).encode())
    scale = 10.0 / unit
    if up == "y":
        return {
            name: scale * np.stack([p[:, 0], -p[:, 2], p[:, 1]], axis=-1)
            for name, p in positions.items()
        }
    return {name: scale * p for name, p in positions.items()}
