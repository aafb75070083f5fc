"""A sign: a fact with three states, seen, not seen and not known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from hirise.diagnosis.causes.known import Known
from hirise.diagnosis.finding import Finding
from hirise.diagnosis.wording import Phrase

Seen = Phrase | Finding | Literal[False] | None
"""What shows it; False where it was looked for and is not there; None: unknown."""


@dataclass(frozen=True)
class Sign:
    """One fact that causes are weighed by.

    Attributes
    ----------
    key : str
    group : str
        Signs of a group measure the same thing, so that the strongest counts alone.
    title : str
        What it is, in a few words.
    seen : function of Known
    codes : tuple of str
        The checks that it rests on.
    """

    key: str
    group: str
    title: str
    seen: Callable[[Known], Seen]
    codes: tuple[str, ...] = ()


def check_sign(code: str, group: str, title: str, subject: str = "") -> Sign:
    """The sign that a check found something more than a note.

    Examples
    --------
    >>> check_sign("HR504", "last layer", "too few outputs", "width").key
    'HR504:width'
    """

    def seen(known: Known) -> Seen:
        finding = known.finding(code, subject)
        if finding is not None:
            return finding
        return False if known.was_made(code) else None

    key = f"{code}:{subject}" if subject else code
    return Sign(key, group, title, seen, (code,))
