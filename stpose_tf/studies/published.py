"""The numbers that the paper prints, table by table (Cheng et al. 2020).

They are shown beside ours and never take their place.
"""

import dataclasses
from collections.abc import Mapping

Numbers = tuple[float | None, ...]

_H36M_COLUMNS = (
    *("Direct", "Disc.", "Eat", "Greet", "Phone", "Photo", "Pose", "Purch.", "Sit"),
    *("SitD.", "Smoke", "Wait", "WalkD.", "Walk", "WalkT.", "Avg"),
)
_FORECAST_ACTIONS = ("Walking", "Eating", "Smoking", "Discussion")
_HORIZONS = ("80", "160", "320", "560", "1000")
OURS = "Our result"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTable:
    """A table of the paper.

    Attributes:
        number: What the paper calls it; `3dpw` is a sentence of its text.
        title: What it shows.
        unit: Of its numbers.
        columns: Its columns.
        rows: Its lines in order; None where the paper prints none.
        setting: The hyper-parameters' columns of Table 1, by line.
    """

    number: str
    title: str
    unit: str
    columns: tuple[str, ...]
    rows: Mapping[str, Numbers]
    setting: Mapping[str, tuple[int, int, tuple[int, ...], int]] = dataclasses.field(
        default_factory=dict
    )


def _rows(text: str) -> dict[str, Numbers]:
    """Returns lines of `name: number number ...`; a dash is no number."""
    found = {}
    for line in text.strip().splitlines():
        name, _, numbers = line.partition(":")
        found[name.strip()] = tuple(
            None if word == "-" else float(word) for word in numbers.split()
        )
    return found


# Embedding, T, strides, interval: Protocol #1, Protocol #2.
_TABLE_1 = """
64 64 1,2,3 1: 58.3 44.2
128 64 1,2,3 1: 46.7 36.1
256 64 1,2,3 1: 43.1 33.8
512 64 1,2,3 1: 42.6 33.4
1024 64 1,2,3 1: 42.9 33.6
512 8 1,2,3 1: 50.2 40.1
512 16 1,2,3 1: 46.9 36.0
512 32 1,2,3 1: 44.0 33.9
512 128 1,2,3 1: 42.9 33.7
512 64 1 1: 45.4 35.9
512 64 1,2 1: 44.3 34.8
512 64 1,2,3,5 1: 41.8 32.1
512 64 1,2,3,5,7 1: 41.2 31.5
512 64 1,2,3 3: 43.1 33.7
512 64 1,2,3 5: 44.0 34.4
"""
_TABLE_2 = """
Base: 51.7 40.5
+embedding: 51.0 40.1
+multi-stride TCN: 48.6 37.6
+Multi-view loss: 47.3 36.9
+Spatial KCS: 44.9 34.0
+Temporal KCS: 41.2 31.5
+2D Data: 40.1 30.7
"""
_TABLE_3 = """
Fang et al. AAAI (2018): 50.1 54.3 57.0 57.1 66.6 73.3 53.4 55.7 72.8 88.6 60.3 57.7 62.7 47.5 50.6 60.4
Yang et al. CVPR (2018): 51.5 58.9 50.4 57.0 62.1 65.4 49.8 52.7 69.2 85.2 57.4 58.4 43.6 60.1 47.7 58.6
Hossain & Little ECCV (2018): 44.2 46.7 52.3 49.3 59.9 59.4 47.5 46.2 59.9 65.6 55.8 50.4 52.3 43.5 45.1 51.9
Li et al. CVPR (2019): 43.8 48.6 49.1 49.8 57.6 61.5 45.9 48.3 62.0 73.4 54.8 50.6 56.0 43.4 45.5 52.7
Chen et al. CVPR (2019): - - - - - - - - - - - - - - - 51.0
Wandt et al. CVPR (2019) *: 50.0 53.5 44.7 51.6 49.0 58.7 48.8 51.3 51.1 66.0 46.6 50.6 42.5 38.8 60.4 50.9
Pavllo et al. CVPR (2019): 45.2 46.7 43.3 45.6 48.1 55.1 44.6 44.3 57.3 65.8 47.1 44.0 49.0 32.8 33.9 46.8
Cheng et al. ICCV (2019): 38.3 41.3 46.1 40.1 41.6 51.9 41.8 40.9 51.5 58.4 42.2 44.6 41.7 33.7 30.1 42.9
Our result: 36.2 38.1 42.7 35.9 38.2 45.7 36.8 42.0 45.9 51.3 41.8 41.5 43.8 33.1 28.6 40.1
"""  # noqa: E501
_TABLE_4 = """
Fang et al. AAAI (2018): 38.2 41.7 43.7 44.9 48.5 55.3 40.2 38.2 54.5 64.4 47.2 44.3 47.3 36.7 41.7 45.7
Yang et al. CVPR (2018): 26.9 30.9 36.3 39.9 43.9 47.4 28.8 29.4 36.9 58.4 41.5 30.5 29.5 42.5 32.2 37.7
Hossain & Little ECCV (2018): 36.9 37.9 42.8 40.3 46.8 46.7 37.7 36.5 48.9 52.6 45.6 39.6 43.5 35.2 38.5 42.0
Kocabas et al. CVPR (2019): - - - - - - - - - - - - - - - 45.0
Li et al. CVPR (2019): 35.5 39.8 41.3 42.3 46.0 48.9 36.9 37.3 51.0 60.6 44.9 40.2 44.1 33.1 36.9 42.6
Wandt et al. CVPR (2019) *: 33.6 38.8 32.6 37.5 36.0 44.1 37.8 34.9 39.2 52.0 37.5 39.8 34.1 40.3 34.9 38.2
Pavllo et al. CVPR (2019): 34.1 36.1 34.4 37.2 36.4 42.2 34.4 33.6 45.0 52.5 37.4 33.8 37.8 25.6 27.3 36.5
Cheng et al. ICCV (2019): 28.7 30.3 35.1 31.6 30.2 36.8 31.5 29.3 41.3 45.9 33.1 34.0 31.4 26.1 27.8 32.8
Our result: 26.2 28.1 31.1 28.4 28.5 32.9 29.7 31.0 34.6 40.2 32.4 32.8 33.1 26.0 26.1 30.7
"""  # noqa: E501
_TABLE_5 = """
Ghosh et al. (2017): 1.00 1.11 1.39 1.55 1.39 1.31 1.49 1.86 1.76 2.01 0.92 1.03 1.15 1.38 1.77 1.11 1.20 1.38 1.53 1.73
Martinez et al. (2017): 0.32 0.54 0.72 0.86 0.96 0.25 0.42 0.64 0.94 1.30 0.33 0.60 1.01 1.23 1.83 0.34 0.74 1.04 1.43 1.75
Chiu et al. (2019): 0.25 0.41 0.58 0.74 0.77 0.20 0.33 0.53 0.84 1.14 0.26 0.48 0.88 0.98 1.66 0.30 0.66 0.98 1.39 1.74
Our result: 0.29 0.48 0.65 0.79 0.92 0.25 0.39 0.58 0.87 1.02 0.34 0.44 0.90 1.07 1.52 0.33 0.63 0.90 1.30 1.77
"""  # noqa: E501
_TABLE_6 = """
Pavlakos et al. (2018)*: 18.8 12.7 29.2 23.5 15.4 14.5 18.3
Hossain et al. (2018): 19.1 13.6 43.9 23.2 16.9 15.5 22.0
Wang et al. (2019): 17.2 13.4 20.5 27.9 19.5 20.9 19.9
Pavllo et al. (2019): 13.4 10.2 27.2 17.1 13.1 13.8 15.8
Cheng et al. (2019): 11.7 10.1 22.8 18.7 11.4 11.0 14.3
Our result: 10.6 11.8 19.3 15.8 11.5 12.2 13.5
"""
_TABLE_7 = """
Mehta et al. 3DV (2017a): 72.5
Yang et al. CVPR (2018): 69.0
Chen et al. CVPR (2019): 71.1
Kocabas et al. CVPR (2019): 77.5
Wandt et al. CVPR (2019): 82.5
Our result: 84.1
"""
_3DPW = """
Martinez et al. (2017): 157.0
Kanazawa et al. (2019): 80.1
Our result: 71.8
"""


