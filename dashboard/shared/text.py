"""Text of people's own, shown as it is; progress and what is missing, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from hirise.errors import InputError

JOINER = "\u2060"
"""Word joiner: no width, and enough to keep two characters from being read as one."""

VERY_IMAGES = "That was chosen on these very images, so what is shown here flatters."
"""Where val is shown, on which parameters are chosen."""

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~$^=&])")
_AFTER_PARSING = re.compile(r"(:(?=\S)|@(?=\S)|\bwww(?=\.)|[<~>-](?=[->=]))")


def literal(text: object) -> str:
    """`text` for places that read Markdown: names hold `*`, `$`, `[x]`, `:smile:`.

    A backslash is enough for most of it. Emoji, icons, arrows and bare links are
    replaced after parsing, when the backslash is gone, hence the word joiner.
    """
    joined = _AFTER_PARSING.sub(rf"\1{JOINER}", " ".join(str(text).split()))
    return _PUNCTUATION.sub(r"\\\1", joined)


def when(created: str) -> str:
    """An ISO 8601 time as people write it; as it is if it is something else."""
    try:
        return f"{datetime.fromisoformat(created):%d %b %Y, %H:%M}"
    except ValueError:
        return created


def duration(seconds: float) -> str:
    """A time that is left, in words: it is an estimate."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


class Lacking(InputError):
    """Nothing is wrong yet; a field is empty that must not stay so."""


_DONE = re.compile(r"[^:]+: ([\d,]+) of ([\d,]+) (?:images|steps)")
"""What `hirise predict`, `hirise saliency` and `hirise map` print as they go."""


def show_how_far(lines: Sequence[str], *, before: str) -> None:
    """A bar with the last of `lines`; with `before` until there is one."""
    last = lines[-1] if lines else before
    found = _DONE.fullmatch(last)
    done, total = (int(n.replace(",", "")) for n in found.groups()) if found else (0, 1)
    st.progress(done / total, text=literal(last))
