"""Whether TensorFlow is there, and what it prints while it loads."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hirise.errors import InputError

PACKAGES = ("tensorflow", "tensorflow-cpu", "keras")
"""Packages whose versions a run keeps that TensorFlow made."""


def require_tensorflow() -> None:
    """Refuse to begin without TensorFlow, which is looked for, not imported.

    Raises
    ------
    InputError
        If it is not installed.
    """
    if importlib.util.find_spec("tensorflow") is None:
        raise InputError(
            "Training needs TensorFlow, which is not installed.",
            how="Install it with: pip install 'hirise[train]'",
        )


@contextmanager
def native_output_to(path: Path) -> Iterator[None]:
    """Send what native code writes to stderr to the file `path`.

    TensorFlow does not heed its log level yet while it loads, so the file descriptor
    itself is redirected.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # What Python has buffered belongs to where stderr went before.
    sys.stderr.flush()
    stderr = os.dup(2)
    try:
        with path.open("a") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
