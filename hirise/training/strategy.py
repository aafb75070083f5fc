"""Training on several devices, as `tf.distribute` does it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import tensorflow as tf

from hirise.errors import InputError


def scope_of(strategy: str) -> AbstractContextManager[Any]:
    """The scope in which a network is built, and trained, with a strategy.

    Parameters
    ----------
    strategy : {"", "mirrored", "multiworker"}
        None; all GPUs of this machine, or its logical CPUs where it has no GPU; several
        machines.

    Raises
    ------
    InputError
        If there is one device alone, or Keras cannot do it.
    """
    if not strategy:
        return nullcontext()
    if strategy == "multiworker":
        raise InputError(
            f"--strategy multiworker: Keras {keras.__version__} cannot train with "
            "tf.distribute.MultiWorkerMirroredStrategy (keras-team/keras, issue "
            "20585). Use --strategy mirrored on a machine with several GPUs."
        )
    devices = _devices()
    if len(devices) < 2:
        raise InputError(
            f"--strategy mirrored needs several devices, but TensorFlow sees "
            f"{', '.join(devices)} alone. Leave --strategy away."
        )
    mirrored: AbstractContextManager[Any] = tf.distribute.MirroredStrategy(
        devices
    ).scope()
    return mirrored


def _devices() -> list[str]:
    """Names of the GPUs, else of the CPUs, such as "CPU:0"."""
    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices(
        "CPU"
    )
    return [device.name.removeprefix("/device:") for device in found]
