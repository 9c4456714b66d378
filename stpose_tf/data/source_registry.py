"""Every source of clips by the name that `--source` takes."""

import dataclasses
import importlib
import types
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources.filmed import replaced_keypoints
from stpose_tf.data.sources.planned_clip import PlannedClip

_PACKAGE = "stpose_tf.data.sources"


class Find(Protocol):
    """A source's one function: lists its clips without reading them."""

    def __call__(
        self,
        path: Any,
        *,
        fps: float | None = None,
        subjects: tuple[str, ...] = (),
        **options: Any,
    ) -> Iterator[PlannedClip | Skipped]: ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where clips come from.

    Attributes:
        name: What `--source` takes.
        module: Below `stpose_tf.data.sources`; imported when it is used, for some need
            libraries that not everybody has.
        has_cameras: Whether its clips have views of their own; else virtual cameras
            shoot them.
        fps: Rate that is given if none is asked for; None is the source's own.
        what: Its input in a few words.
        has_videos: Whether it is known where its clips' videos lie, so that a 2D
            network can see them.
        replaced: What to tell it when other 2D takes its own one's place; None if
            nothing says what that would be called.
    """

    name: str
    module: str
    has_cameras: bool
    what: str
    fps: float | None = None
    has_videos: bool = False
    replaced: Mapping[str, Any] | None = None

    @property
    def takes_input(self) -> bool:
        """Whether it reads anything."""
        return self.name != "procedural"

    def find(self) -> Find:
        """Returns the source's function."""
        module = importlib.import_module(f"{_PACKAGE}.{self.module}")
        found: Find = module.find
        if self.replaced is None:
            return found
        return replaced_keypoints.taken_by(found, self.replaced)


def _motion(name: str, module: str, what: str, *, fps: float | None = None) -> Source:
    return Source(name=name, module=module, has_cameras=False, what=what, fps=fps)


def _recorded(
    name: str,
    module: str,
    what: str,
    *,
    has_videos: bool = True,
    replaced: Mapping[str, Any] | None = None,
) -> Source:
    return Source(
        name=name,
        module=module,
        has_cameras=True,
        what=what,
        has_videos=has_videos,
        replaced=replaced,
    )


def _filmed(
    name: str,
    module: str,
    what: str,
    *,
    has_videos: bool = True,
    replaced: Mapping[str, Any] = types.MappingProxyType({}),
) -> Source:
    return _recorded(name, module, what, has_videos=has_videos, replaced=replaced)


_PROJECTED = {"keypoints": "projected"}
_SOURCES = (
    _filmed(
        "h36m_npz",
        "human36m.h36m_npz",
        "Human3.6M as VideoPose3D archives",
        replaced=_PROJECTED,
    ),
    _filmed(
        "h36m_cdf",
        "human36m.h36m_cdf",
        "Human3.6M as its authors give it out",
        replaced=_PROJECTED,
    ),
    _filmed(
        "humaneva_npz",
        "humaneva.humaneva_npz",
        "HumanEva-I, likewise",
        has_videos=False,
    ),
    _filmed("mpi_inf_3dhp", "mpi.mpi_inf_3dhp", "MPI-INF-3DHP, train and test"),
    _filmed(
        "mpi_inf_3dhp_npz",
        "mpi.mpi_inf_3dhp_npz",
        "MPI-INF-3DHP, re-packed",
        has_videos=False,
    ),
    _filmed("3dpw", "smpl.three_dpw", "3DPW's sequenceFiles", replaced=_PROJECTED),
    _filmed("penn_action", "penn_action", "Penn Action, 2D only"),
    _motion("cmu_asf_amc", "mocap.cmu", "CMU motion capture, .asf and .amc", fps=60.0),
    _motion("bvh", "mocap.bvh", "motion capture, .bvh"),
    _motion("amass", "smpl.amass", "AMASS .npz files"),
    _motion("own_3d", "own.own_3d", "your own 3D joints, .npz or .csv"),
    _motion("joints_npz", "mocap.joints_npz", "CMU motions as joints in one .npz"),
    _recorded("keypoints_2d", "own.keypoints_2d", "detected keypoints, 2D only"),
    _recorded(
        "heatmap_arrays",
        "own.heatmap_arrays",
        "raw heat maps, .npy or .npz",
        has_videos=False,
    ),
    _recorded("videos", "own.people_in_videos", "videos alone, 2D only"),
    _motion("procedural", "mocap.procedural", "made-up motion, no input"),
)
SOURCES = {source.name: source for source in _SOURCES}
