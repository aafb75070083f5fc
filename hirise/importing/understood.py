"""What was understood of a file, before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from hirise.importing.kinds import Kind


def _no_rows(*columns: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in columns})


@dataclass(frozen=True, eq=False)
class Understood:
    """A file as it was understood.

    Attributes
    ----------
    kind : {"predictions", "history", "run", "model"}
    columns : DataFrame, one row per column of the file
        `column`, `role` (`image`, `truth`, `prediction`, `probability of X`, `split`,
        `group`, `training loss`…, `left aside`) and `examples`.
    class_names : tuple of str
        In the order of the ids.
    splits : DataFrame, one row per split
        `split`, `n_images` and `n_labelled` (with a true label).
    facts : DataFrame
        `what` and `value`: such as epochs, or a run's title and recipe.
    notes : tuple of str
        What was assumed, for people.
    head : DataFrame
        The first rows, as they are in the file.
    suggested : mapping of role to column
        Columns whose names seem to mean the role, which were not taken for it.
    given : mapping of role to column
        Roles that columns of other names have, corrected or guessed; an import needs
        the same ones.
    numbered : bool
        The classes have no names but numbers, so that names can be given.
    scored : bool
        There are scores, which may be logits.
    doubt : str
        What seems wrong with how it was understood; "" if nothing does.
    problem : str
        Why it cannot be imported as it is now understood; "" if it can.
    """

    kind: Kind
    columns: pd.DataFrame = field(
        default_factory=lambda: _no_rows("column", "role", "examples")
    )
    class_names: tuple[str, ...] = ()
    splits: pd.DataFrame = field(
        default_factory=lambda: _no_rows("split", "n_images", "n_labelled")
    )
    facts: pd.DataFrame = field(default_factory=lambda: _no_rows("what", "value"))
    notes: tuple[str, ...] = ()
    head: pd.DataFrame = field(default_factory=pd.DataFrame)
    suggested: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    numbered: bool = False
    scored: bool = False
    doubt: str = ""
    problem: str = ""

    @property
    def n_rows(self) -> int:
        """Rows of predictions, over all splits."""
        return int(self.splits["n_images"].sum()) if len(self.splits) else 0
