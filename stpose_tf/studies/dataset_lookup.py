"""Where an experiment's records lie, and what to do when they do not."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from stpose_tf import errors
from stpose_tf.data.records import record_index, record_schema


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A dataset as a user owns it.

    Attributes:
        title: Its name.
        names: What its records call themselves.
        sources: What `build_records --source` takes for it.
        files: Original files that tell it is there, glob patterns below a folder.
        terms: Where its terms of use are.
    """

    title: str
    names: tuple[str, ...]
    sources: tuple[str, ...]
    files: tuple[str, ...]
    terms: str


DATASETS: Mapping[str, Dataset] = {
    "h36m": Dataset(
        title="Human3.6M",
        names=("h36m",),
        sources=("h36m_npz", "h36m_cdf"),
        files=(
            "data_3d_h36m.npz",
            "data_2d_h36m_*.npz",
            "S9/MyPoseFeatures/D3_Positions/*.cdf",
        ),
        terms="vision.imar.ro/human3.6m",
    ),
    "humaneva": Dataset(
        title="HumanEva-I",
        names=("humaneva",),
        sources=("humaneva_npz",),
        files=("data_3d_humaneva15.npz", "data_2d_humaneva15_*.npz"),
        terms="humaneva.is.tue.mpg.de",
    ),
    "mpi_inf_3dhp": Dataset(
        title="MPI-INF-3DHP",
        names=("mpi_inf_3dhp", "mpi_inf_3dhp_npz"),
        sources=("mpi_inf_3dhp", "mpi_inf_3dhp_npz"),
        files=("TS1/annot_data.mat", "*/TS1/annot_data.mat", "data_test_3dhp.npz"),
        terms="vcai.mpi-inf.mpg.de/3dhp-dataset",
    ),
    "3dpw": Dataset(
        title="3DPW",
        names=("3dpw",),
        sources=("3dpw",),
        files=("sequenceFiles/test/*.pkl", "test/*.pkl"),
        terms="virtualhumans.mpi-inf.mpg.de/3DPW",
    ),
    "motion": Dataset(
        title="CMU motion capture",
        names=(),
        sources=("cmu_asf_amc", "procedural"),
        files=("*/*.amc", "*.amc"),
        terms="mocap.cs.cmu.edu; --source=procedural needs no data",
    ),
}


def find(
    given: Sequence[str | Path], dataset: Dataset, *, purpose: str
) -> list[record_index.RecordIndex]:
    """Returns the records of a dataset.

    Args:
        given: Where to look: folders of records, or folders that hold such.
        dataset: Which records; one without names takes every record with 3D.
        purpose: What needs them, for the message.

    Raises:
        InputError: If there are none, or a given one is no folder; says which files
            were looked for, what lies there instead, how records are made and where
            the terms are.
    """
    places = list(map(Path, given))
    there = [
        f"{'a file' if place.exists() else 'no such folder'}, {place}"
        for place in places
        if not place.is_dir()
    ]
    if not there:
        indexes = [record_index.load(folder) for folder in _folders(places)]
        wanted = [index for index in indexes if _is_of(index, dataset)]
        if wanted:
            return wanted
        there = [f"records of {index.dataset} in {index.folder}" for index in indexes]
    raise errors.InputError(_missing(places, dataset, there, purpose=purpose))


def _folders(given: Iterable[Path]) -> list[Path]:
    """Returns the folders of records among some folders and directly below them."""
    found = [
        folder
        for place in given
        for folder in (place, *sorted(path for path in place.iterdir()))
        if (folder / record_schema.INDEX_NAME).is_file()
    ]
    return list(dict.fromkeys(found))


def _is_of(index: record_index.RecordIndex, dataset: Dataset) -> bool:
    if dataset.names:
        return index.dataset in dataset.names
    return any(clip.has_pose for clip in index.clips)


def _missing(
    places: Sequence[Path], dataset: Dataset, there: Sequence[str], *, purpose: str
) -> str:
    shown = ", ".join(map(str, places)) or "nowhere (--data names a folder)"
    originals = [
        path
        for place in places
        for pattern in dataset.files
        for path in sorted(place.glob(pattern))[:1]
    ]
    received = [*there, *(f"{path}, not yet made into records" for path in originals)]
    source = dataset.sources[0]
    start = str(originals[0].parent) if originals else "DIR"
    return (
        f"{purpose}: expected records of {dataset.title}. Looked for "
        f"{record_schema.INDEX_NAME} in and below {shown}; records are made by "
        f"python tools/build_records.py --source={source} --input={start} "
        f"--output=records/{dataset.names[0] if dataset.names else 'cmu'} from "
        f"{', '.join(dataset.files)}; terms of the data: {dataset.terms}. "
        f"Received: {'; '.join(received) or 'no records'}"
    )
