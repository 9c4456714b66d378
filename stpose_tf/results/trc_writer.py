"""TRC files of one person, as OpenSim reads them: y up, mm, a marker per joint."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from stpose_tf.geometry import skeletons


def write(
    path: Path,
    positions: npt.ArrayLike,
    skeleton: skeletons.Skeleton,
    *,
    frames: npt.NDArray[np.int64],
    times: npt.NDArray[np.float64],
    fps: float,
) -> None:
    """Writes one person's motion; frames without the person are rows of blanks.

    Args:
        path: The file.
        positions: y up, in mm, `[time, joints, 3]`.
        skeleton: The order of the joints.
        frames: Their numbers in the video from 0, rising, `[time]`; in the file they
            count from 1.
        times: When they are seen in s, `[time]`.
        fps: Frames a second.
    """
    positions = np.asarray(positions, np.float64)
    joints = skeleton.joints
    numbers = np.arange(frames[0], frames[-1] + 1)
    places = np.full(len(numbers), -1)
    places[frames - frames[0]] = np.arange(len(frames))
    when = np.interp(numbers, frames, times)
    rate = f"{fps:.6g}"
    fields = {
        "DataRate": rate,
        "CameraRate": rate,
        "NumFrames": len(numbers),
        "NumMarkers": len(joints),
        "Units": "mm",
        "OrigDataRate": rate,
        "OrigDataStartFrame": numbers[0] + 1,
        "OrigNumFrames": len(numbers),
    }
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "\t".join(fields),
        "\t".join(map(str, fields.values())),
        "Frame#\tTime\t" + "\t\t\t".join(joints) + "\t\t",
        "\t\t" + "\t".join(f"X{n}\tY{n}\tZ{n}" for n in range(1, len(joints) + 1)),
        "",
    ]
    blank = "\t".join([""] * (3 * len(joints)))
    for number, place, time in zip(numbers, places, when, strict=True):
        cells = blank
        if place >= 0:
            cells = "\t".join(f"{v + 0.0:.3f}" for v in positions[place].ravel())
        lines.append(f"{number + 1}\t{time:.6f}\t{cells}")
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