def _setting(name: str) -> tuple[int, int, tuple[int, ...], int]:
    embedding, length, strides, interval = name.split()
    return (
        int(embedding),
        int(length),
        tuple(int(stride) for stride in strides.split(",")),
        int(interval),
    )


TABLES: Mapping[str, PublishedTable] = {
    table.number: table
    for table in (
        PublishedTable(
            number="1",
            title="Parameter sensitivity",
            unit="mm",
            columns=("P #1", "P #2"),
            rows=_rows(_TABLE_1),
            setting={name: _setting(name) for name in _rows(_TABLE_1)},
        ),
        PublishedTable(
            number="2",
            title="Ablation",
            unit="mm",
            columns=("P #1", "P #2"),
            rows=_rows(_TABLE_2),
        ),
        PublishedTable(
            number="3",
            title="Human3.6M, MPJPE, Protocol #1",
            unit="mm",
            columns=_H36M_COLUMNS,
            rows=_rows(_TABLE_3),
        ),
        PublishedTable(
            number="4",
            title="Human3.6M, P-MPJPE, Protocol #2",
            unit="mm",
            columns=_H36M_COLUMNS,
            rows=_rows(_TABLE_4),
        ),
        PublishedTable(
            number="5",
            title="Human3.6M, mean angle error of forecasts",
            unit="rad",
            columns=tuple(
                f"{action} {horizon}"
                for action in _FORECAST_ACTIONS
                for horizon in _HORIZONS
            ),
            rows=_rows(_TABLE_5),
        ),
        PublishedTable(
            number="6",
            title="HumanEva-I, P-MPJPE, Protocol #2",
            unit="mm",
            columns=(
                *("Walk S1", "Walk S2", "Walk S3", "Jog S1", "Jog S2", "Jog S3"),
                "Avg",
            ),
            rows=_rows(_TABLE_6),
        ),
        PublishedTable(
            number="7",
            title="MPI-INF-3DHP, 3D PCK",
            unit="%",
            columns=("PCK",),
            rows=_rows(_TABLE_7),
        ),
        PublishedTable(
            number="3dpw",
            title="3DPW, P-MPJPE (from the paper's text)",
            unit="mm",
            columns=("P-MPJPE",),
            rows=_rows(_3DPW),
        ),
    )
}
