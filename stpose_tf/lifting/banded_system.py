"""Linear systems of neighbors in time: block pentadiagonal, solved in linear time."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def smooth_minimum(
    information: npt.ArrayLike, targets: npt.ArrayLike, *, stiffness: npt.ArrayLike
) -> Array:
    """Returns the curve that is near the data and bends little.

    The minimum over x of

        sum_t x_t' H_t x_t - 2 x_t' b_t  +  sum_t s_t |x_{t-1} - 2 x_t + x_{t+1}|^2

    which is the Whittaker-Henderson smoother for `H_t = w_t`, `b_t = w_t y_t`. Two
    frames are joined in one block, which makes the system block tridiagonal.

    Args:
        information: H, symmetric and never negative, `[time, size, size]`.
        targets: b, `[time, size, columns]`.
        stiffness: s, of each frame but the first and the last, a number or
            `[time - 2]`.

    Returns:
        x, `[time, size, columns]`. Frames that nothing is known of follow their
        neighbors on a straight line.
    """
    information = np.asarray(information, np.float64)
    targets = np.asarray(targets, np.float64)
    time, size = information.shape[:2]
    diagonal = information.copy()
    first = np.zeros(time)  # between t and t + 1
    second = np.zeros(time)  # between t and t + 2
    own = np.zeros(time)
    if time > 2:
        s = np.broadcast_to(np.asarray(stiffness, np.float64), (time - 2,))
        own[:-2] += s
        own[1:-1] += 4.0 * s
        own[2:] += s
        first[:-2] -= 2.0 * s
        first[1:-1] -= 2.0 * s
        second[:-2] += s
    unit = np.eye(size)
    diagonal += own[:, np.newaxis, np.newaxis] * unit
    # What nothing holds stays where it is rather than anywhere.
    scale = np.einsum("tii->", diagonal) / (time * size)
    diagonal += (1e-12 * scale if scale > 0.0 else 1.0) * unit
    if time % 2:
        diagonal = np.concatenate([diagonal, unit[np.newaxis]])
        targets = np.concatenate([targets, np.zeros_like(targets[:1])])
        first, second = np.append(first, 0.0), np.append(second, 0.0)
    pairs = len(diagonal) // 2
    blocks = np.zeros((pairs, 2, size, 2, size))
    blocks[:, 0, :, 0], blocks[:, 1, :, 1] = diagonal[::2], diagonal[1::2]
    blocks[:, 0, :, 1] = first[::2, np.newaxis, np.newaxis] * unit
    blocks[:, 1, :, 0] = blocks[:, 0, :, 1]
    after = np.zeros((pairs, 2, size, 2, size))
    after[:, 0, :, 0] = second[::2, np.newaxis, np.newaxis] * unit
    after[:, 1, :, 0] = first[1::2, np.newaxis, np.newaxis] * unit
    after[:, 1, :, 1] = second[1::2, np.newaxis, np.newaxis] * unit
    width = 2 * size
    solved = _tridiagonal(
        blocks.reshape(pairs, width, width),
        after.reshape(pairs, width, width),
        targets.reshape(pairs, width, -1),
    )
    return solved.reshape(-1, size, targets.shape[2])[:time]


def _tridiagonal(diagonal: Array, after: Array, targets: Array) -> Array:
    """Solves a symmetric block tridiagonal system by elimination.

    Args:
        diagonal: `[blocks, width, width]`.
        after: Row i, column i + 1, `[blocks, width, width]`; the last is not used.
        targets: `[blocks, width, columns]`.

    Returns:
        `[blocks, width, columns]`.
    """
    count, width = diagonal.shape[:2]
    factors, solved = np.empty_like(after), np.empty_like(targets)
    pivot, target = diagonal[0], targets[0]
    for block in range(count):
        both = np.linalg.solve(pivot, np.concatenate([after[block], target], axis=1))
        factors[block], solved[block] = both[:, :width], both[:, width:]
        if block + 1 < count:
            pivot = diagonal[block + 1] - after[block].T @ factors[block]
            target = targets[block + 1] - after[block].T @ solved[block]
    for block in range(count - 2, -1, -1):
        solved[block] -= factors[block] @ solved[block + 1]
    return solved
