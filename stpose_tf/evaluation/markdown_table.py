"""A Markdown table whose source is as readable as its rendering."""

from collections.abc import Sequence


def render(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a table: first column to the left, the others to the right."""
    cells = [list(header), *(list(row) for row in rows)]
    widths = [max(3, *(len(row[i]) for row in cells)) for i in range(len(header))]
    lines = [_line(row, widths) for row in cells]
    rule = [
        "-" * width if column == 0 else "-" * (width - 1) + ":"
        for column, width in enumerate(widths)
    ]
    return "\n".join([lines[0], _line(rule, widths), *lines[1:]])


def number(value: float | None, decimals: int) -> str:
    """Returns `value` as text; a dash where there is none."""
    return "-" if value is None else f"{value:,.{decimals}f}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.replace("|", "\\|").ljust(width)
        if column == 0
        else cell.replace("|", "\\|").rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "| " + " | ".join([first, *others]) + " |"
