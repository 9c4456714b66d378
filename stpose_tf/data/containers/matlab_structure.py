"""What a variable of a MATLAB file of version 5 claims to hold, against what it holds.

A few bytes can claim arrays or cells without end, which scipy would make room for.
"""

import math
import struct
from typing import Protocol

_INT8, _UTF8 = 1, 16
_FLAGS, _DIMENSIONS, _MATRIX = 6, 5, 14
_ITEM_BYTES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}
_ITEM_BYTES |= {_UTF8: 1, 17: 2, 18: 4}
_KIND = 0xFF
_CELL, _CHAR, _OPAQUE = 1, 4, 17
_NUMBERS = range(6, 16)
_COMPLEX = 0x800
_DEEPEST = 4
_MOST_DIMENSIONS = 8
_LONGEST_NAME = 256


class Stream(Protocol):
    """Bytes in order; raises ValueError where they end too early."""

    def take(self, count: int) -> bytes: ...

    def skip(self, count: int) -> None: ...


def name_and_check(stream: Stream, *, order: str, wanted: frozenset[str]) -> str:
    """Returns a variable's name, having passed over it if it is a wanted one.

    Args:
        stream: At the variable's tag.
        order: `<` or `>`, of its bytes.
        wanted: Names of the variables to check; of others only the head is read.

    Raises:
        ValueError: If a claim and the content differ, or a wanted variable is neither
            numbers nor text nor cells of these.
    """
    return _Walk(stream, order).variable(wanted)


class _Walk:
    def __init__(self, stream: Stream, order: str) -> None:
        self._stream = stream
        self._order = order

    def variable(self, wanted: frozenset[str]) -> str:
        kind, size, _ = self._tag()
        if kind != _MATRIX:
            raise ValueError(f"an element of kind {kind} in place of a variable")
        name, shape, flags, left = self._head(size)
        if name in wanted:
            self._content(shape, flags, left=left, depth=0)
        return name

    def _matrix(self, size: int, depth: int) -> None:
        if depth > _DEEPEST:
            raise ValueError(f"cells in cells, more than {_DEEPEST} deep")
        if size:
            _, shape, flags, left = self._head(size)
            self._content(shape, flags, left=left, depth=depth)

    def _head(self, size: int) -> tuple[str, tuple[int, ...], int, int]:
        """Returns name, shape, flags and how many bytes are left for the content."""
        kind, count, used = self._tag()
        if (kind, count) != (_FLAGS, 8):
            raise ValueError("no flags at a variable's head")
        flags = struct.unpack(f"{self._order}II", self._stream.take(8))[0]
        used += 8
        shape: tuple[int, ...] = ()
        if flags & _KIND != _OPAQUE:
            data, more = self._element(_DIMENSIONS, 4 * _MOST_DIMENSIONS)
            if len(data) < 8 or len(data) % 4:
                raise ValueError("no shape at a variable's head")
            shape = struct.unpack(f"{self._order}{len(data) // 4}i", data)
            used += more
        data, more = self._element(_INT8, _LONGEST_NAME)
        used += more
        if used > size or min(shape, default=0) < 0:
            raise ValueError("a head that does not fit its variable")
        return data.decode("latin-1"), shape, flags, size - used

    def _content(
        self, shape: tuple[int, ...], flags: int, *, left: int, depth: int
    ) -> None:
        count, kind = math.prod(shape), flags & _KIND
        if kind == _CELL:
            if 8 * count > left:
                raise ValueError(f"{count} cells in {left} bytes")
            for _ in range(count):
                inner, size, used = self._tag()
                left -= used + size
                if inner != _MATRIX or left < 0:
                    raise ValueError("cells that do not fit their variable")
                self._matrix(size, depth + 1)
        elif kind == _CHAR or kind in _NUMBERS:
            for _ in range(2 if flags & _COMPLEX else 1):
                left -= self._items(count, text=kind == _CHAR, left=left)
        else:
            raise ValueError("a variable that is neither numbers nor text nor cells")
        self._stream.skip(left)

    def _items(self, count: int, *, text: bool, left: int) -> int:
        """Passes over as many items as the shape says; returns the bytes used."""
        kind, size, used = self._tag()
        items, rest = divmod(size, _ITEM_BYTES.get(kind, size + 1))
        fits = count <= size if text and kind == _UTF8 else count == items and not rest
        total = used + _padded_size(size, used)
        if kind not in _ITEM_BYTES or not fits or total > left + 7:
            raise ValueError(f"{size} bytes for {count} items")
        self._stream.skip(min(total, left) - used)
        return min(total, left)

    def _tag(self) -> tuple[int, int, int]:
        """Returns kind and bytes of an element, and 8; or 4 for a small one's."""
        first = struct.unpack(f"{self._order}I", self._stream.take(4))[0]
        if first >> 16:
            if first >> 16 > 4:
                raise ValueError("a small element of more than 4 bytes")
            return first & 0xFFFF, first >> 16, 4
        return first, struct.unpack(f"{self._order}I", self._stream.take(4))[0], 8

    def _element(self, kind: int, longest: int) -> tuple[bytes, int]:
        """Returns a short element's content, and its bytes with tag and padding."""
        found, count, tag = self._tag()
        if found != kind or count > longest:
            raise ValueError(f"an element of kind {found} where {kind} should be")
        size = _padded_size(count, tag)
        return self._stream.take(size)[:count], tag + size


def _padded_size(count: int, tag: int) -> int:
    """Returns an element's bytes with their padding: 4 in a small one, else by 8."""
    return 4 if tag == 4 else -(-count // 8) * 8
