"""What TensorFlow's C++ writes while it loads, kept off the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def native_output_to(path: Path) -> Iterator[None]:
    """Send what native code writes to stderr to the file `path`.

    TensorFlow's log level is not yet heeded while it loads, so the file descriptor
    itself is turned.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with path.open("a") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
