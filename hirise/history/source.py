"""What a reader found before any name was understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from hirise.errors import InputError
from hirise.history.epochs import Points
from hirise.history.names import Meaning, meaning_of, side_of

MOST_BYTES = 50_000_000
"""Of a history as text."""
MOST_POINTS = 5_000_000
"""Values that the curves of one history may have together: 80 MB."""
MOST_EPOCHS = 100_000


def refuse_endless(path: Path, n_epochs: int) -> None:
    """Refuse what was logged so often that it cannot be one value per epoch."""
    if n_epochs > MOST_EPOCHS:
        raise InputError(
            f"{path}: has {n_epochs:,} epochs; at most {MOST_EPOCHS:,} are read. "
            f"Give one value per epoch."
        )


class Logged(NamedTuple):
    """A metric by its name, and the folder that may tell its side."""

    tag: str
    folder: str = ""

    @property
    def meaning(self) -> Meaning | None:
        found = meaning_of(self.tag)
        if found is not None and not found.side:
            return found._replace(side=side_of(self.folder))
        return found


@dataclass(frozen=True, eq=False)
class Source:
    """Metrics that were found, and how to get at their values.

    Attributes
    ----------
    what : str
        How they are called where they come from: columns, tags or metrics.
    logged : mapping of name to Logged
        By the name that people see, in the order in which they were found.
    points : callable
        The points of the metric of a name; only called for what is understood.
    notes : tuple of str
        What was assumed while reading.
    raw : DataFrame, optional
        The file as a table, where it is one.
    """

    what: str
    logged: Mapping[str, Logged]
    points: Callable[[str], Points]
    notes: tuple[str, ...] = ()
    raw: pd.DataFrame = field(default_factory=pd.DataFrame)
