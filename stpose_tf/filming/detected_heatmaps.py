"""Heat maps for records from a 2D network that looks at videos."""

import contextlib
import dataclasses
import functools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from stpose_tf import errors
from stpose_tf.data import footage as footages
from stpose_tf.data.clip import Clip, View
from stpose_tf.data.footage import Footage
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources.recorded import joint_order
from stpose_tf.data.unseen_video import UnseenVideo
from stpose_tf.filming import known_people, video_clips, view_recorder
from stpose_tf.networks2d import image_cutting, network_choice
from stpose_tf.networks2d.heatmap_network import HeatmapNetwork
from stpose_tf.people import blazepose_detector, person_frame
from stpose_tf.people.sightings import PersonDetector
from stpose_tf.video import frame_source

_LONGER = 0.05  # share of a clip by which its video may be longer than it, or
_LONGER_FRAMES = 50


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DetectedHeatmaps:
    """See `unseen_video.HeatmapSource`. Networks are loaded once in each process.

    Attributes:
        network: The 2D network.
        videos: Folder of the videos; None if clips have none but their own.
        size: Height and width of the maps to store.
    """

    network: network_choice.NetworkChoice
    videos: Path | None
    size: tuple[int, int]

    def check(self, *, detector: bool) -> None:
        """Loads what will be needed.

        Args:
            detector: Whether people must be found.

        Raises:
            InputError: If a file is missing or is not what it should be.
        """
        _network(self.network)
        if detector:
            _detector()

    def files(self, footage: tuple[Footage, ...]) -> tuple[Path, ...]:
        """Returns the videos and the network's file, as far as they are there."""
        found = [Path(self.network.name)] if Path(self.network.name).is_file() else []
        for one in footage:
            with contextlib.suppress(errors.InputError):
                found.append(self._video(one))
        return tuple(found)

    def seen(self, clip: Clip, footage: tuple[Footage, ...]) -> Clip:
        """Returns a clip with heat maps of its videos, in the network's skeleton.

        The network looks where the clip's keypoints are. What is labelled stays as it
        is; other keypoints are what the network saw, and so is all confidence. There
        is nothing to shoot again, for new views would have no such maps.

        Args:
            clip: With views that have keypoints.
            footage: One for each view.

        Raises:
            InputError: If a video is missing, has another size, rate or length, or
                the network sees nobody in it.
        """
        network = _network(self.network)
        if len(footage) != len(clip.views):
            raise errors.InputError(
                f"{clip.clip_id}: expected videos of {len(clip.views)} views. "
                f"Received: {len(footage)} are known"
            )
        skeleton = network.skeleton
        views = []
        for view, one in zip(clip.views, footage, strict=True):
            made = self._view(clip, view, one, network)
            truth, known = _truth(view, source=clip.input_skeleton, target=skeleton)
            keypoints = np.where(known[..., np.newaxis], truth, made.keypoints)
            views.append(
                dataclasses.replace(
                    made,
                    keypoints=keypoints.astype(np.float32),
                    labelled=known,
                    camera=view.camera,
                )
            )
        return dataclasses.replace(
            clip, input_skeleton=skeleton, keypoints_world=None, views=tuple(views)
        )

    def people(self, video: UnseenVideo) -> tuple[Clip | Skipped, ...]:
        """Returns a clip for each person; see `video_clips.clips`."""
        network, detector = _network(self.network), _detector()
        return tuple(video_clips.clips(video, network, detector, size=self.size))

    def _view(
        self, clip: Clip, view: View, footage: Footage, network: HeatmapNetwork
    ) -> View:
        path = self._video(footage)
        crops = known_people.crops(view, clip.input_skeleton, network)
        with contextlib.closing(frame_source.open_source(str(path))) as source:
            _check(path, source, clip, view, footage)
            recorder = view_recorder.ViewRecorder(
                network.skeleton, size=self.size, image_size=view.image_size
            )
            frames = _every(source, footage, count=clip.num_frames)
            for crop, frame in zip(crops, frames, strict=False):
                found = None
                if np.isfinite(crop).all():
                    (found,) = person_frame.look(
                        network, frame.image, crop, frame=frame.number
                    )
                recorder.add(found)
        if recorder.frames < clip.num_frames:
            raise _length_error(
                path, clip, footage, f"the end of frame {recorder.frames} of the clip"
            )
        return recorder.finish(where=str(path))

    def _video(self, footage: Footage) -> Path:
        if self.videos is None:
            raise errors.InputError(
                "--videos: expected the folder of the videos. Received: none"
            )
        return footages.find_video(self.videos, footage)


@functools.lru_cache(maxsize=1)
def _network(choice: network_choice.NetworkChoice) -> HeatmapNetwork:
    image_cutting.use_one_thread()
    return network_choice.load(choice)


@functools.lru_cache(maxsize=1)
def _detector() -> PersonDetector:
    return blazepose_detector.load()


def _every(
    source: frame_source.FrameSource, footage: Footage, *, count: int
) -> Iterator[frame_source.Frame]:
    """Yields the video's frames that are the clip's."""
    last = footage.first + (count - 1) * footage.step
    for frame in frame_source.frames(source):
        if frame.number > last:
            return
        past = frame.number - footage.first
        if past >= 0 and past % footage.step == 0:
            yield frame


def _truth(view: View, *, source: str, target: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns a view's labelled keypoints in another order, and which there are."""
    return joint_order.change(
        view.keypoints, view.labelled, source=source, target=target
    )


def _check(
    path: Path,
    source: frame_source.FrameSource,
    clip: Clip,
    view: View,
    footage: Footage,
) -> None:
    """Refuses a video that cannot be what the clip's camera filmed."""
    if source.image_size != tuple(view.image_size):
        raise errors.InputError(
            f"{path}: expected {view.image_size[0]} x {view.image_size[1]} px, as "
            f"{clip.clip_id} says. "
            f"Received: {source.image_size[0]} x {source.image_size[1]}"
        )
    rate = clip.fps * footage.step
    if path.is_file() and abs(source.fps - rate) > video_clips.OTHER_RATE * rate:
        raise errors.InputError(
            f"{path}: expected {rate:g} frames a second, as {clip.clip_id} says. "
            f"Received: {source.fps:g}"
        )
    there = source.expected_frames
    if there is None:
        return
    needed = footage.first + (clip.num_frames - 1) * footage.step + 1
    most = needed + footage.step - 1 + max(_LONGER * needed, _LONGER_FRAMES)
    if there < needed or (footage.rest != "any" and there > most):
        raise _length_error(path, clip, footage, f"{there}")


def _length_error(
    path: Path, clip: Clip, footage: Footage, received: str
) -> errors.InputError:
    needed = footage.first + (clip.num_frames - 1) * footage.step + 1
    kind = "at least " if footage.rest == "any" else "about "
    return errors.InputError(
        f"{path}: expected {kind}{needed} frames, as {clip.clip_id} says. "
        f"Received: {received}"
    )
