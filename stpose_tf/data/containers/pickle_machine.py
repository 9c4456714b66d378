"""Pickles of containers and arrays, interpreted without running anything they name.

Python's own unpickler imports and calls what a file tells it to. This one follows the
opcodes itself and knows a dozen names: those that NumPy and the built-in containers
need. Nothing is imported or called because of a file.
"""

import pickletools
from collections.abc import Callable
from typing import Any, BinaryIO

from stpose_tf.data.containers import pickled_values

_MOST_STEPS = 10_000_000  # opcodes: they cost memory that the file's size hides
_LARGEST_INLINE = 1024  # bytes that are read even where arrays stay in the file


class _Mark:
    pass


def run(file: BinaryIO, *, leave_arrays: bool) -> Any:
    """Returns what the pickle at the file's position holds.

    Args:
        file: Gives no more than may be read: `read` must refuse larger requests.
        leave_arrays: Return `StoredArray`s in place of all but the smallest arrays of
            numbers, so that the memory needed does not grow with them.

    Raises:
        RefusedError: If it holds anything but containers, numbers, text and arrays.
        ValueError, LookupError, TypeError, EOFError, OverflowError: If it is damaged.
    """
    machine = _Machine(leave_arrays)
    for step, (opcode, argument, position) in enumerate(pickletools.genops(file)):
        if step > _MOST_STEPS:
            raise pickled_values.RefusedError(f"more than {_MOST_STEPS} opcodes")
        if opcode.name == "STOP":
            break
        machine.step(opcode.name, argument, position or 0)
    (result,) = machine.stack
    return result


class _Machine:
    def __init__(self, leave_arrays: bool) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.leave_arrays = leave_arrays

    def step(self, name: str, argument: Any, position: int) -> None:
        if name in _LENGTH_BYTES:
            self.stack.append(self._bytes(name, argument, position))
        elif name in _CONSTANTS:
            self.stack.append(argument)
        elif name in _NEW:
            self.stack.append(_NEW[name]())
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            self._remember(argument)
        elif name == "MEMOIZE":
            self._remember(len(self.memo))
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            self.stack.append(self.memo[argument])
        elif name == "GLOBAL":
            self.stack.append(pickled_values.named(*argument.split(" ", 1)))
        elif name == "STACK_GLOBAL":
            self.stack.append(pickled_values.named(*self._pop(2)))
        elif name in _STEPS:
            _STEPS[name](self)
        elif name not in ("PROTO", "FRAME"):
            raise pickled_values.RefusedError(f"the opcode {name}")

    def _bytes(self, name: str, argument: Any, position: int) -> Any:
        if not self.leave_arrays or len(argument) <= _LARGEST_INLINE:
            return argument
        as_text = "UNICODE" in name
        length = len(argument)
        if as_text:
            length = len(argument.encode("utf-8", "surrogatepass"))
        offset = position + 1 + _LENGTH_BYTES[name]
        return pickled_values.Blob(offset, length, as_text)

    def _pop(self, count: int) -> list[Any]:
        if len(self.stack) < count:
            raise IndexError("nothing left on the stack")
        values = self.stack[-count:]
        del self.stack[-count:]
        return values

    def _pop_to_mark(self) -> list[Any]:
        for place in reversed(range(len(self.stack))):
            if isinstance(self.stack[place], _Mark):
                values = self.stack[place + 1 :]
                del self.stack[place:]
                return values
        raise IndexError("no mark on the stack")

    def _remember(self, key: int) -> None:
        value = self.stack[-1]
        if isinstance(value, pickled_values.Unbuilt):
            value.memo_keys.append(key)
        self.memo[key] = value

    def append(self) -> None:
        (value,) = self._pop(1)
        pickled_values.of_type(self.stack[-1], list).append(value)

    def append_all(self) -> None:
        values = self._pop_to_mark()
        pickled_values.of_type(self.stack[-1], list).extend(values)

    def set_item(self) -> None:
        values = self._pop(2)
        pickled_values.fill(self.stack[-1], values)

    def set_items(self) -> None:
        values = self._pop_to_mark()
        pickled_values.fill(self.stack[-1], values)

    def make_list(self) -> None:
        self.stack.append(self._pop_to_mark())

    def make_dict(self) -> None:
        values = self._pop_to_mark()
        self.stack.append({})
        pickled_values.fill(self.stack[-1], values)

    def make_tuple(self) -> None:
        self.stack.append(tuple(self._pop_to_mark()))

    def make_short_tuple(self, count: int) -> None:
        self.stack.append(tuple(self._pop(count)))

    def call(self) -> None:
        function, arguments = self._pop(2)
        known = pickled_values.of_type(function, pickled_values.Known)
        self.stack.append(known.make(*pickled_values.of_type(arguments, tuple)))

    def build(self) -> None:
        unbuilt, state = self._pop(2)
        unbuilt = pickled_values.of_type(unbuilt, pickled_values.Unbuilt)
        state = pickled_values.of_type(state, tuple)
        built: Any
        if unbuilt.text is None:
            built = pickled_values.built_array(state)
        else:
            built = pickled_values.built_dtype(unbuilt.text, state)
        self.stack.append(built)
        for key in unbuilt.memo_keys:
            self.memo[key] = built


# Opcodes with bytes or text, and how many bytes tell their length.
_LENGTH_BYTES = {
    "SHORT_BINBYTES": 1,
    "SHORT_BINSTRING": 1,
    "SHORT_BINUNICODE": 1,
    "BINBYTES": 4,
    "BINSTRING": 4,
    "BINUNICODE": 4,
    "BINBYTES8": 8,
    "BINUNICODE8": 8,
    "BYTEARRAY8": 8,
}
_CONSTANTS = frozenset(
    (
        *("INT", "BININT", "BININT1", "BININT2"),
        *("LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    )
)
_NEW: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "MARK": _Mark,
}
_STEPS: dict[str, Callable[[_Machine], None]] = {
    "APPEND": _Machine.append,
    "APPENDS": _Machine.append_all,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "LIST": _Machine.make_list,
    "TUPLE": _Machine.make_tuple,
    "DICT": _Machine.make_dict,
    "TUPLE1": lambda machine: machine.make_short_tuple(1),
    "TUPLE2": lambda machine: machine.make_short_tuple(2),
    "TUPLE3": lambda machine: machine.make_short_tuple(3),
    "REDUCE": _Machine.call,
    "BUILD": _Machine.build,
}
