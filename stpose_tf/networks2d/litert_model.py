"""A LiteRT network that is run on one image at a time."""

from collections.abc import Sequence

import numpy as np

from stpose_tf import errors, extras


class LitertModel:
    """A network with one image in, run by `ai_edge_litert` on the CPU.

    Args:
        content: The file's bytes.
        name: What to call it in an error.
        input_shape: What it must take, `[1, height, width, 3]`.
        output_shapes: What it must give, in this order; it may give more.
        threads: Threads of one run.

    Raises:
        InputError: If it takes or gives something else, or LiteRT is not installed.
    """

    def __init__(
        self,
        content: bytes,
        *,
        name: str,
        input_shape: Sequence[int],
        output_shapes: Sequence[Sequence[int]],
        threads: int = 1,
    ) -> None:
        litert = extras.load("ai_edge_litert.interpreter", extra="video")
        try:
            self._interpreter = litert.Interpreter(
                model_content=content, num_threads=threads
            )
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise errors.InputError(
                f"{name}: expected a LiteRT network. Received: {error}"
            ) from error
        given = self._interpreter.get_input_details()
        made = self._interpreter.get_output_details()
        shapes = [[int(n) for n in detail["shape"]] for detail in (*given, *made)]
        expected = [list(shape) for shape in (input_shape, *output_shapes)]
        if len(given) != 1 or shapes[: len(expected)] != expected:
            raise errors.InputError(
                f"{name}: expected a network of the shapes {expected}. "
                f"Received: {shapes}"
            )
        self._input = given[0]["index"]
        self._outputs = [detail["index"] for detail in made[: len(output_shapes)]]

    def __call__(self, image: np.ndarray) -> list[np.ndarray]:
        """Returns the outputs, float32, for one image `[height, width, 3]`."""
        self._interpreter.set_tensor(self._input, image[np.newaxis])
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]
