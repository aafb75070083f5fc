"""How the output of a golden case is parted into numbers and text, and compared."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

Parted = tuple[Any, Any]
"""Numbers, codes and order; and the text for people."""

TEXTS = frozenset(
    {
        "advice",
        "doubt",
        "evidence",
        "experiment",
        "headline",
        "notes",
        "reason",
        "sentence",
        "text",
        "title",
    }
)
"""Keys whose text may be reworded; what is under all others may not change."""


def part_json(printed: str) -> Parted:
    """A JSON document without its text, and the text by its place."""
    found: dict[str, Any] = {}
    return _without_text(json.loads(printed), "", found), found


def _without_text(value: Any, place: str, found: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {
            key: _marked(item, f"{place}/{key}", found)
            if key in TEXTS
            else _without_text(item, f"{place}/{key}", found)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without_text(v, f"{place}/{n}", found) for n, v in enumerate(value)]
    return value


def _marked(value: Any, place: str, found: dict[str, Any]) -> Any:
    """ "…" for text, so that what is empty or null still shows."""
    if not value:
        return value
    found[place] = value
    return ["…"] * len(value) if isinstance(value, list) else "…"


def part_whole_json(printed: str) -> Parted:
    """A JSON document that holds nothing to reword."""
    return json.loads(printed), None


def part_text(printed: str) -> Parted:
    """Severity and code of the findings in their order."""
    found = re.findall(r"^(ERROR|WARNING|NOTE) (HR\d+)", printed, re.MULTILINE)
    return {"findings": found}, printed.splitlines()


def part_junit(printed: str) -> Parted:
    """Suite and test cases without what they say."""
    root = ET.fromstring(printed)
    suite = root[0]
    properties = {
        one.get("name", ""): one.get("value")
        for one in suite.iter("property")
        if one.get("name") not in TEXTS
    }
    cases = [
        [
            case.get("classname"),
            case.get("name", "").split()[0],
            *([part.tag, part.get("type")] for part in case),
        ]
        for case in suite.iter("testcase")
    ]
    frozen = {
        "root": root.attrib,
        "suite": suite.attrib,
        "properties": properties,
        "cases": cases,
    }
    return frozen, printed.splitlines()


NUMBERS = re.compile(r"[\d.,–-]+( to [\d.,-]+)?")
"""A number or an interval in the cell of a table."""


def part_markdown(printed: str) -> Parted:
    """Numbers of the tables, codes of findings, keys of causes."""
    lines = printed.splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    severity = r"^- \*\*(ERROR|WARNING|NOTE)\*\* (HR\d+)"
    frozen = {
        "table_rows": [[c for c in row if NUMBERS.fullmatch(c)] for row in cells],
        "findings": re.findall(severity, printed, re.MULTILINE),
        "causes": re.findall(r"^\d+\. \*\*.*?\*\* \((\S+)\)", printed, re.MULTILINE),
        "not_applicable": re.findall(r"^- (HR\d+):", printed, re.MULTILINE),
    }
    return frozen, lines


def part_github(printed: str) -> Parted:
    """Level and code of each workflow command."""
    found = re.findall(r"^::(\w+) title=(HR\d+)?", printed, re.MULTILINE)
    return {"commands": found}, printed.splitlines()


def part_lines(printed: str) -> Parted:
    """The number of lines."""
    return {"lines": len(printed.splitlines())}, printed.splitlines()


def part_help(printed: str) -> Parted:
    """Names of commands and options in their order."""
    # Lines of the description are indented alike; its words are no names.
    listed = printed.partition("\nOptions:\n")[2]
    names = re.findall(r"^  (-[^ ,]+(?:, --\S+)?|[a-z-]+)(?= |$)", listed, re.MULTILINE)
    return {"names": names}, printed.splitlines()


class Structure(HTMLParser):
    """Sections of a report in their order; a table is `[rows with head, columns]`."""

    def __init__(self) -> None:
        super().__init__()
        self.sections: list[dict[str, Any]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self._data: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in ("header", "section"):
            counts = {"headings": [], "charts": [], "tables": [], "cards": 0}
            self.sections.append({"id": named.get("id"), **counts, "images": 0})
        if not self.sections:
            return
        self._count(tag, named, self.sections[-1])
        if tag in HEARD:
            self._open.append(tag)
            self._data.clear()

    def _count(
        self, tag: str, named: dict[str, str | None], section: dict[str, Any]
    ) -> None:
        looks = (named.get("class") or "").split()
        if "plot" in looks:
            section["charts"].append(named.get("id"))
        section["cards"] += "card" in looks
        section["images"] += tag == "figure" and "image" in looks
        if tag in ("h1", "h2", "h3", "h4"):
            section["headings"].append(tag)
        if tag == "table":
            section["tables"].append([0, 0])
        elif tag == "tr":
            section["tables"][-1][0] += 1
        elif tag == "th" and named.get("scope") == "col":
            section["tables"][-1][1] += 1

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()
            self.texts.append(f"{tag}: {' '.join(''.join(self._data).split())}")

    def handle_data(self, data: str) -> None:
        if self._open:
            self._data.append(data)


HEARD = ("h1", "h2", "h3", "h4", "caption", "summary", "figcaption")
"""Parts of a report whose words are kept."""


def part_report(printed: str) -> Parted:
    """The structure of the HTML file that the printed line names."""
    path = Path(printed.split(": ")[0])
    page = re.sub(r"(?s)<script.*?</script>", "", path.read_text(encoding="utf-8"))
    parser = Structure()
    parser.feed(page)
    links = re.findall(r'<a href="(#[^"]+)"', page)
    told = re.sub(r"\([^()]*\)$", "(…)", printed.strip())
    return {"links": links, "sections": parser.sections}, [told, *parser.texts]


def differences(expected: Any, found: Any, place: str = "") -> Iterator[str]:
    """Where two documents differ: keys and their order, types, numbers, codes."""
    if type(expected) is not type(found):
        yield f"{place}: expected {expected!r}, got {found!r}"
    elif isinstance(expected, dict):
        if list(expected) != list(found):
            yield f"{place}: expected keys {list(expected)}, got {list(found)}"
        for key in expected.keys() & found.keys():
            yield from differences(expected[key], found[key], f"{place}/{key}")
    elif isinstance(expected, list):
        if len(expected) != len(found):
            yield f"{place}: expected {len(expected)} items, got {len(found)}"
        for n, (one, other) in enumerate(zip(expected, found, strict=False)):
            yield from differences(one, other, f"{place}/{n}")
    elif not _same(expected, found):
        yield f"{place}: expected {expected!r}, got {found!r}"


def _same(expected: Any, found: Any) -> bool:
    # Another processor or numpy adds up in another order; near 0 is only rounding.
    if isinstance(expected, float):
        return math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-12)
    return bool(expected == found)


def compact(value: Any, indent: int = 0, width: int = 88) -> str:
    """JSON in which a list or object that fits a line takes one."""
    line = json.dumps(value, ensure_ascii=False)
    nested = isinstance(value, dict | list) and len(value) > 0
    if not nested or len(line) + indent <= width:
        return line
    pad = " " * (indent + 1)
    if isinstance(value, list):
        parts = [compact(item, indent + 1) for item in value]
        return "[\n" + ",\n".join(pad + part for part in parts) + f"\n{pad[1:]}]"
    pairs = (
        f"{pad}{json.dumps(key, ensure_ascii=False)}: {compact(item, indent + 1)}"
        for key, item in value.items()
    )
    return "{\n" + ",\n".join(pairs) + f"\n{pad[1:]}}}"
