"""A folder of static files: the page, the model, its runtime, and recordings."""

import importlib.resources
import json
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from stpose_tf import errors
from stpose_tf.export import exporter, keypoint_input, onnx_files, signatures
from stpose_tf.export.web.recordings import Recording
from stpose_tf.geometry import skeletons
from stpose_tf.models import presets

FACTS = "page.json"
_OWN = (".html", ".css", ".js")
_RUNTIME = Path("onnxruntime-web")
_RUNTIME_FILES = (
    "ort.wasm.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
)
_DETECTOR = Path("@mediapipe") / "pose"
_DETECTOR_SKELETON = "blazepose33"
_OTHER_DETECTORS = ("pose_landmark_heavy.tflite", "pose_landmark_lite.tflite")


def write(
    folder: Path,
    *,
    exported: Path,
    modules: Path,
    recordings: Iterable[Recording],
    overwrite: bool = False,
) -> None:
    """Writes the page; it appears when it is whole.

    Args:
        folder: Where to. Any static host can serve it.
        exported: A model exported to ONNX.
        modules: npm's `node_modules`, with `onnxruntime-web` and, for the camera,
            `@mediapipe/pose`. What is needed of them is copied.
        recordings: What the page plays.
        overwrite: Whether an earlier page may be replaced.

    Raises:
        InputError: If a part is missing, or something else lies in the folder.
    """
    check_folder(folder, overwrite=overwrite)
    check_modules(modules)
    inputs = read_export(exported)["parts"][signatures.STREAM]["inputs"]
    preprocessor = presets.load_preprocessor(exported)
    facts = _facts(inputs, preprocessor, detector=(modules / _DETECTOR).is_dir())
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        partial.chmod(0o755)  # mkdtemp keeps others out, a web server is another
        _copy_own(partial)
        _copy_runtime(modules, partial / "onnxruntime")
        if facts["blazepose"]:
            _copy_detector(modules, partial / "blazepose")
        shutil.copy(exported / onnx_files.STREAM, partial)
        _write_json(
            partial / "recordings.json", [each.to_dict() for each in recordings]
        )
        _write_json(partial / FACTS, facts)
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_folder(folder: Path, *, overwrite: bool) -> None:
    """Raises InputError if a page must not go to `folder`."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / FACTS).exists():
        raise errors.InputError(
            f"{folder}: expected an empty folder or an earlier page. Received: "
            + ("another folder" if folder.is_dir() else "a file")
        )
    if not overwrite:
        raise errors.InputError(
            f"{folder}: expected an empty folder (--overwrite replaces the page "
            "there). Received: a page"
        )


def check_modules(modules: Path) -> None:
    """Raises InputError if the runtime is not in npm's folder."""
    for name in _RUNTIME_FILES:
        if not (modules / _RUNTIME / "dist" / name).is_file():
            raise errors.InputError(
                f"{modules}: expected {_RUNTIME / 'dist' / name} (make node_modules). "
                "Received: no such file"
            )


def read_export(exported: Path) -> dict[str, Any]:
    """Returns what `parity.json` says of a model exported to ONNX.

    Raises:
        InputError: If there is none.
    """
    file = exported / exporter.PARITY
    content: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    if content.get("format") != "onnx":
        raise errors.InputError(
            f"{exported}: expected an export (tools/export.py --format=onnx). "
            f"Received: {content.get('format', 'no ' + exporter.PARITY)}"
        )
    return content


def _facts(
    inputs: dict[str, list[int | None]],
    preprocessor: dict[str, Any],
    *,
    detector: bool,
) -> dict[str, Any]:
    """Returns what the page has to know of the model."""
    height, width = preprocessor["heatmap_size"]
    joints = skeletons.get(preprocessor["output"]["skeleton"])
    keypoints = skeletons.get(preprocessor["input"]["skeleton"])
    landmarks = skeletons.get(_DETECTOR_SKELETON).joints
    found = [landmarks.index(k) for k in keypoints.joints if k in landmarks]
    finds_all = len(found) == keypoints.num_joints
    sides = ["C"] * joints.num_joints
    for side, members in (("L", joints.left), ("R", joints.right)):
        for joint in members:
            sides[joint] = side
    return {
        # Of one person.
        "inputs": {name: [1, *shape[1:]] for name, shape in inputs.items()},
        "lookahead": inputs.get("state_present", [None, 0])[1],
        "fps": preprocessor["fps"],
        "heatmapShape": {
            "height": height,
            "width": width,
            "sigma": preprocessor["heatmap_sigma"],
        },
        "margin": preprocessor["crop"]["margin"],
        "smoothing": keypoint_input.SMOOTHING,
        "keypoints": list(keypoints.joints),
        "lines": [list(edge) for edge in keypoints.edges],
        "joints": list(joints.joints),
        "bones": [list(bone) for bone in joints.bones],
        "sides": "".join(sides),
        "blazepose": found if detector and finds_all else None,
    }


def _copy_own(folder: Path) -> None:
    for file in importlib.resources.files("stpose_tf.export.web").iterdir():
        if file.name.endswith(_OWN):
            (folder / file.name).write_bytes(file.read_bytes())


def _copy_runtime(modules: Path, folder: Path) -> None:
    folder.mkdir()
    for name in _RUNTIME_FILES:
        shutil.copy(modules / _RUNTIME / "dist" / name, folder)


def _copy_detector(modules: Path, folder: Path) -> None:
    folder.mkdir()
    for file in (modules / _DETECTOR).iterdir():
        if file.is_file() and file.name not in _OTHER_DETECTORS:
            shutil.copy(file, folder)


def _write_json(file: Path, content: object) -> None:
    file.write_text(json.dumps(content, allow_nan=False) + "\n", encoding="utf-8")
