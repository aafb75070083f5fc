"""What a person corrects of how a file was understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hirise.errors import InputError


@dataclass(frozen=True)
class Corrections:
    """How to read a predictions file where it does not say so itself.

    Attributes
    ----------
    logits : bool
        The scores are logits.
    class_names : tuple of str or None
        Names of the classes, in the order of their ids or numbered columns.
    columns : mapping of role to column
        Roles are `image`, `y_true`, `y_pred`, `split` and `group`; "" means no column.
    split : str or None
        Name of the split, where the file has no column for it.
    """

    logits: bool = False
    class_names: tuple[str, ...] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    split: str | None = None


def parse_class_names(text: str) -> tuple[str, ...] | None:
    """Class names with commas between; None for an empty text."""
    names = tuple(name.strip() for name in text.split(","))
    if names == ("",):
        return None
    if "" in names:
        raise InputError(f"The class names hold an empty one: {text!r}.")
    return names


def parse_columns(text: str) -> dict[str, str]:
    """`y_true=label,y_pred=pred` as a mapping of role to column."""
    columns = {}
    for pair in filter(None, text.split(",")):
        role, equals, column = pair.partition("=")
        if not equals:
            raise InputError(f"--columns expects role=column, got {pair!r}.")
        columns[role.strip()] = column.strip()
    return columns
