"""Frames of one temporal stride, side by side.

A convolution with dilation s never mixes frames whose numbers differ modulo s. So
the s phases of a clip are folded into the batch once, plain convolutions run on
them, and one unfolding puts the frames back in order (Cheng et al. 2020, "temporal
strides of 1, 2, 3, 5, 7"; the arrangement is ours).

A clip whose length is no multiple of s is padded with phantom frames. They must read
as zero wherever a convolution looks, or they would leak into real frames.
"""

from typing import Any

import numpy as np
from keras import ops


def fold(frames: Any, stride: int) -> Any:
    """Returns every phase of the frames as its own row of the batch.

    Args:
        frames: `[batch, time, channels]`.
        stride: s, the frame step within a phase.

    Returns:
        `[batch * s, ceil(time / s), channels]`; phantom frames at the end are zero.
        Row `b * s + p` holds the frames p, p + s, p + 2 s, ... of row b.
    """
    if stride == 1:
        return frames
    batch, time, channels = ops.shape(frames)
    steps = (time + stride - 1) // stride
    # Sizes may be tensors: slicing a constant pad keeps one form for both.
    phantoms = ops.zeros((batch, stride - 1, channels), frames.dtype)
    if isinstance(time, int):
        phantoms = phantoms[:, : steps * stride - time]
    frames = ops.concatenate([frames, phantoms], axis=1)[:, : steps * stride]
    frames = ops.reshape(frames, (batch, steps, stride, channels))
    frames = ops.transpose(frames, (0, 2, 1, 3))
    return ops.reshape(frames, (batch * stride, steps, channels))


def unfold(phases: Any, stride: int, time: Any) -> Any:
    """Returns the frames in order again, without phantom frames: undoes `fold`.

    Args:
        phases: `[batch * s, ceil(time / s), channels]`.
        stride: s, the frame step within a phase.
        time: Number of frames, an integer or a scalar tensor.

    Returns:
        `[batch, time, channels]`.
    """
    if stride == 1:
        return phases
    rows, steps, channels = ops.shape(phases)
    batch = rows // stride
    frames = ops.reshape(phases, (batch, stride, steps, channels))
    frames = ops.transpose(frames, (0, 2, 1, 3))
    frames = ops.reshape(frames, (batch, steps * stride, channels))
    return frames[:, :time]


def fold_mask(frame_mask: Any | None, frames: Any, stride: int) -> Any | None:
    """Returns what the folded frames are multiplied by before each convolution.

    Args:
        frame_mask: 1 inside the clip and 0 outside, `[batch, time, 1]`, or None when
            every frame is inside.
        frames: The frames to be folded, `[batch, time, channels]`.
        stride: s, the frame step within a phase.

    Returns:
        `[batch * s, ceil(time / s), 1]`, 0 also at phantom frames, or None when
        there is nothing to zero.
    """
    if frame_mask is not None:
        return fold(frame_mask, stride)
    batch, time, _ = ops.shape(frames)
    if stride == 1 or (isinstance(time, int) and time % stride == 0):
        return None
    if isinstance(time, int) and isinstance(batch, int):
        return ops.cast(_static_mask(batch, time, stride), frames.dtype)
    return fold(ops.ones((batch, time, 1), frames.dtype), stride)


def _static_mask(batch: int, time: int, stride: int) -> np.ndarray:
    steps = -(-time // stride)
    inside = (np.arange(steps * stride) < time).reshape(1, steps, stride)
    rows = np.broadcast_to(inside, (batch, steps, stride))
    return rows.transpose(0, 2, 1).reshape(batch * stride, steps, 1)
