"""The sides of a split, and what people call them."""

from __future__ import annotations

from hirise.errors import InputError

SIDES = ("train", "val", "test")
ALIASES = {
    "training": "train",
    "validation": "val",
    "valid": "val",
    "testing": "test",
}


def side_named(name: str) -> str:
    """`train`, `val` or `test` for one of their names, else the name in small letters.

    >>> side_named(" Validation")
    'val'
    """
    plain = name.strip().lower()
    return ALIASES.get(plain, plain)


def parse_fractions(text: str) -> tuple[float, float, float]:
    """Three numbers with commas between; what they may be is checked later.

    >>> parse_fractions("0.65, 0.15, 0.20")
    (0.65, 0.15, 0.2)
    """
    try:
        train, val, test = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            "The fractions of train, val and test must be three numbers such as "
            f"0.65,0.15,0.20, got '{text}'."
        ) from None
    return train, val, test
