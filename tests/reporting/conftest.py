"""Runs, their reports, and what a browser would read in them."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from hirise.reporting import report_html

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "artifacts" / "examples"
EXAMPLES = ROOT / "tests" / "dashboard" / "example_runs.py"
EMPTY = {"br", "img", "input", "link", "meta"}


@dataclass
class Page(HTMLParser):
    """Elements, tables, figures and text of a page."""

    html: str
    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self._rows: list[list[str]] = []
        self._caption = ""
        self.feed(self.html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self._open.append((tag, dict(attrs)))
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag
        if tag == "table":
            self.tables[self._caption] = self._rows

    def handle_data(self, data: str) -> None:
        nothing: dict[str, str | None] = {}
        tag, attributes = self._open[-1] if self._open else ("", nothing)
        if tag == "script":
            if attributes.get("type") == "application/json":
                self.figures[str(attributes["id"])] = json.loads(data)
            return
        if tag == "caption":
            self._caption += data
        elif any(one in ("td", "th") for one, _ in self._open):
            self._rows[-1][-1] += data
        if tag != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All that is read, in one line."""
        return " ".join(" ".join(self.texts).split())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of all elements of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    def table(self, caption: str) -> list[list[str]]:
        """The rows of the table whose caption begins so."""
        (found,) = [
            rows for one, rows in self.tables.items() if one.startswith(caption)
        ]
        return found


@pytest.fixture(scope="session")
def makers() -> dict[str, Callable[[Path], str]]:
    """Writers of example runs, by kind."""
    made: dict[str, Callable[[Path], str]] = runpy.run_path(str(EXAMPLES))["MAKERS"]
    return made


@pytest.fixture(scope="session")
def read_page() -> Callable[[str], Page]:
    """`read_page(html)`: what is in it."""
    return Page


@pytest.fixture(scope="session")
def page_of(
    makers: dict[str, Callable[[Path], str]], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Page]:
    """`page_of("collapsed")`: the report of that run, made once."""
    pages: dict[str, Page] = {}

    def make(kind: str) -> Page:
        if kind not in pages:
            artifacts = tmp_path_factory.mktemp(kind)
            run = makers[kind](artifacts)
            pages[kind] = Page(report_html(run, artifacts=artifacts))
        return pages[kind]

    return make


@pytest.fixture(scope="session")
def shipped() -> dict[str, Path]:
    """The folders of the runs that ship, by title."""
    return {folder.name[16:]: folder for folder in sorted(SHIPPED.glob("2*"))}
