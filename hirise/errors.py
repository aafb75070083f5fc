"""What goes wrong with the input of a person, as data that each surface words."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar

T = TypeVar("T")
Wording = Callable[[str, str], str]
"""Names a parameter of an action, with a value or "", on one surface."""

# Private-use characters: no text of a person's holds them by accident.
_PARAMETER = re.compile("\ue000([a-z_]+)=([^\ue001]*)\ue001")


def parameter(name: str, value: str = "") -> str:
    """A parameter of an action inside a message: a flag, an argument or a control.

    `parameter("split")` comes out as `--split` in the command, as `split` in Python
    and by the label of its control on a page.

    Examples
    --------
    >>> message = f"Give {parameter('split')}."
    >>> worded(message), worded(message, lambda name, value: f"--{name}")
    ('Give `split`.', 'Give --split.')
    """
    return f"\ue000{name}={value}\ue001"


def in_python(name: str, value: str = "") -> str:
    """A parameter as Python's callers know it.

    Examples
    --------
    >>> in_python("split"), in_python("data", "DIR")
    ('`split`', '`data=DIR`')
    """
    return f"`{name}={value}`" if value else f"`{name}`"


def worded(text: str, wording: Wording = in_python) -> str:
    """`text` with the parameters in it named as `wording` names them.

    Examples
    --------
    >>> worded(f"Give {parameter('data', 'DIR')}.")
    'Give `data=DIR`.'
    """
    return _PARAMETER.sub(lambda match: wording(match[1], match[2]), text)


@dataclass(frozen=True)
class Refusal:
    """Why something cannot be done: what is wrong, where, and how to mend it.

    Attributes
    ----------
    what : str
        What is wrong, as one or more sentences; may hold `parameter(...)`.
    where : str
        The file, run, column or row that it is about.
    how : str
        How to mend it, as a sentence; may hold `parameter(...)`.
    """

    what: str
    where: str = ""
    how: str = ""

    def worded(self, wording: Wording = in_python) -> str:
        """All of it in one line, its parameters named as `wording` names them."""
        place = f"{self.where}: " if self.where else ""
        return worded(f"{place}{self.what} {self.how}".rstrip(), wording)

    def mentions(self, name: str) -> bool:
        """Whether the message names this parameter of an action."""
        text = self.what + self.how
        return any(match[1] == name for match in _PARAMETER.finditer(text))

    def __str__(self) -> str:
        return self.worded()

    def error(self) -> InputError:
        """The same as an exception."""
        return InputError(self.what, where=self.where, how=self.how)


class InputError(ValueError):
    """Bad input: what is wrong, where, and how to mend it, as in `Refusal`.

    The command prints it as one line and exits with status 2; a page shows it as an
    error. `str()` words it for Python.
    """

    def __init__(
        self, what: str, *, where: str | os.PathLike[str] = "", how: str = ""
    ) -> None:
        self.refusal = Refusal(what, os.fspath(where), how)
        super().__init__(what)

    def at(self, where: str | os.PathLike[str]) -> InputError:
        """The same error about `where`, unless it names another place already."""
        refusal = self.refusal
        return InputError(refusal.what, where=refusal.where or where, how=refusal.how)

    def worded(self, wording: Wording = in_python) -> str:
        """All of it in one line, its parameters named as `wording` names them."""
        return self.refusal.worded(wording)

    def names(self, name: str) -> bool:
        """Whether it asks for the parameter `name`.

        Examples
        --------
        >>> error = InputError("Two fit.", how=f"Give {parameter('split')}.")
        >>> error.names("split"), error.names("seed")
        (True, False)
        """
        return f"\ue000{name}=" in f"{self.refusal.what} {self.refusal.how}"

    def __str__(self) -> str:
        return self.worded()


def error_line(error: BaseException) -> str:
    r"""What `error` says, in one line; its type where it says nothing.

    Examples
    --------
    >>> error_line(ValueError("two\nlines")), error_line(ValueError())
    ('two lines', 'ValueError')
    """
    return " ".join(str(error).split()) or type(error).__name__


def unreadable(
    error: Exception, *, where: str | os.PathLike[str], how: str = ""
) -> InputError:
    """An error that says `This cannot be read`, with the reason that `error` gives.

    Examples
    --------
    >>> print(unreadable(PermissionError(13, "Permission denied"), where="a.csv"))
    a.csv: This cannot be read (Permission denied).
    """
    said = error.strerror if isinstance(error, OSError) else None
    reason = said or error_line(error)
    return InputError(f"This cannot be read ({reason}).", where=where, how=how)


def nearest(name: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?` for the known name closest to `name`, else nothing.

    Examples
    --------
    >>> nearest("creter", ["crater", "spider"]), nearest("xyz", ["crater"])
    (" Did you mean 'crater'?", '')
    """
    names = {candidate.casefold(): candidate for candidate in known}
    close = get_close_matches(name.casefold(), names, n=1)
    return f" Did you mean '{names[close[0]]}'?" if close else ""


def entry_named(entries: Mapping[str, T], name: str, *, unknown: str) -> T:
    """The entry of that name.

    Raises
    ------
    InputError
        Beginning with `unknown`, where there is none; it offers the nearest name.

    Examples
    --------
    >>> entry_named({"adam": 1, "sgd": 2}, "sgd", unknown="No optimizer")
    2
    """
    if name in entries:
        return entries[name]
    raise InputError(
        f"{unknown} '{name}'.{nearest(name, entries)}",
        how=f"There are: {', '.join(entries)}.",
    )


def shown(text: str, *, most: int = 80) -> str:
    r"""`text` in one printable line of at most `most` characters.

    Line breaks, control characters and bytes that are not text come out escaped.

    Examples
    --------
    >>> print(shown("two\nlines"))
    two\nlines
    >>> shown("a long name", most=7)
    'a long…'
    """
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode()
        for one in cut
    )
