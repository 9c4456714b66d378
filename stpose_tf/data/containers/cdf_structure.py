"""Whether a CDF file's own counts can be true.

`cdflib` believes every count and place in a file, and loops for hours over a wrong
one. Offsets are those of the format's version 3 (CDF Internal Format Description).
"""

_VERSION_3 = bytes.fromhex("cdf30001")
_PLAIN = bytes.fromhex("0000ffff")
_MOST_VARIABLES = 1000
_MOST_DIMENSIONS = 10
_MOST_BLOCKS = 10_000


def check(content: bytes) -> None:
    """Checks counts, and that the file is whole; only of plain files of version 3.

    Args:
        content: The file's.

    Raises:
        ValueError: If it cannot be read as it says.
    """
    if content[:8] != _VERSION_3 + _PLAIN:
        return
    descriptor = _number(content, 20, 8)
    end = _number(content, descriptor + 36, 8)
    if not 0 < end <= len(content):
        raise ValueError(f"{len(content)} of {end} bytes")
    for offset, largest in (
        (44, _MOST_VARIABLES),
        (48, _MOST_VARIABLES),
        (56, _MOST_DIMENSIONS),
        (60, _MOST_VARIABLES),
    ):
        _bounded(content, descriptor + offset, largest)
    variable = _number(content, descriptor + 20, 8)
    for _ in range(_number(content, descriptor + 60, 4)):
        _bounded(content, variable + 340, _MOST_DIMENSIONS)
        _check_blocks(content, _number(content, variable + 28, 8))
        variable = _number(content, variable + 12, 8)


def _check_blocks(content: bytes, index: int) -> None:
    """Follows the index of a variable's blocks of values."""
    for _ in range(_MOST_BLOCKS):
        if index <= 0:
            return
        _bounded(content, index + 20, _MOST_BLOCKS)
        _bounded(content, index + 24, _MOST_BLOCKS)
        index = _number(content, index + 12, 8)
    raise ValueError(f"more than {_MOST_BLOCKS} blocks")


def _bounded(content: bytes, offset: int, largest: int) -> None:
    count = _number(content, offset, 4)
    if not 0 <= count <= largest:
        raise ValueError(f"a count of {count}")


def _number(content: bytes, offset: int, size: int) -> int:
    if not 0 <= offset <= len(content) - size:
        raise ValueError(f"a reference to byte {offset} of {len(content)}")
    return int.from_bytes(content[offset : offset + size], "big", signed=True)
