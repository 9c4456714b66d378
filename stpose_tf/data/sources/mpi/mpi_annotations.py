"""The annotation files of MPI-INF-3DHP: `annot.mat` to train, `annot_data.mat` to test.

Positions are in mm in the frame of the camera that they were annotated for. The
"universal" ones are those of a body of one standard height.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stpose_tf.data.containers import finite_numbers, hdf5_file, matlab_file, refusal
from stpose_tf.geometry import skeletons

DATASET = "mpi_inf_3dhp"
SKELETON = "mpi_inf_3dhp_17"
_TRAIN_SKELETON = "mpi_inf_3dhp_28"
_MOST_FRAMES = 1_000_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Annotations:
    """What one camera saw, in the order of `mpi_inf_3dhp_17`.

    Attributes:
        pixels: In px, `[time, 17, 2]`.
        points: In mm, camera frame, `[time, 17, 3]`.
        universal: The same of the standard body; the points where not asked for.
        valid: Which frames are good, bool, `[time]`.
    """

    pixels: np.ndarray
    points: np.ndarray
    universal: np.ndarray
    valid: np.ndarray

    def scaled(self) -> tuple[np.ndarray, float]:
        """Returns the standard body where the subject's root is after scaling.

        The standard body's pose about its root is kept as it is; its root is put on
        the camera's ray through the subject's, as far away as the body is larger.

        Returns:
            Positions in mm, camera frame, `[time, 17, 3]`, and the scale.
        """
        root = skeletons.get(SKELETON).root_index
        good = self.valid
        body = self.points - self.points[:, root : root + 1]
        standard = self.universal - self.universal[:, root : root + 1]
        squares = float(np.sum(body[good] ** 2))
        scale = float(np.sum(body[good] * standard[good])) / squares if squares else 1.0
        return scale * self.points[:, root : root + 1] + standard, scale


def read_train(
    path: Path, cameras: Sequence[int], *, universal: bool, frames: int, step: int
) -> tuple[Annotations, ...]:
    """Returns the annotations of some cameras; universal ones only of the first.

    Args:
        path: `annot.mat`.
        cameras: Their numbers, from 0.
        universal: Whether to read those too.
        frames: At most so many of the file's; it may hold more than there are images.
        step: Every `step`-th of them.

    Raises:
        InputError: If the file cannot be read, or its arrays do not fit; names the
            array and the camera.
    """
    keep = slice(0, frames, step)
    wanted = ["annot2", "annot3"] + ["univ_annot3"] * universal
    cells = matlab_file.read(path, wanted)
    pixels = [_cell(path, cells, "annot2", camera, keep) for camera in cameras]
    points = [_cell(path, cells, "annot3", camera, keep) for camera in cameras]
    standard = points[:1]
    if universal:
        standard = [_cell(path, cells, "univ_annot3", cameras[0], keep)]
    lengths = {len(array) for array in (*pixels, *points, *standard)}
    if len(lengths) > 1:
        raise refusal.error(
            path, "as many frames in all arrays", " and ".join(map(str, lengths))
        )
    return tuple(
        Annotations(
            pixels=pixels[row],
            points=points[row],
            universal=standard[0] if row == 0 else points[row],
            valid=np.ones(len(pixels[row]), bool),
        )
        for row in range(len(cameras))
    )


def read_test(path: Path, *, step: int) -> Annotations:
    """Returns the annotations of a test sequence; frames that are not valid are 0.

    Args:
        path: `annot_data.mat`.
        step: Every `step`-th frame.

    Raises:
        InputError: If the file cannot be read, its arrays do not fit, or no frame is
            valid.
    """
    widths = {"annot2": 2, "annot3": 3, "univ_annot3": 3}
    arrays = hdf5_file.read(path, (*widths, "valid_frame"))
    marks = arrays["valid_frame"]
    frames = marks.size
    if not 0 < frames <= _MOST_FRAMES or max(marks.shape) != frames:
        raise refusal.error(path, "[frames, 1] in valid_frame", str(marks.shape))
    valid = marks.reshape(-1) > 0.5
    if not valid.any():
        raise refusal.error(path, "a valid frame in valid_frame", "none")
    found = {}
    for name, width in widths.items():
        array = arrays[name]
        if array.shape not in ((frames, 1, 17, width), (frames, 17, width)):
            expected = f"({frames}, 1, 17, {width}) in {name}"
            raise refusal.error(path, expected, str(array.shape))
        array = array.reshape(frames, 17, width).astype(np.float64)
        finite_numbers.check(path, name, array, used=valid)
        found[name] = array
    for name in ("annot3", "univ_annot3"):
        found[name][~valid] = 0.0
    return Annotations(
        pixels=found["annot2"][::step],
        points=found["annot3"][::step],
        universal=found["univ_annot3"][::step],
        valid=valid[::step],
    )


def _cell(
    path: Path, cells: dict[str, np.ndarray], name: str, camera: int, keep: slice
) -> np.ndarray:
    """Returns one camera's array in the order of the 17 joints."""
    column = cells[name]
    if column.dtype != object or camera >= column.size:
        count = column.size if column.dtype == object else "no"
        raise refusal.error(
            path, f"a cell for camera {camera} in {name}", f"{count} cells"
        )
    array = np.asarray(column.reshape(-1)[camera])
    width = 2 if name == "annot2" else 3
    joints = skeletons.get(_TRAIN_SKELETON)
    columns = joints.num_joints * width
    if array.ndim != 2 or array.shape[1] != columns or not len(array):
        raise refusal.error(
            path, f"[frames, {columns}] in {name}, camera {camera}", str(array.shape)
        )
    if array.dtype.kind not in "iuf":
        raise refusal.error(
            path, f"numbers in {name}, camera {camera}", str(array.dtype)
        )
    rows = array[keep].reshape(-1, joints.num_joints, width)
    order = [joints.index(joint) for joint in skeletons.get(SKELETON).joints]
    chosen = rows[:, order].astype(np.float64)
    finite_numbers.check(path, f"{name}, camera {camera}", chosen)
    return chosen
