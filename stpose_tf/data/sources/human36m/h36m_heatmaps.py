"""Heat maps of Human3.6M's videos, a file for each sequence and camera.

Such as `S1/Directions 1.54138969.npz`, each as `heatmap_arrays` describes.
"""

import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path

from stpose_tf import errors
from stpose_tf.data import heatmap_codec
from stpose_tf.data.clip import View
from stpose_tf.data.containers import refusal
from stpose_tf.data.sources.human36m import h36m_cameras, h36m_sequences
from stpose_tf.data.sources.own import heatmap_arrays


def paths(folder: Path, subject: str, sequence: str) -> tuple[Path, ...]:
    """Returns the file of each camera.

    Args:
        folder: Where they are looked for.
        subject: Such as `S1`.
        sequence: Its canonical name; subject 1's own names, and `_` in place of the
            space, are found too.

    Raises:
        InputError: If one of them is missing.
    """
    names = (sequence, h36m_sequences.long_name(sequence))
    stems = [
        *dict.fromkeys(s for name in names for s in (name, name.replace(" ", "_")))
    ]
    found = []
    for camera in h36m_cameras.NAMES:
        candidates = [
            folder / subject / f"{stem}.{camera}{suffix}"
            for stem, suffix in itertools.product(stems, heatmap_arrays.SUFFIXES)
        ]
        there = [path for path in candidates if path.is_file()]
        if not there:
            raise refusal.error(
                folder / subject, f"{stems[0]}.{camera}.npz or .npy", "no such file"
            )
        found.append(there[0])
    return tuple(found)


def views(
    files: Sequence[Path], *, num_frames: int, step: int
) -> tuple[str, list[View]]:
    """Returns whose keypoints the maps show, and each camera's view, without camera.

    What comes after `num_frames` is left out, as of keypoints.

    Args:
        files: One of each camera.
        num_frames: Of the motion.
        step: Every which frame to keep of them.

    Raises:
        InputError: If a file is unusable, shorter than the motion, or shows other
            keypoints than the one before.
    """
    skeleton = ""
    found = []
    for path, size in zip(files, h36m_cameras.IMAGE_SIZES, strict=True):
        clip = heatmap_arrays.HeatmapClip(
            clip_id=path.stem,
            subject=path.parent.name,
            path=path,
            facts=heatmap_arrays.HeatmapFacts(fps=h36m_sequences.FPS, image_size=size),
            fps=h36m_sequences.FPS / step,
        ).read()
        if skeleton not in ("", clip.input_skeleton):
            raise errors.InputError(
                f"{path}: expected maps of {skeleton}. Received: {clip.input_skeleton}"
            )
        skeleton = clip.input_skeleton
        frames = len(range(0, num_frames, step))
        if clip.num_frames < frames:
            raise refusal.error(
                path, f"at least the {frames} frames of the 3D joints", clip.num_frames
            )
        found.append(_first_frames(clip.views[0], frames))
    return skeleton, found


def _first_frames(view: View, frames: int) -> View:
    maps = view.heatmaps
    if isinstance(maps, heatmap_codec.EncodedHeatmaps):
        maps = dataclasses.replace(maps, blobs=maps.blobs[:frames])
    elif maps is not None:
        maps = maps[:frames]
    return dataclasses.replace(
        view,
        keypoints=view.keypoints[:frames],
        confidence=view.confidence[:frames],
        labelled=view.labelled[:frames],
        crop=view.crop[:frames],
        heatmaps=maps,
    )
