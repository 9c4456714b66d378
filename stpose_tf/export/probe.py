"""Times one function of an export, alone in a process of its own.

The process imports the one runtime and nothing else, so that its memory is what a
program that serves the model needs. Used by `measurement`.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from stpose_tf.export import runtimes

_WARM_UP = 2
_LEAST_RUNS = 10
_LEAST_SECONDS = 2.0


def main(request: dict[str, Any]) -> dict[str, float | None]:
    """Returns seconds of a call and the most memory that the process has held.

    Args:
        request: `format`, `file`, `signature`, and `inputs`: shape of each input.
    """
    run = runtimes.OPENERS[request["format"]](
        Path(request["file"]), request["signature"]
    )
    rng = np.random.default_rng(0)
    inputs = {
        name: rng.uniform(size=shape).astype(np.float32)
        for name, shape in request["inputs"].items()
    }
    for _ in range(_WARM_UP):
        run(inputs)
    seconds: list[float] = []
    while len(seconds) < _LEAST_RUNS or sum(seconds) < _LEAST_SECONDS:
        start = time.perf_counter()
        run(inputs)
        seconds.append(time.perf_counter() - start)
    return {
        "median_seconds": float(np.median(seconds)),
        "p99_seconds": float(np.quantile(seconds, 0.99)),
        "peak_mib": _peak_mib(),
    }


def _peak_mib() -> float | None:
    """Returns the most memory held so far; None where the system does not say."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    for line in status.read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024.0
    return None


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))) + "\n")
