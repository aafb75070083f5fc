"""Who is told how a training goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Reporter(Protocol):
    """Told how a training goes on."""

    def begin(self, *, epochs: int, batches: int) -> None:
        """Training starts: at most `epochs` of `batches` each."""

    def batch_done(self) -> None:
        """One more batch is done."""

    def epoch_done(self, row: Mapping[str, float]) -> None:
        """An epoch is done; `row` is what `history.csv` got."""

    def collapse(self, sentence: str) -> None:
        """The training has begun to collapse, or goes on to, or ("") no longer does."""


class Silent:
    """A reporter that says nothing."""

    def begin(self, *, epochs: int, batches: int) -> None: ...
    def batch_done(self) -> None: ...
    def epoch_done(self, row: Mapping[str, float]) -> None: ...
    def collapse(self, sentence: str) -> None: ...
