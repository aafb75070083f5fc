"""How far an action is: one form for the terminal, jobs and pages."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """How far an action is; the contents of `progress.json`.

    Attributes
    ----------
    step : str
        What is being done, such as `Epoch 3 of 12`.
    fraction : float or None
        Done so far, in [0, 1]; None where it is not known.
    seconds_left : float or None
        Estimated from the speed of this step so far.
    message : str
        The last thing that was told.
    """

    step: str = ""
    fraction: float | None = None
    seconds_left: float | None = None
    message: str = ""


class Progress:
    """Told how far an action is; this one keeps it to itself.

    A surface overrides `show` (called at every change) and `tell` (a line for people).
    """

    def __init__(self) -> None:
        self.status = Status()
        self._done, self._total = 0, -1

    def update(self, step: str, done: int = 0, total: int = 0) -> None:
        """Say that `done` of `total` parts are done; 0 of 0 where that is unknown.

        Steps that follow each other may count on: a training tells the batches of all
        epochs, and names the epoch.
        """
        if total != self._total or done < self._done:
            self._begun, self._first = time.monotonic(), done
        self._done, self._total = done, total
        fraction = min(done / total, 1.0) if total else None
        left = None
        if total and done > self._first:
            spent = time.monotonic() - self._begun
            left = spent * max(total - done, 0) / (done - self._first)
        self.status = Status(step, fraction, left, self.status.message)
        self.show(done, total)

    def say(self, message: str) -> None:
        """Tell one line."""
        status = self.status
        self.status = Status(status.step, status.fraction, status.seconds_left, message)
        self.tell(message)

    def show(self, done: int, total: int) -> None:
        """Show `self.status`; `done` of `total` parts of its step are done."""

    def tell(self, message: str) -> None:
        """Show a line."""
