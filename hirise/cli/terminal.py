"""Progress on a terminal."""

from __future__ import annotations

import sys
import time
from typing import Any

import click
from tqdm import tqdm

from hirise.cli import in_command
from hirise.errors import worded
from hirise.files import human_size
from hirise.progress import Progress

EVERY = 2.0
"""Seconds between two lines where there is no terminal."""


class TerminalProgress(Progress):
    """A bar and messages on a terminal; elsewhere lines, one now and then.

    Parameters
    ----------
    err : bool
        Write lines to stderr, beside a result on stdout.
    """

    def __init__(self, *, err: bool = False) -> None:
        super().__init__()
        self.err = err
        self.bar: tqdm[Any] | None = None
        self._counted = ("", 0)
        self._last_line = float("-inf")

    def __enter__(self) -> TerminalProgress:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def show(self, done: int, total: int) -> None:
        status = self.status
        counted = (status.unit, total)
        if counted != self._counted or (self.bar and done < self.bar.n):
            self._close()
            self._counted, self._last_line = counted, float("-inf")
        if not total:
            self._close()
            self._write(f"{status.step} …")
        elif sys.stderr.isatty():
            self._draw()
        elif status.unit != "batches":  # of them, each epoch has its message
            self._write_line_now_and_then()

    def tell(self, message: str) -> None:
        self._write(worded(message, in_command))

    def _draw(self) -> None:
        status = self.status
        if self.bar is None:
            self.bar = tqdm(
                initial=status.done,
                total=status.total,
                unit=status.unit if status.unit == "B" else f" {status.unit}",
                unit_scale=status.unit == "B",
            )
        self.bar.set_description(status.step, refresh=False)
        self.bar.update(status.done - self.bar.n)

    def _write_line_now_and_then(self) -> None:
        status = self.status
        now, is_last = time.monotonic(), status.done == status.total
        if is_last or now - self._last_line >= EVERY:
            self._last_line = now
            if status.unit == "B":
                counts = f"{human_size(status.done)} of {human_size(status.total)}"
            else:
                counts = f"{status.done:,} of {status.total:,} {status.unit}"
            self._write(f"{status.step}: {counts}")

    def _write(self, line: str) -> None:
        if self.bar is None:
            click.echo(line, err=self.err)
        else:
            # tqdm writes above its bar, which a plain line would break.
            self.bar.write(line, file=sys.stderr)

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None
