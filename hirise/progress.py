"""Progress of an action: one form for the terminal, jobs and pages."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace


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
        Estimated from the speed so far.
    message : str
        The last message.
    done, total : int
        Parts of the step; 0 of 0 where they are not known.
    unit : str
        What is counted, such as `images`.
    """

    step: str = ""
    fraction: float | None = None
    seconds_left: float | None = None
    message: str = ""
    done: int = 0
    total: int = 0
    unit: str = ""


class Progress:
    """Receives the progress of an action; this class only keeps the last status.

    A surface overrides `show`, called at every update, and `tell`, called with every
    message.

    Examples
    --------
    >>> progress = Progress()
    >>> progress.update("Predicting", 30, 120, unit="images")
    >>> progress.status.fraction
    0.25
    """

    def __init__(self) -> None:
        self.status = Status()
        self._first, self._started = 0, time.monotonic()

    def update(
        self, step: str, done: int = 0, total: int = 0, *, unit: str = "images"
    ) -> None:
        """Report that `done` of `total` parts are done; 0 of 0 where unknown.

        The time left is estimated from the first update with the same `total` and
        `unit`: a step may change its name meanwhile, and may begin with parts that are
        done.
        """
        last = self.status
        if (total, unit) != (last.total, last.unit) or done < last.done:
            self._first, self._started = done, time.monotonic()
        left = None
        if done > self._first:
            seconds_each = (time.monotonic() - self._started) / (done - self._first)
            left = seconds_each * max(total - done, 0) if total else None
        fraction = min(done / total, 1.0) if total else None
        self.status = Status(step, fraction, left, last.message, done, total, unit)
        self.show(done, total)

    def say(self, message: str) -> None:
        """Report one line for people; it may hold `hirise.errors.parameter(...)`."""
        self.status = replace(self.status, message=message)
        self.tell(message)

    def show(self, done: int, total: int) -> None:
        """Show `self.status`; `done` of `total` parts are done."""

    def tell(self, message: str) -> None:
        """Show a message."""
