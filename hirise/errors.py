"""What goes wrong with the input of a person, said in one line."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """Bad input: one line that says what, where, and how to mend it.

    The command prints it and exits with status 2; a page shows it as an error.
    """


def nearest(name: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?` for the known name closest to `name`, else nothing."""
    names = {candidate.casefold(): candidate for candidate in known}
    close = get_close_matches(name.casefold(), names, n=1)
    return f" Did you mean '{names[close[0]]}'?" if close else ""


def shown(text: str, *, most: int = 80) -> str:
    """`text` in one printable line of at most `most` characters.

    Line breaks, control characters and bytes that are not text come out escaped.
    """
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode()
        for one in cut
    )
