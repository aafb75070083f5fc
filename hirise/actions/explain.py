"""Explain a check, a cause, a remedy or a term, as the documentation does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hirise.errors import InputError, nearest, shown
from hirise.progress import Progress

FORMAT = 1
PAGES = ("checks", "causes", "remedies", "terms")
_HEADING = re.compile(
    r"(?m)^#{2,3} (?:`(?P<key>[\w-]+)`|(?P<code>HR\d{3})) +(?P<title>.+)$"
)
_ANY_HEADING = re.compile(r"(?m)^#{1,3} ")


@dataclass(frozen=True)
class ExplainRequest:
    """What is to be explained.

    Attributes
    ----------
    topic : str
        The code of a check (`HR201`), the key of a cause (`network-dead`), of a remedy
        (`logit-adjustment`), or a term (`kappa`).
    """

    topic: str


@dataclass(frozen=True)
class Explanation:
    """A section of the documentation.

    Attributes
    ----------
    topic, title : str
    text : str
        Markdown.
    page : str
        The page of the documentation that holds it.
    """

    topic: str
    title: str
    text: str
    page: str

    def to_dict(self) -> dict[str, Any]:
        """The document that `hirise explain --json` prints."""
        return {"format": FORMAT, **vars(self)}


def explain(
    request: ExplainRequest, *, progress: Progress | None = None
) -> Explanation:
    """The section of the documentation about a topic.

    Raises
    ------
    InputError
        If there is none of that name.

    Examples
    --------
    >>> explain(ExplainRequest("HR201")).title
    'One class for all images'
    """
    known = topics()
    topic = request.topic.strip()
    key = {key.casefold(): key for key in known}.get(topic.casefold())
    if key is None:
        raise InputError(
            f"Nothing explains '{shown(topic)}'.{nearest(topic, known)}",
            how="`hirise explain` lists what is explained.",
        )
    return known[key]


@cache
def topics() -> dict[str, Explanation]:
    """Everything that is explained, by its code or key."""
    return {one.topic: one for page in PAGES for one in _sections(page)}


def _sections(page: str) -> Iterator[Explanation]:
    text = (_docs() / f"{page}.md").read_text("utf-8")
    starts = [match.start() for match in _ANY_HEADING.finditer(text)]
    for match in _HEADING.finditer(text):
        end = next((s for s in starts if s > match.start()), len(text))
        topic = match["key"] or match["code"]
        body = text[match.end() : end].strip()
        yield Explanation(topic, match["title"].strip(), body, f"{page}.md")


def _docs() -> Path:
    """The documentation: in the installed package, or in the repository."""
    package = Path(__file__).resolve().parents[1]
    for place in (package / "docs", package.parent / "docs"):
        if (place / "checks.md").is_file():
            return place
    raise InputError("The documentation is missing.", how="Install hirise again.")
