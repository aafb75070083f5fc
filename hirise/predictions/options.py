"""How a file is to be read, as text that a person types."""

from __future__ import annotations

import csv
import math

import pandas as pd

from hirise.errors import InputError, parameter

_FREQUENCY_TOLERANCE = 0.01
"""How far class frequencies may be from summing to 1."""


def parse_class_names(text: str) -> tuple[str, ...] | None:
    """Class names with commas between; None for an empty text.

    Examples
    --------
    >>> parse_class_names("other, crater")
    ('other', 'crater')
    """
    names = tuple(name.strip() for name in text.split(","))
    if names == ("",):
        return None
    if "" in names:
        raise InputError(f"One of the class names is empty: {text!r}.")
    return names


def parse_columns(text: str) -> dict[str, str]:
    """Role to column from a text with commas between.

    Examples
    --------
    >>> parse_columns("y_true=label,y_pred=prediction")
    {'y_true': 'label', 'y_pred': 'prediction'}
    """
    columns = {}
    for pair in filter(None, text.split(",")):
        role, equals, column = pair.partition("=")
        if not equals:
            raise InputError(
                f"{parameter('columns')} expects role=column, got {pair!r}."
            )
        columns[role.strip()] = column.strip()
    return columns


def parse_class_frequencies(
    text: str, where: str = parameter("training_shares")
) -> pd.Series:
    """Class frequencies by name from `other=.81,crater=.19`, made to sum to 1.

    A name with a comma stands in quotes; `where` begins a message.

    Raises
    ------
    InputError
        Not pairs of name and frequency in [0, 1], or a sum off by over .01.

    Examples
    --------
    >>> parse_class_frequencies("other=.8, crater=.2").to_dict()
    {'other': 0.8, 'crater': 0.2}
    """
    frequencies: dict[str, float] = {}
    for part in next(csv.reader([text], skipinitialspace=True), []):
        # At the last sign, as the name of a class may hold one.
        name, sign, value = part.rpartition("=")
        try:
            frequencies[name.strip()] = float(value)
        except ValueError:
            sign = ""
        if not sign or not name.strip() or not 0 <= frequencies[name.strip()] <= 1:
            raise InputError(
                f"{part!r} is not NAME=FREQUENCY with a frequency from 0 to 1, such as "
                "other=.81,crater=.19.",
                where=where,
            )
    total = math.fsum(frequencies.values())
    if abs(total - 1) > _FREQUENCY_TOLERANCE:
        raise InputError(f"The frequencies sum to {total:.4g}, not 1.", where=where)
    return pd.Series(frequencies) / total
