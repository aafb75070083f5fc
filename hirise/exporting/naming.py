"""Names of people -> names that TensorBoard takes for tags, folders and Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from urllib.parse import quote

_FOLDERS = {"val": "validation"}
"""Keras calls the folder so, and curves overlay where tags are the same."""
_LONGEST = 80
_NOT_IN_TAGS = re.compile(r"[^-\w.]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]#!])")


def folders_of(splits: Iterable[str]) -> dict[str, str]:
    """A folder for each split, whose name may be any text."""
    return _apart({split: _folder(split) for split in splits})


def tags_of(names: Iterable[str]) -> dict[str, str]:
    """The last part of a tag for each class: letters, digits, `_`, `-` and `.`."""
    return _apart({name: _NOT_IN_TAGS.sub("_", name)[:_LONGEST] for name in names})


def markdown(text: str) -> str:
    """`text` in one line that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", escape(" ".join(text.split()), quote=False))


def _folder(split: str) -> str:
    name = quote(_FOLDERS.get(split, split), safe="")[:_LONGEST]
    return name if name.strip(".") else f"split-{name}"


def _apart(names: dict[str, str]) -> dict[str, str]:
    """The same, with numbers where two would be one, also where capitals are."""
    taken: set[str] = set()
    apart = {}
    for name, wanted in names.items():
        number, free = 1, wanted
        while free.casefold() in taken:
            number += 1
            free = f"{wanted}-{number}"
        taken.add(free.casefold())
        apart[name] = free
    return apart
