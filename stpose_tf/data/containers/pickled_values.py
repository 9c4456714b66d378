"""The names that a pickle of arrays and containers may use, and what they make."""

import dataclasses
import math
import re
import types
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

_PLAIN_DTYPES = re.compile(r"[biufc](1|2|4|8|16)|[SU][1-9]\d{0,5}|b1|\?")
_KEYS = (str, int, float, bytes)


class RefusedError(ValueError):
    """What the pickle holds is no plain container and no array."""


@dataclasses.dataclass(frozen=True, slots=True)
class StoredArray:
    """An array of numbers that was left in its file.

    Attributes:
        offset: Where its bytes start in the file.
        length: How many there are.
        as_text: Whether they are written as UTF-8 text of Latin-1 characters, as
            Python 3 writes bytes for Python 2.
        shape: The array's.
        dtype: The array's, as NumPy's string.
        fortran: Whether the first axis is the fastest.
    """

    offset: int
    length: int
    as_text: bool
    shape: tuple[int, ...]
    dtype: str
    fortran: bool


@dataclasses.dataclass(slots=True)
class Blob:
    """Bytes left in the file."""

    offset: int
    length: int
    as_text: bool


@dataclasses.dataclass(slots=True, eq=False)
class Unbuilt:
    """An array or dtype (then with its text) before its state is known."""

    text: str | None = None
    memo_keys: list[int] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """A name that may be called, and what we do when it is."""

    make: Callable[..., Any]


def named(module: object, attribute: object) -> Known:
    """Returns what a name stands for.

    Raises:
        RefusedError: If it is not one of those that arrays and containers need.
    """
    name = f"{module}.{attribute}"
    if name not in _NAMES:
        raise RefusedError(f"the name {name[:80]}, which is no array or container")
    return _NAMES[name]


def of_type(value: Any, kind: type | types.UnionType) -> Any:
    """Returns the value.

    Raises:
        TypeError: If it is of another kind.
    """
    if not isinstance(value, kind):
        raise TypeError(f"{type(value).__name__} in place of {kind}")
    return value


def fill(target: Any, values: list[Any]) -> None:
    """Sets a dict's items from keys and values in turn.

    Raises:
        RefusedError, TypeError: If it is no dict, or a key neither text nor a number.
    """
    target = of_type(target, dict)
    for key, value in zip(values[::2], values[1::2], strict=True):
        # Nothing nested: Python hashes deep tuples until its stack ends.
        if not isinstance(key, _KEYS):
            raise RefusedError(f"a key that is a {type(key).__name__}")
        target[key] = value


def _dtype(text: Any, *_: Any) -> Unbuilt:
    text = text.decode("ascii") if isinstance(text, bytes) else of_type(text, str)
    if text not in ("O8", "O4", "O") and not _PLAIN_DTYPES.fullmatch(text):
        raise RefusedError(f"an array of {text[:20]!r}")
    return Unbuilt(text="O" if text.startswith("O") else text)


def _encode(text: Any, encoding: Any) -> Any:
    if encoding not in ("latin1", "latin-1"):
        raise RefusedError("an unusual encoding")
    return text if isinstance(text, Blob) else _raw(text)


def _raw(data: Any) -> bytes:
    """Returns bytes; Python 2's strings arrive as Latin-1 text."""
    if isinstance(data, str):
        return data.encode("latin-1")
    return bytes(of_type(data, bytes | bytearray))


def built_dtype(text: str, state: tuple[Any, ...]) -> np.dtype:
    """Returns the dtype with the byte order of its pickled state.

    Raises:
        RefusedError: If it has named fields.
    """
    if any(item is not None for item in state[2:5]):
        raise RefusedError("an array with named fields")
    order = of_type(state[1], str)
    if order not in ("<", ">", "=", "|"):
        raise ValueError("an unknown byte order")
    return np.dtype(text).newbyteorder(order)


def built_array(state: tuple[Any, ...]) -> np.ndarray | StoredArray:
    """Returns the array of a pickled state: version, shape, dtype, order, data.

    Raises:
        ValueError, TypeError: If they do not fit together.
    """
    _, shape, dtype, fortran, data = state
    dtype = of_type(dtype, np.dtype)
    count = _count(shape)
    order: Literal["C", "F"] = "F" if fortran else "C"
    if dtype.hasobject:
        if len(of_type(data, list)) != count:
            raise ValueError(f"{len(data)} objects in an array of {count}")
        objects = np.empty(count, object)
        for place, value in enumerate(data):
            objects[place] = value
        return objects.reshape(shape, order=order)
    size = count * dtype.itemsize
    if isinstance(data, Blob):
        if not size <= data.length <= (2 * size if data.as_text else size):
            raise ValueError(f"{data.length} bytes in an array of {size}")
        return StoredArray(
            data.offset, data.length, data.as_text, shape, dtype.str, bool(fortran)
        )
    return from_bytes(_raw(data), shape, dtype=dtype, order=order)


def _count(shape: Any) -> int:
    sizes = [of_type(size, int) for size in of_type(shape, tuple)]
    if len(sizes) > 16 or any(size < 0 for size in sizes):
        raise ValueError("an impossible shape")
    return math.prod(sizes)


def from_bytes(
    data: bytes, shape: tuple[int, ...], *, dtype: np.dtype, order: Literal["C", "F"]
) -> np.ndarray:
    """Returns a writable array of these bytes.

    Raises:
        ValueError: If their number does not fit the shape.
    """
    if _count(shape) * dtype.itemsize != len(data):
        raise ValueError(f"{len(data)} bytes in an array of shape {shape}")
    if not data:
        return np.empty(shape, dtype)
    flat = np.frombuffer(data, dtype)
    return flat.reshape(shape, order=order).copy(order="K")


def _from_buffer(data: Any, dtype: Any, shape: Any, order: Any) -> Any:
    return built_array((1, shape, dtype, order == "F", data))


def _scalar(dtype: Any, data: Any) -> Any:
    dtype = of_type(dtype, np.dtype)
    return from_bytes(_raw(data), (), dtype=dtype, order="C")[()]


def _ordered(items: Any = ()) -> OrderedDict[Any, Any]:
    found: OrderedDict[Any, Any] = OrderedDict()
    for item in items:
        fill(found, list(item))
    return found


def _empty_bytes() -> bytes:
    return b""


_NDARRAY = Known(lambda *_: Unbuilt())
_NAMES = {
    "numpy.ndarray": _NDARRAY,
    "numpy.dtype": Known(_dtype),
    "_codecs.encode": Known(_encode),
    "collections.OrderedDict": Known(_ordered),
    "builtins.bytes": Known(_empty_bytes),
    "__builtin__.bytes": Known(_empty_bytes),
    **{
        f"numpy.{core}.{name}": known
        for core in ("core", "_core")
        for name, known in (
            ("multiarray._reconstruct", _NDARRAY),
            ("multiarray.scalar", Known(_scalar)),
            ("numeric._frombuffer", Known(_from_buffer)),
        )
    },
}
