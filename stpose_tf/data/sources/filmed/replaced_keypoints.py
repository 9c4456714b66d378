"""Sources whose clips take their 2D from a folder of detections or of heat maps."""

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stpose_tf import errors
from stpose_tf.data import footage
from stpose_tf.data.detections import detection_file
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources.filmed.detected_clip import DetectedClip, DetectionFacts
from stpose_tf.data.sources.filmed.mapped_clip import MappedClip
from stpose_tf.data.sources.own import heatmap_arrays
from stpose_tf.data.sources.own.heatmap_arrays import HeatmapFacts
from stpose_tf.data.sources.planned_clip import FilmedClip, PlannedClip

_Find = Callable[..., Iterator[Any]]
_DETECTED = ("file_format", "input_skeleton")
_MAPPED = ("layout", "peak", "origin")
_EITHER = ("skeleton", "labels_above")


def taken_by(find: _Find, own_options: Mapping[str, Any]) -> _Find:
    """Returns a source's `find` that also takes the place of other 2D.

    Args:
        find: The source's.
        own_options: What to tell it when its own 2D is not wanted.
    """

    def finder(
        path: Path,
        *,
        detections: Path | None = None,
        maps: str | None = None,
        file_format: str | None = None,
        skeleton: str | None = None,
        labels_above: float | None = None,
        layout: str | None = None,
        peak: float | None = None,
        origin: str | None = None,
        **options: Any,
    ) -> Iterator[PlannedClip | Skipped]:
        given: dict[str, Any] = {
            "file_format": file_format,
            "skeleton": skeleton,
            "labels_above": labels_above,
            "layout": layout,
            "peak": peak,
            "origin": origin,
        }
        given = {name: value for name, value in given.items() if value is not None}
        if detections is None and maps is None:
            _refuse(given, given, "without --detections or --maps")
            yield from find(path, **options)
            return
        if detections is not None and maps is not None:
            raise errors.InputError(
                "--maps: expected none with --detections, which take their place. "
                f"Received: {maps}"
            )
        _refuse(own_options, options, "with --detections or --maps")
        if detections is not None:
            _refuse(_MAPPED, given, "without --maps")
            if "input_skeleton" in options:
                given["input_skeleton"] = options.pop("input_skeleton")
            folder = _folder("detections", detections)
            facts: DetectionFacts | HeatmapFacts = DetectionFacts(**given)
        else:
            _refuse(_DETECTED, {**given, **options}, "with --maps")
            folder = _folder("maps", Path(str(maps)))
            facts = HeatmapFacts(**given)
        for clip in find(path, **options, **own_options):
            yield clip if isinstance(clip, Skipped) else _replaced(clip, folder, facts)

    signature = inspect.signature(find)
    known = [
        parameter
        for parameter in signature.parameters.values()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    added = [
        parameter
        for name, parameter in inspect.signature(finder).parameters.items()
        if name not in signature.parameters
        and parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    functools.update_wrapper(finder, find)
    finder.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*known, *added]
    )
    return finder


def _replaced(
    clip: FilmedClip, folder: Path, facts: DetectionFacts | HeatmapFacts
) -> PlannedClip | Skipped:
    try:
        if isinstance(facts, HeatmapFacts):
            return MappedClip(
                own=clip,
                files=tuple(
                    footage.find_detections(folder, one, heatmap_arrays.SUFFIXES)
                    for one in clip.footage
                ),
                facts=facts,
            )
        return DetectedClip(
            own=clip,
            files=tuple(
                footage.find_detections(
                    folder, one, detection_file.SUFFIXES, folders=True
                )
                for one in clip.footage
            ),
            facts=facts,
        )
    except errors.InputError as error:
        return Skipped(name=clip.clip_id, reason=str(error))


def _folder(name: str, folder: Path) -> Path:
    if not folder.is_dir():
        raise errors.InputError(f"--{name}: expected a folder. Received: {folder}")
    return folder


def _refuse(names: Any, given: Mapping[str, Any], when: str) -> None:
    for name in names:
        if name in given:
            raise errors.InputError(
                f"--{name}: expected none {when}, where it has no effect. "
                f"Received: {given[name]}"
            )
