"""Remedies that make a run with a network of its own, and go alone."""

from __future__ import annotations

from collections.abc import Sequence

from hirise.errors import InputError
from hirise.remedies.balanced_head import BalancedHead
from hirise.remedies.earlier_checkpoint import EarlierCheckpoint

ALONE = (EarlierCheckpoint, BalancedHead)
ALONE_KEYS = tuple(remedy.key for remedy in ALONE)


def check_alone(keys: Sequence[str]) -> None:
    """Refuse other remedies beside one that goes alone.

    Raises
    ------
    InputError
        If there is one.
    """
    first = next((key for key in keys if key in ALONE_KEYS), None)
    if first is not None and len(keys) > 1:
        raise InputError(
            f"{first} makes a run of its own and goes alone; cure that run then with "
            "the other remedies."
        )
