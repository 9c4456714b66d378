"""A report as blocks of text, tables, charts and pictures, before it is rendered."""

import dataclasses
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Paragraphs, or a list where `items` is set.

    Attributes:
        text: One paragraph; may be empty.
        items: Lines of a list.
        heading: Over it.
        warning: Whether it says that something is missing.
    """

    text: str = ""
    items: tuple[str, ...] = ()
    heading: str = ""
    warning: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of text; the first column to the left, the others to the right.

    Attributes:
        header: Names of the columns.
        rows: Cells; an empty one was not measured.
        heading: Over it.
        caption: Under it.
        emphasized: Numbers of the rows that are ours.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    heading: str = ""
    caption: str = ""
    emphasized: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One curve.

    Attributes:
        name: In the legend.
        x: Places; numbers, or positions of `Chart.ticks`.
        y: Values; None is a gap.
        spread: Half the length of the error bars; empty for none.
        reference: Whether it is published; drawn gray and dashed.
        dashed: Whether it is dashed in its color.
        color: Number of its color; None takes the next.
    """

    name: str
    x: tuple[float, ...]
    y: tuple[float | None, ...]
    spread: tuple[float | None, ...] = ()
    reference: bool = False
    dashed: bool = False
    color: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Axes with curves.

    Attributes:
        title: Over it.
        x_label: With its unit.
        y_label: With its unit.
        series: The curves.
        ticks: Names of the places 0, 1, ...; empty for numbers.
        logarithmic: Whether the x axis is.
    """

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    ticks: tuple[str, ...] = ()
    logarithmic: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """Charts side by side.

    Attributes:
        charts: From left to right.
        heading: Over them.
        caption: Under them.
    """

    charts: tuple[Chart, ...]
    heading: str = ""
    caption: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Instants of one window: what was seen, what methods answered, the truth.

    Attributes:
        input_skeleton: Order of the keypoints.
        output_skeleton: Order of the joints.
        keypoints: Unit crop coordinates, `[instants, keypoints, 2]`; empty leaves the
            input's row out.
        hidden: Whether a keypoint was hidden, `[instants, keypoints]`.
        poses: By method, camera frame, mm, `[instants, joints, 3]`.
        truths: `[instants, joints, 3]`; None where a joint is not known.
        names: Of the instants.
        heading: Over it.
        caption: Under it.
    """

    input_skeleton: str
    output_skeleton: str
    keypoints: Sequence[Sequence[Sequence[float]]]
    hidden: Sequence[Sequence[bool]]
    poses: dict[str, Sequence[Sequence[Sequence[float]]]]
    truths: Sequence[Sequence[Sequence[float | None]]]
    names: tuple[str, ...]
    heading: str = ""
    caption: str = ""


Block = Text | Table | Charts | Strip


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A report.

    Attributes:
        title: Of the page.
        blocks: In order.
        command: The command that makes it again.
    """

    title: str
    blocks: tuple[Block, ...]
    command: str
