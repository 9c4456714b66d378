"""A made-up figure in any order of joints, and ways to write it to files.

It shares nothing with the reader.
"""

import numpy as np

# Standing, facing y, z up, in mm; the left side is at negative x.
_PLACES = {
    "hip": (0, 0, 920),
    "spine": (0, 15, 1140),
    "thorax": (0, 0, 1420),
    "nose": (0, 105, 1548),
    "head": (0, 10, 1690),
    "upper_neck": (0, 40, 1530),
    "side_hip": (100, 0, 920),
    "side_knee": (105, 30, 500),
    "side_ankle": (100, 0, 80),
    "side_shoulder": (170, 0, 1410),
    "side_elbow": (200, -20, 1130),
    "side_wrist": (210, 70, 890),
    "side_eye": (32, 98, 1578),
    "side_ear": (76, 12, 1562),
}
# The same points under the names of other orders.
_SAME = {
    "pelvis": "hip",
    "mid_hip": "hip",
    "neck": "thorax",
    "head_top": "head",
    "spine1": "spine",
    "spine2": "spine",
    "spine3": "spine",
}


def place(name):
    """Returns where a joint is in mm."""
    name = _SAME.get(name, name)
    side, _, part = name.partition("_")
    if side in ("left", "right") and f"side_{part}" in _PLACES:
        x, y, z = _PLACES[f"side_{part}"]
        return (-x if side == "left" else x, y, z)
    return _PLACES.get(name, _PLACES["hip"])


def figure(names, frames=40):
    """Returns the figure walking in a circle, `[frames, joints, 3]` in mm, z up."""
    rest = np.array([place(name) for name in names], np.float64)
    time = np.arange(frames)[:, np.newaxis] / 15.0
    swing = 0.2 * np.maximum(920 - rest[:, 2], 0) * np.sin(5 * time)
    x = np.broadcast_to(rest[:, 0], swing.shape)
    y = rest[:, 1] + swing * np.sign(rest[:, 0])
    angle = 0.6 * time
    return np.stack(
        [
            np.cos(angle) * x - np.sin(angle) * y + 700 * np.cos(angle),
            np.sin(angle) * x + np.cos(angle) * y + 700 * np.sin(angle),
            np.broadcast_to(rest[:, 2], swing.shape),
        ],
        axis=-1,
    )


def in_axes(points, up, handedness="right"):
    """Returns z-up points in a file's axes."""
    x, y, z = np.moveaxis(points, -1, 0)
    turned = {"z": (x, y, z), "y": (x, z, -y), "-y": (x, -z, y)}[up]
    points = np.stack(turned, axis=-1)
    return points * ([-1, 1, 1] if handedness == "left" else [1, 1, 1])


def write_csv(path, names, people, *, wide):
    """Writes a table; `people` are arrays by id, an id of None for a single one."""
    several = None not in people
    head = ["frame", *(["person"] if several else [])]
    columns = [f"{n}_{c}" for n in names for c in "xyz"] if wide else ["joint", *"xyz"]
    lines = [",".join(head + columns)]
    for person, points in people.items():
        for frame, joints in enumerate(points):
            first = [str(frame), *([person] if several else [])]
            if wide:
                lines.append(
                    ",".join([*first, *map(repr, joints.reshape(-1).tolist())])
                )
                continue
            lines += [
                ",".join([*first, name, *map(repr, joint.tolist())])
                for name, joint in zip(names, joints, strict=True)
            ]
    path.write_text("\n".join(lines) + "\n")
    return path
