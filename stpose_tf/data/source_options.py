"""What only some sources can be told, each a flag of `build_records`."""

import dataclasses
from pathlib import Path
from typing import Any, Literal

from stpose_tf import errors

Kind = Literal["text", "path", "number", "whole", "wholes", "size", "switch"]


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """A keyword of some sources' `find`, left to its default unless it is given.

    Attributes:
        name: Of the keyword and of the flag.
        kind: Of its value: a text, a path, a number, a whole number, several of them,
            WIDTHxHEIGHT, or on and off.
        sources: Who takes it.
        what: What it is for.
    """

    name: str
    kind: Kind
    sources: tuple[str, ...]
    what: str

    @property
    def help(self) -> str:
        """The flag's description."""
        return f"{', '.join(self.sources)}: {self.what}"

    def value(self, given: Any) -> Any:
        """Returns the keyword's value of the flag's.

        Raises:
            InputError: If the flag's value is of another kind.
        """
        try:
            if self.kind == "path":
                return Path(given)
            if self.kind == "wholes":
                return tuple(int(part) for part in given)
            if self.kind == "size":
                width, height = given.split("x")
                return int(width), int(height)
        except ValueError as error:
            expected = {"wholes": "whole numbers", "size": "WIDTHxHEIGHT"}[self.kind]
            raise errors.InputError(
                f"--{self.name}: expected {expected}. Received: {given}"
            ) from error
        return given


_H36M = ("h36m_npz", "h36m_cdf")
_3DHP = ("mpi_inf_3dhp", "mpi_inf_3dhp_npz")
_FILMED = (*_H36M, "humaneva_npz", *_3DHP, "3dpw", "penn_action")

OPTIONS = (
    Option(
        "keypoints",
        "text",
        (*_H36M, "humaneva_npz", "3dpw"),
        "which 2D: the tag of a data_2d_*_TAG.npz or its path, or projected (the 3D "
        "joints); 3dpw: detected or projected.",
    ),
    Option(
        "detections",
        "path",
        _FILMED,
        "folder of 2D detections in place of the source's own 2D, each called like its "
        "clip and camera, such as S1/Walking.54138969.json; see docs/datasets.md.",
    ),
    Option("maps", "text", _FILMED, "folder of raw heat maps, called like detections."),
    Option("metadata", "text", _H36M, "metadata.xml, if it lies elsewhere."),
    Option(
        "skip_damaged",
        "switch",
        _H36M,
        "leave out three sequences of S9 whose 3D drifts away from the images.",
    ),
    Option("cameras", "wholes", ("mpi_inf_3dhp",), "which of 0 to 13."),
    Option(
        "universal",
        "switch",
        ("mpi_inf_3dhp",),
        "bodies of standard height, which official scores are of; nouniversal gives "
        "the subjects' own.",
    ),
    Option(
        "input_skeleton",
        "text",
        (*_3DHP, "3dpw", "penn_action", "keypoints_2d"),
        "order of the keypoints to give, such as coco17.",
    ),
    Option(
        "swap_left_right",
        "switch",
        ("penn_action",),
        "exchange left and right, about which its users do not agree.",
    ),
    Option(
        "source_fps",
        "number",
        ("penn_action", "own_3d", "keypoints_2d", "heatmap_arrays", "videos"),
        "frames a second of the files, where they do not say it.",
    ),
    Option(
        "body_model", "path", ("amass",), "your body model's .npz, or their folder."
    ),
    Option(
        "scale", "number", ("bvh",), "mm in a unit of the files, if not by the legs."
    ),
    Option("up", "text", ("bvh", "own_3d"), "axis that points up, if not by the body."),
    Option(
        "joint_names", "path", ("bvh",), "JSON of parts of the body and their names."
    ),
    Option("unit", "text", ("own_3d",), "mm, cm, m or inch, if not by the legs."),
    Option("handedness", "text", ("own_3d",), "right or left, of the files' world."),
    Option(
        "skeleton",
        "text",
        ("own_3d", "keypoints_2d", "heatmap_arrays", *_FILMED),
        "order of the files' joints, where they do not say it.",
    ),
    Option(
        "file_format",
        "text",
        ("keypoints_2d", *_FILMED),
        "of the detections, if it is not recognized.",
    ),
    Option(
        "image_size",
        "size",
        ("keypoints_2d", "heatmap_arrays"),
        "such as 1920x1080, where the files do not say it.",
    ),
    Option(
        "longest_gap",
        "whole",
        ("keypoints_2d", "videos"),
        "frames for which a person may be lost before a new clip begins.",
    ),
    Option(
        "fewest_frames",
        "whole",
        ("keypoints_2d", "videos"),
        "shorter clips are skipped.",
    ),
    Option(
        "labels_above",
        "number",
        ("keypoints_2d", "heatmap_arrays", *_FILMED),
        "take detections of more confidence as truth.",
    ),
    Option(
        "layout",
        "text",
        ("heatmap_arrays", *_FILMED),
        "tkhw or thwk: the order of the maps' axes.",
    ),
    Option(
        "peak",
        "number",
        ("heatmap_arrays", *_FILMED),
        "value of the maps that means confidence 1.",
    ),
    Option(
        "origin",
        "text",
        ("heatmap_arrays", *_FILMED),
        "edge or center: where a map begins.",
    ),
    Option("clips", "whole", ("procedural",), "how many; 120 if not given."),
    Option("seconds", "number", ("procedural",), "length of a clip; 10 if not given."),
)


def of(source: str) -> tuple[Option, ...]:
    """Returns the options that a source takes."""
    return tuple(option for option in OPTIONS if source in option.sources)


def why_refused(name: str, *, has_cameras: bool, taken: bool) -> str:
    """Returns in words why an option is not for a source.

    Args:
        name: The option's.
        has_cameras: Whether the source's clips have views of their own.
        taken: Whether the source takes it where no 2D network sees its videos.
    """
    if name in ("detections", "maps"):
        if taken:
            return "whose 2D is what the network sees"
        if has_cameras:
            return "whose --input is the 2D itself"
        return "whose views are of virtual cameras: it has no images"
    return "where it has no effect"
