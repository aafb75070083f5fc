"""The sides of a split, and what people call them."""

from __future__ import annotations

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
