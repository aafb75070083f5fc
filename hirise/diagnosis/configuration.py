"""`hirise.toml`: accepted findings, and other thresholds of the checks."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, NoReturn, cast

from hirise.diagnosis.checks import CHECKS, TITLES
from hirise.diagnosis.finding import FAIL_ON, Check, FailOn
from hirise.errors import InputError, nearest, parameter, shown, unreadable

FILE = "hirise.toml"
NONE = "none"
"""What stands for no file."""

MOST_BYTES = 100_000
LONGEST_REASON = 500
LARGEST = 1_000_000
"""Of a threshold."""

KEYS = ("fail-on", "ignore", "thresholds")

_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a section",
}

UNBOUNDED = {
    ("HR401", "rise"),
    ("HR401", "least"),
    ("HR502", "logit_std"),
    ("HR503", "smallest"),
}
"""Thresholds up to 1 that are no fractions of a whole."""


@dataclass(frozen=True)
class Configuration:
    """What a person decided about the checks.

    Attributes
    ----------
    fail_on : {"error", "warning", "never"}, optional
        Lowest severity that makes the exit status 1.
    ignore : tuple of (code, reason)
        Findings that are known and accepted.
    thresholds : tuple of (code, name, value)
        Other thresholds than the defaults.
    file : str
        Where it was read from; "" where it was made in Python.

    Examples
    --------
    >>> Configuration(ignore=(("HR204", "A catch-all."),)).reasons
    {'HR204': 'A catch-all.'}
    """

    fail_on: FailOn | None = None
    ignore: tuple[tuple[str, str], ...] = ()
    thresholds: tuple[tuple[str, str, float], ...] = ()
    file: str = ""

    def __post_init__(self) -> None:
        where = self.file or "Configuration"
        if self.fail_on is not None:
            _fail_on(self.fail_on, where)
        for code, reason in self.ignore:
            _known_code(code, where, "check.ignore")
            _reason(reason, where, f"check.ignore.{code}")
        for code, name, value in self.thresholds:
            check = _known_code(code, where, "check.thresholds")
            _threshold(check, name, value, where)

    @property
    def reasons(self) -> dict[str, str]:
        """Why findings are ignored, by code."""
        return dict(self.ignore)

    def overridden(self, checks: Sequence[Check] = CHECKS) -> tuple[Check, ...]:
        """The checks with these thresholds.

        Examples
        --------
        >>> told = Configuration(thresholds=(("HR204", "floor", 0.6),))
        >>> [c.floor for c in told.overridden() if c.code == "HR204"]
        [0.6]
        """
        new: dict[str, dict[str, float]] = {}
        for code, name, value in self.thresholds:
            new.setdefault(code, {})[name] = value
        return tuple(
            replace(cast(Any, check), **new[check.code]) if check.code in new else check
            for check in checks
        )


def as_toml(configuration: Configuration) -> str:
    """What `hirise.toml` holds for a configuration; "" for an empty one.

    Examples
    --------
    >>> told = Configuration("warning", (("HR204", "A catch-all."),))
    >>> print(as_toml(told), end="")
    [check]
    fail-on = "warning"
    <BLANKLINE>
    [check.ignore]
    HR204 = "A catch-all."
    """
    parts = []
    if configuration.fail_on is not None:
        parts.append(["[check]", f'fail-on = "{configuration.fail_on}"'])
    if configuration.ignore:
        reasons = [f"{code} = {_quoted(why)}" for code, why in configuration.ignore]
        parts.append(["[check.ignore]", *reasons])
    by_code: dict[str, list[str]] = {}
    for code, name, value in configuration.thresholds:
        by_code.setdefault(code, []).append(f"{name} = {value!r}")
    parts += [[f"[check.thresholds.{c}]", *lines] for c, lines in by_code.items()]
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n" * bool(parts)


def _quoted(text: str) -> str:
    # A text of JSON is one of TOML, but for one control character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def thresholds_of(check: Check) -> dict[str, float]:
    """The thresholds of a check that can be changed, with their values.

    Examples
    --------
    >>> thresholds_of(next(check for check in CHECKS if check.code == "HR204"))
    {'floor': 0.7, 'minimum': 10}
    """
    named = ((one.name, getattr(check, one.name)) for one in fields(cast(Any, check)))
    return {name: value for name, value in named if isinstance(value, int | float)}


def is_fraction(check: Check, name: str) -> bool:
    """Whether a threshold lies between 0 and 1."""
    default = thresholds_of(check)[name]
    bounded = (check.code, name) not in UNBOUNDED
    return isinstance(default, float) and default <= 1 and bounded


def find_configuration(
    given: Configuration | str | os.PathLike[str] | None = None,
    *,
    folder: Path | None = None,
) -> Configuration | None:
    """The configuration that is given, else that of the nearest `hirise.toml`.

    Looked for in `folder`, by default the current one, and its parents, up to one that
    holds `.git`. None where there is none, or where `given` is "none".

    Raises
    ------
    InputError
        A file that cannot be read, or what it says incorrectly.

    Examples
    --------
    >>> find_configuration("none") is None
    True
    """
    if isinstance(given, Configuration):
        return given
    if given is not None:
        name = os.fspath(given)
        return None if name == NONE else read_configuration(Path(name))
    try:
        here = Path.cwd() if folder is None else folder.resolve()
    except OSError:  # the current folder was deleted
        return None
    for place in (here, *here.parents):
        if os.path.lexists(place / FILE):
            return read_configuration(place / FILE)
        if os.path.lexists(place / ".git"):
            break
    return None


def read_configuration(path: Path) -> Configuration:
    """The configuration in a file.

    Raises
    ------
    InputError
        What is wrong, where, and how to mend it.
    """
    where = shown(str(path), most=300)
    document = _parsed(_content(path, where), where)
    _only(document, ("check",), where, "section")
    check = _table(document.get("check", {}), where, "check")
    _only(check, KEYS, where, "key", under="check")
    ignore = _table(check.get("ignore", {}), where, "check.ignore")
    thresholds = _table(check.get("thresholds", {}), where, "check.thresholds")
    for code in thresholds:
        _known_code(code, where, "check.thresholds")
    if "fail-on" in check:
        _fail_on(check["fail-on"], where)
    return Configuration(
        fail_on=check.get("fail-on"),
        ignore=tuple(ignore.items()),
        thresholds=tuple(
            (code, name, value)
            for code, values in thresholds.items()
            for name, value in _table(values, where, f"check.thresholds.{code}").items()
        ),
        file=where,
    )


def _content(path: Path, where: str) -> str:
    try:
        if not path.is_file():
            if path.is_dir():
                _refuse(where, "This is a folder.", "Give a file, such as hirise.toml.")
            _refuse(
                where,
                "There is no such file." if not path.exists() else "This is no file.",
                f"{parameter('config', NONE)} reads no configuration.",
            )
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        if isinstance(error, InputError):
            raise
        raise unreadable(error, where=where) from error
    if len(content) > MOST_BYTES:
        most = f"{MOST_BYTES // 1000:,} kB"
        _refuse(where, f"A configuration has at most {most}.", "Make it shorter.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = f"Byte {error.start:,} is not UTF-8."
        raise InputError(text, where=where, how="Save it as UTF-8.") from error


def _parsed(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    # A deep nesting is too much for the parser; a long number is for `int`.
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        reason = shown(str(error) or type(error).__name__, most=120).rstrip(".")
        how = "docs/configuration.md has an example."
        raise InputError(
            f"This is no TOML ({reason}).", where=where, how=how
        ) from error


def _table(value: object, where: str, key: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        how = f"Write it as a section: [{key}]."
        _refuse(where, f"`{key}` is {_kind(value)}.", how)
    return value


def _only(
    table: Mapping[str, object],
    known: Iterable[str],
    where: str,
    noun: str,
    *,
    under: str = "",
) -> None:
    for name in table:
        if name not in known:
            place = f" in `{under}`" if under else ""
            told = f"Unknown {noun} '{shown(name)}'{place}.{nearest(name, known)}"
            _refuse(where, told, f"There are: {', '.join(known)}.")


def _known_code(code: object, where: str, key: str) -> Check:
    if code not in TITLES:
        name = shown(str(code))
        _refuse(
            where,
            f"Unknown check '{name}' in `{key}`.{nearest(name, TITLES)}",
            "docs/checks.md lists the checks.",
        )
    return next(check for check in CHECKS if check.code == code)


def _fail_on(value: object, where: str) -> None:
    if not isinstance(value, str) or value not in FAIL_ON:
        said = f"'{shown(value)}'" if isinstance(value, str) else _kind(value)
        near = nearest(value, FAIL_ON) if isinstance(value, str) else ""
        how = f"It can be: {', '.join(FAIL_ON)}."
        _refuse(where, f"`check.fail-on` is {said}.{near}", how)


def _reason(value: object, where: str, key: str) -> None:
    if not isinstance(value, str):
        _refuse(where, f"`{key}` is {_kind(value)}.", "Write the reason as a text.")
    if not value.strip():
        _refuse(where, f"`{key}` has no reason.", "Say why the finding is accepted.")
    if len(value) > LONGEST_REASON:
        _refuse(
            where,
            f"The reason in `{key}` has {len(value):,} letters.",
            f"Write at most {LONGEST_REASON}.",
        )


def _threshold(check: Check, name: str, value: object, where: str) -> None:
    known, key = thresholds_of(check), f"check.thresholds.{check.code}"
    if not known:
        _refuse(where, f"{check.code} has no thresholds.", f"Leave `{key}` out.")
    if name not in known:
        _refuse(
            where,
            f"Unknown threshold '{shown(str(name))}' in `{key}`."
            f"{nearest(str(name), known)}",
            f"There are: {', '.join(known)}.",
        )
    default, key = known[name], f"{key}.{name}"
    how = f"{allowed(check, name).capitalize()} is expected, by default {default:g}."
    whole = isinstance(default, int)
    if whole and isinstance(value, float):
        _refuse(where, f"`{key}` is {value:g}, written as a fraction.", how)
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        _refuse(where, f"`{key}` is {_kind(value)}.", how)
    number = cast(float, value)
    fits = number >= 1 if whole else number >= 0
    fits &= number <= (1 if is_fraction(check, name) else LARGEST)
    if default > 1 and not whole:
        fits &= number > 0
    if not fits:  # NaN fits no bound
        # A longer whole number cannot be written as a decimal.
        said = (
            "huge"
            if isinstance(number, int) and abs(number) > 10**15
            else f"{number:g}"
        )
        _refuse(where, f"`{key}` is {said}.", how)


def allowed(check: Check, name: str) -> str:
    """What a threshold can be, in words.

    Examples
    --------
    >>> low_recall = next(check for check in CHECKS if check.code == "HR204")
    >>> allowed(low_recall, "floor"), allowed(low_recall, "minimum")
    ('a fraction from 0 to 1', 'a whole number from 1')
    """
    default = thresholds_of(check)[name]
    if isinstance(default, int):
        return "a whole number from 1"
    if is_fraction(check, name):
        return "a fraction from 0 to 1"
    return "a number above 0" if default > 1 else "a number from 0"


def _kind(value: object) -> str:
    return _KINDS.get(type(value), f"a {type(value).__name__}")


def _refuse(where: str, what: str, how: str) -> NoReturn:
    raise InputError(what, where=where, how=how)
