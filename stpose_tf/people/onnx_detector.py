"""A person detector in an ONNX file: YOLOX, RTMDet, RT-DETR, DETR and their like."""

from pathlib import Path
from typing import Any

import numpy as np

from stpose_tf import errors, extras, stage_clock
from stpose_tf.networks2d import network_choice, onnx_session
from stpose_tf.people import detector_outputs, sightings
from stpose_tf.people.sightings import Sightings

_USUAL_SIZE = (640, 640)  # of networks that leave it open
_PADDING = 114  # of 255: what YOLOX and MMDetection train with
_OVERLAP = 0.65
# RTMDet's, of blue, green and red.
_RTMDET = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)


class OnnxDetector:
    """Finds people with an ONNX network of one of the known conventions.

    Args:
        path: The file.
        least_score: Of a person.
        normalization: Of the pixels, where the outputs do not tell: `"rtmdet"`, or as
            `network_choice.normalization` takes it. Channels are blue, green, red for
            `"rtmdet"` and `"bytes"` (YOLOX), else red, green, blue.
        threads: Threads of one run.

    Raises:
        InputError: If it cannot be read, is of another kind, or the normalization is
            missing or not wanted.
    """

    def __init__(
        self,
        path: Path,
        *,
        least_score: float = 0.5,
        normalization: str | None = None,
        threads: int = 1,
    ) -> None:
        self._session = onnx_session.open_file(path, threads=threads)
        self._cv2: Any = extras.load("cv2", extra="video")
        self._image, self._size = _image_input(self._session, path)
        self._names = [output.name for output in self._session.get_outputs()]
        self._least_score = least_score
        self.name = path.stem
        blank = np.zeros((1, 3, *self._size), np.float32)
        try:
            outputs = self._run(blank, (1, 1))
        except Exception as error:  # ONNX Runtime's own, of inputs it does not get.
            raise errors.InputError(
                f"{path}: expected a detector from one image. "
                f"Received: {str(error).splitlines()[0]}"
            ) from error
        inputs = [given.name for given in self._session.get_inputs()]
        found = detector_outputs.recognize(outputs, inputs, self._size)
        if found is None:
            raise errors.InputError(
                f"{path}: expected outputs as YOLOX, MMDeploy, RT-DETR or DETR have "
                f"them. Received: { {n: list(a.shape) for n, a in outputs.items()} }"
            )
        self._convention = found
        mean, stddev, self._bgr = _normalization(found, normalization, path)
        self._mean = np.asarray(mean, np.float32)
        self._stddev = np.asarray(stddev, np.float32)

    def __call__(self, frame: np.ndarray) -> Sightings:
        """Returns the people in an RGB frame, uint8 `[height, width, 3]`."""
        height, width = frame.shape[:2]
        image, scale = self._fitted(frame)
        with stage_clock.counted("2D networks"):
            outputs = self._run(self.prepared(image), (width, height))
        boxes, scores = self._convention.read(outputs, self._size)
        boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
        if self._convention.px_of == "unit":
            boxes = boxes * [width, height, width, height]
        elif self._convention.px_of == "input":
            boxes = boxes / np.tile(scale, 2)
        scores = np.asarray(scores, np.float64)
        good = (scores >= self._least_score) & np.isfinite(boxes).all(axis=1)
        good &= (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        people = Sightings(
            boxes=boxes[good], scores=scores[good], rolls=np.zeros(good.sum())
        )
        return sightings.suppressed(people, overlap=_OVERLAP)

    def prepared(self, image: np.ndarray) -> np.ndarray:
        """Returns what the network is fed, float32 `[1, 3, height, width]`.

        Args:
            image: Of its size, RGB, uint8 `[height, width, 3]`.
        """
        channels = image[..., ::-1] if self._bgr else image
        values = (channels.astype(np.float32) / 255.0 - self._mean) / self._stddev
        return np.ascontiguousarray(values.transpose(2, 0, 1)[np.newaxis])

    def _fitted(self, frame: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns the network's image and its px over the frame's, x and y."""
        height, width = self._size
        sides = np.array([width, height], np.float64)
        scale = sides / [frame.shape[1], frame.shape[0]]
        if not self._convention.padded:
            return self._cv2.resize(frame, (width, height)), scale
        scale = np.full(2, scale.min())
        inner = np.maximum(1, np.int64(scale * frame.shape[1::-1]))
        image = np.full((height, width, 3), _PADDING, np.uint8)
        image[: inner[1], : inner[0]] = self._cv2.resize(frame, inner.tolist())
        return image, scale

    def _run(self, image: np.ndarray, frame_size: tuple[int, int]) -> dict[str, Any]:
        """Returns the outputs by name, for an image of a frame of that size."""
        feed = {self._image: image}
        for given in self._session.get_inputs():
            if given.name == "orig_target_sizes":
                feed[given.name] = np.array([frame_size], np.int64)
            elif given.name == "pixel_mask":
                usual = (1, *image.shape[2:])
                shape = [
                    side if isinstance(side, int) else usual[axis]
                    for axis, side in enumerate(given.shape)
                ]
                feed[given.name] = np.ones(shape, np.int64)
        return dict(zip(self._names, self._session.run(None, feed), strict=True))


def _image_input(session: Any, path: Path) -> tuple[str, tuple[int, int]]:
    """Returns the image input's name and the height and width it takes."""
    for given in session.get_inputs():
        shape = given.shape
        if len(shape) == 4 and (shape[1] == 3 or not isinstance(shape[1], int)):
            if given.type != "tensor(float)":
                break
            height, width = (
                side if isinstance(side, int) else usual
                for side, usual in zip(shape[2:], _USUAL_SIZE, strict=True)
            )
            return given.name, (height, width)
    raise errors.InputError(
        f"{path}: expected a float32 input of images, channels first. "
        f"Received: {[(i.shape, i.type) for i in session.get_inputs()]}"
    )


def _normalization(
    convention: detector_outputs.Convention, text: str | None, path: Path
) -> tuple[tuple[float, ...], tuple[float, ...], bool]:
    """Returns mean and standard deviation, 0 to 1, and whether blue comes first."""
    own = convention.normalization
    if own is not None:
        if text is not None:
            raise errors.InputError(
                f"{path}: expected no normalization, which {convention.name} has of "
                f"its own. Received: {text}"
            )
        return (*own, convention.bgr)
    if text is None:
        raise errors.InputError(
            f"{path}: expected a normalization (rtmdet; bytes for YOLOX; or "
            f"numbers), which {convention.name}'s outputs do not tell. Received: none"
        )
    if text == "rtmdet":
        mean, stddev = (tuple(n / 255.0 for n in numbers) for numbers in _RTMDET)
        return mean, stddev, True
    mean, stddev = network_choice.normalization(text)
    return mean, stddev, text == "bytes"
