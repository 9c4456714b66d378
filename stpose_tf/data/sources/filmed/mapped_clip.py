"""A filmed clip with raw heat maps in place of the data set's own 2D."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from stpose_tf.data import heatmap_codec
from stpose_tf.data.clip import Clip, View
from stpose_tf.data.containers import refusal
from stpose_tf.data.footage import Footage
from stpose_tf.data.sources.filmed import nearest_person
from stpose_tf.data.sources.filmed.nearest_person import Seen
from stpose_tf.data.sources.own import heatmap_arrays
from stpose_tf.data.sources.own.heatmap_arrays import HeatmapFacts
from stpose_tf.data.sources.planned_clip import FilmedClip


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MappedClip:
    """See `planned_clip.PlannedClip`.

    Attributes:
        own: The clip with its own 2D.
        files: Each view's file of heat maps, of the one person.
        facts: What the user says of them.
    """

    own: FilmedClip
    files: tuple[Path, ...]
    facts: HeatmapFacts

    @property
    def clip_id(self) -> str:
        """The same."""
        return self.own.clip_id

    @property
    def subject(self) -> str:
        """The same."""
        return self.own.subject

    def read(self) -> Clip:
        """Returns the clip; its keypoints are the maps' peaks.

        Raises:
            InputError: If the clip or a file cannot be read, or they are not of the
                same frames or not of the same person.
        """
        clip = self.own.read()
        skeleton, found = views(
            self.files,
            self.own.footage,
            [view.image_size for view in clip.views],
            num_frames=clip.num_frames,
            fps=clip.fps,
            facts=self.facts,
        )
        for path, one, view, maps in zip(
            self.files, self.own.footage, clip.views, found, strict=True
        ):
            nearest_person.choose(
                [Seen(maps.keypoints, maps.confidence)],
                skeleton=skeleton,
                person=nearest_person.places(clip, view),
                where=str(path),
                drifts=one.drifts,
            )
        same = skeleton == clip.input_skeleton
        return dataclasses.replace(
            clip,
            input_skeleton=skeleton,
            keypoints_world=clip.keypoints_world if same else None,
            views=tuple(
                dataclasses.replace(maps, camera=view.camera)
                for maps, view in zip(found, clip.views, strict=True)
            ),
        )


def views(
    files: Sequence[Path],
    footage: Sequence[Footage],
    image_sizes: Sequence[tuple[int, int]],
    *,
    num_frames: int,
    fps: float,
    facts: HeatmapFacts,
) -> tuple[str, list[View]]:
    """Returns whose keypoints the maps show, and each view, without camera.

    Args:
        files: One of each view.
        footage: What they are of; every which frame of the maps is one of them.
        image_sizes: Width and height in px of each view.
        num_frames: Of the clip.
        fps: Of the clip.
        facts: What the user says; rate and size are taken from above.

    Raises:
        InputError: If a file is unusable, of another length, or shows other keypoints
            than the one before.
    """
    skeleton = ""
    found = []
    for path, one, size in zip(files, footage, image_sizes, strict=True):
        clip = heatmap_arrays.HeatmapClip(
            clip_id=path.stem,
            subject=path.parent.name,
            path=path,
            facts=dataclasses.replace(facts, fps=fps * one.step, image_size=size),
            fps=fps,
        ).read()
        if skeleton not in ("", clip.input_skeleton):
            raise refusal.error(path, f"maps of {skeleton}", clip.input_skeleton)
        skeleton = clip.input_skeleton
        if not one.fits(clip.num_frames, num_frames):
            raise refusal.error(path, one.expected(num_frames), clip.num_frames)
        found.append(_first_frames(clip.views[0], num_frames))
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
