"""Files of 2D keypoints, and OpenPose's folders, in or below a folder."""

from pathlib import Path

from stpose_tf import errors
from stpose_tf.data.containers import named_files
from stpose_tf.data.detections import detection_file, openpose_folder


def find(path: Path) -> list[tuple[Path, str]]:
    """Returns files and OpenPose's folders, each with a name of its own.

    Args:
        path: One of them, or a folder that has such in or below it.

    Raises:
        InputError: If there is none.
    """
    if path.is_file() or _is_openpose(path):
        return [(path, path.stem if path.is_file() else path.name)]
    if not path.is_dir():
        raise errors.InputError(
            f"{path}: expected a file or a folder of 2D keypoints. Received: none"
        )
    found: list[Path] = []
    folders = [path]
    while folders:
        folder = folders.pop()
        for entry in sorted(folder.iterdir()):
            if entry.is_dir() and not entry.is_symlink():
                if _is_openpose(entry):
                    found.append(entry)
                else:
                    folders.append(entry)
            elif entry.suffix.lower() in detection_file.SUFFIXES:
                found.append(entry)
    if not found:
        raise errors.InputError(
            f"{path}: expected files of 2D keypoints ("
            f"{', '.join(detection_file.SUFFIXES)}) or OpenPose's folders in or below "
            "it. Received: none"
        )
    found.sort()
    return list(zip(found, named_files.names(path, found), strict=True))


def _is_openpose(path: Path) -> bool:
    return path.is_dir() and bool(openpose_folder.frames(path))
