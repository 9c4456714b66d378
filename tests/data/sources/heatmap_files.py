"""Writes heat maps as a 2D network gives them, of keypoints that are known.

It shares nothing with the reader: Gaussians by NumPy.
"""

import numpy as np

IMAGE = (640, 480)


def keypoints(frames, count=17):
    """Returns px in the image, `[frames, count, 2]`: a person who walks sideways."""
    time, number = np.arange(frames)[:, np.newaxis], np.arange(count)
    x = 250 + 4.0 * time + 25 * np.cos(2.4 * number)
    y = 100 + 16.5 * number + 3 * np.sin(0.5 * time + number)
    return np.stack([x, np.broadcast_to(y, x.shape)], axis=-1)


def heights(frames, count=17):
    """Returns the peaks' heights, `[frames, count]`; some keypoints are not there."""
    time, number = np.arange(frames)[:, np.newaxis], np.arange(count)
    found = 0.5 + 0.04 * ((time + 3 * number) % 11)
    return np.where((time + number) % 9 == 0, 0.0, found)


def boxes(frames, size):
    """Returns left, top, right and bottom that follow the person, `[frames, 4]`."""
    height, width = size
    places = keypoints(frames)
    center = (places.min(axis=1) + places.max(axis=1)) / 2
    tall = 1.3 * np.ptp(places[..., 1], axis=1) + np.arange(frames)
    half = np.stack([tall * width / height, tall], axis=-1) / 2
    return np.concatenate([center - half, center + half], axis=-1)


def maps(frames, size, box, *, count=17, origin="edge", sigma=1.5):
    """Returns `[frames, count, height, width]`, float32."""
    height, width = size
    places, tops = keypoints(frames, count), heights(frames, count)
    pixel = (box[:, 2] - box[:, 0]) / width
    on_map = (places - box[:, np.newaxis, :2]) / pixel[:, np.newaxis, np.newaxis]
    if origin == "edge":  # the first pixel's center lies half a pixel inside
        on_map = on_map - 0.5
    rows, columns = np.arange(height), np.arange(width)
    along_y = np.exp(-0.5 * ((rows - on_map[..., 1:]) / sigma) ** 2)
    along_x = np.exp(-0.5 * ((columns - on_map[..., :1]) / sigma) ** 2)
    found = tops[..., None, None] * along_y[..., :, None] * along_x[..., None, :]
    return found.astype(np.float32)
