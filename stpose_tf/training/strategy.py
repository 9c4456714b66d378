"""Devices and numerical precision of a run."""

import contextlib
from collections.abc import Iterator

import keras
import tensorflow as tf

from stpose_tf import errors

# float16 would need loss scaling, and on a CPU has no fast kernels.
_POLICIES = ("float32", "mixed_bfloat16")


def build(replicas: int) -> tf.distribute.Strategy:
    """Returns the strategy for that many devices.

    Args:
        replicas: 1 is one device, 0 all GPUs (or the one CPU), N the first N GPUs;
            without a GPU the CPU is split into N logical devices.

    Raises:
        InputError: If there are not as many devices.
    """
    gpus = tf.config.list_logical_devices("GPU") if _gpus() else []
    wanted = replicas or max(1, len(gpus))
    if wanted == 1:
        return tf.distribute.get_strategy()
    kind = "GPU" if gpus else "CPU"
    if not gpus:
        _split_cpu(wanted)
    available = len(tf.config.list_logical_devices(kind))
    if wanted > available:
        raise errors.InputError(
            f"config.training.replicas: expected at most the {available} {kind}s of "
            f"this machine. Received: {replicas}"
        )
    names = [f"{kind}:{i}" for i in range(wanted)]
    if gpus:
        return tf.distribute.MirroredStrategy(names)
    # Collective operations are slow between parts of one CPU, and two strategies in
    # one process would mix theirs up.
    return tf.distribute.MirroredStrategy(
        names, cross_device_ops=tf.distribute.ReductionToOneDevice()
    )


@contextlib.contextmanager
def precision(policy: str) -> Iterator[None]:
    """Makes `policy` Keras's dtype policy for the networks built inside.

    Raises:
        InputError: If it is not one we train in.
    """
    if policy not in _POLICIES:
        raise errors.InputError(
            f"config.training.precision: expected one of {', '.join(_POLICIES)}. "
            f"Received: {policy}"
        )
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _gpus() -> bool:
    return bool(tf.config.list_physical_devices("GPU"))


def _split_cpu(parts: int) -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    # Too late once TensorFlow has run anything; `build` then counts what there is.
    with contextlib.suppress(RuntimeError):
        if tf.config.get_logical_device_configuration(cpu) is None:
            tf.config.set_logical_device_configuration(
                cpu, [tf.config.LogicalDeviceConfiguration()] * parts
            )
