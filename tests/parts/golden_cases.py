"""What the golden tests call, and how its output is parted into numbers and text.

Only the command and what `import hirise` offers are used: both stay wherever the
modules move.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from golden_inputs import MARS, VERDICTS

from hirise.__main__ import run

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
EXAMPLES = ROOT / "artifacts" / "examples"
HELD = GOLDEN / "artifacts"
"""Runs of format 1, kept as they were written, which must stay readable."""

Parted = tuple[Any, Any]
"""Numbers, codes and order; and the text for people."""


@dataclass(frozen=True)
class Case:
    """One call of the command; `part` says how its output is read."""

    name: str
    arguments: tuple[str, ...]
    part: Callable[[str], Parted]


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


@cache
def outcome(case: Case) -> Parted:
    """Call the command: status, numbers and text of what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = run(case.arguments)
    printed = out.getvalue()
    numbers, text = case.part(printed) if printed else (None, None)
    told = err.getvalue().splitlines()
    frozen = {"status": status, "stderr_lines": len(told), "stdout": numbers}
    # As JSON reads it back: tuples are lists there.
    told_apart = [frozen, {"stderr": told, "stdout": text}]
    numbers, sentences = json.loads(json.dumps(told_apart))
    return numbers, sentences


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


def expected_path(group: str, case: Case, *, text: bool) -> Path:
    """Where the numbers, or the text, of a case are kept."""
    ending = ".sentences.json" if text else ".json"
    return GOLDEN / "expected" / group / f"{case.name}{ending}"


def copy_held_runs(folder: Path) -> None:
    """The kept runs, as `held` in `folder`; the killed training looks long gone."""
    held = Path(shutil.copytree(HELD, folder / "held"))
    for beat in held.glob("*/heartbeat"):
        os.utime(beat, (0, 0))


def _check(name: str, *arguments: str) -> Case:
    return Case(name, ("check", *arguments, "--json"), part_json)


def _runs_in(folder: Path) -> list[str]:
    return sorted(found.parent.name for found in folder.glob("*/run.json"))


def _public() -> Iterator[Case]:
    for name in VERDICTS:
        yield _check(name, f"{name}.csv")


SHARES = ",".join(f"{name}={share}" for name, share in MARS.items())


def _files() -> Iterator[Case]:
    for name in (
        "probabilities.csv",
        "semicolons.csv",
        "probabilities.parquet",
        "arrays.npz",
        "splits.csv",
        "partly-labelled.csv",
        "groups.csv",
        "binary.csv",
        "same-row.csv",
        "small.csv",
        "history.csv",
        "history.json",
        "learning.csv",
        "not-a-number.csv",
    ):
        yield _check(name.replace(".", "-"), name)
    yield _check("logits", "logits.csv", "--logits")
    yield _check("split-test", "splits.csv", "--split", "test")
    for cluster in ("observation", "none"):
        name = f"cluster-{cluster}"
        yield _check(name, "probabilities.csv", "--cluster", cluster)
    shares = ("--class-shares", SHARES)
    yield _check("history-csv-class-shares", "history.csv", *shares)
    yield _check("history-json-class-shares", "history.json", *shares)
    of_three = ("--class-shares", "plain=.6,crater=.3,dune=.1")
    yield _check("predictions-class-shares", "probabilities.csv", *of_three)
    yield _check("fail-on-warning", "weak-balanced.csv", "--fail-on", "warning")
    yield _check("fail-on-never", "constant.csv", "--fail-on", "never")


def _shipped() -> Iterator[Case]:
    _, second, third, *_ = runs = _runs_in(EXAMPLES)
    for run_id in (*runs, *_runs_in(EXAMPLES / "replay")):
        yield _check(run_id, run_id)
    listed = ("runs", "--json", "--artifacts", "none")
    yield Case("runs", listed, part_whole_json)
    compared = ("compare", third, second, "--json")
    yield Case("compare", compared, part_json)


PARTS: dict[str, Callable[[str], Parted]] = {
    "text": part_text,
    "junit": part_junit,
    "markdown": part_markdown,
    "github": part_github,
}


def _formats() -> Iterator[Case]:
    trained = next(name for name in _runs_in(HELD) if name.endswith("-trained"))
    targets = {
        "four-classes": "four-classes-never-predicted.csv",
        "weak": "weak-balanced.csv",
        "healthy": "probabilities.csv",
        "history": "history.csv",
        "run": trained,
    }
    for name, target in targets.items():
        for form, part in PARTS.items():
            arguments = ("check", target, "--format", form, "--artifacts", "held")
            yield Case(f"{name}-{form}", arguments, part)


def _held() -> Iterator[Case]:
    place = ("--artifacts", "held")
    yield Case("runs", ("runs", "--json", *place), part_whole_json)
    yield Case("runs-text", ("runs", *place), part_lines)
    runs = _runs_in(HELD)
    for run_id in runs:
        yield Case(run_id, ("check", run_id, "--json", *place), part_json)
    trained = next(name for name in runs if name.endswith("-trained"))
    arguments = ("check", trained, "--split", "test", "--json", *place)
    yield Case(f"{trained}-test", arguments, part_json)
    cured = next(name for name in runs if name.endswith("-logit-adjustment"))
    compared = ("compare", trained, cured, *place)
    yield Case("compare", (*compared, "--json"), part_json)
    yield Case("compare-text", compared, part_lines)


def _reports() -> Iterator[Case]:
    _, small_cnn, *_ = _runs_in(EXAMPLES)
    held = next(name for name in _runs_in(HELD) if name.endswith("-trained"))
    for name, run_id, artifacts in (
        ("small-cnn-run", small_cnn, "none"),
        ("held-run", held, "held"),
    ):
        where = ("--out", f"{name}.html", "--artifacts", artifacts)
        yield Case(name, ("report", run_id, *where), part_report)


BAD_FILES = (
    "absent.csv",
    "absent.parquet",
    "empty.csv",
    "empty.parquet",
    "header-only.csv",
    "no-predictions.csv",
    "not-predictions.csv",
    "column-twice.csv",
    "empty-prediction.csv",
    "too-many-fields.csv",
    "sum-is-not-one.csv",
    "negative.csv",
    "not-a-number-row.csv",
    "text-among-numbers.csv",
    "image-twice.csv",
    "multi-label.csv",
    "multi-label.npz",
    "unknown-truth.csv",
    "broken.json",
    "ragged.json",
    "pickled.pkl",
    "latin.csv",
    "truncated.parquet",
    "truncated.npz",
    "lengths.npz",
    "objects.npz",
    "logits.csv",
    "folder",
    "no-such-run",
)


def _refused() -> Iterator[Case]:
    for name in BAD_FILES:
        case = f"check-{name.replace('.', '-')}"
        yield Case(case, ("check", name), part_lines)
    (run_id, *_) = _runs_in(EXAMPLES)
    for name, line in {
        "unknown-command": "chekc good.csv",
        "unknown-option": "check good.csv --jsonn",
        "no-target": "check",
        "unknown-format": "check good.csv --format yaml",
        "two-formats": "check good.csv --json --format junit",
        "unknown-split": "check splits.csv --split vall",
        "split-without-column": "check small.csv --split test",
        "unknown-split-of-run": f"check {run_id} --split train",
        "shares-without-number": "check history.csv --class-shares other",
        "shares-beyond-one": "check history.csv --class-shares a=.9,b=.9",
        "fail-on-unknown": "check good.csv --fail-on note",
        "absent-data": "check good.csv --data no-such-folder",
        "compare-with-itself": f"compare {run_id} {run_id}",
        "compare-with-unknown": f"compare {run_id} no-such-run",
        "compare-alone": f"compare {run_id}",
        "report-of-file": "report good.csv --out r.html",
        "report-of-unknown": "report no-such-run --out r.html",
        "report-without-out": f"report {run_id}",
        "delete-unknown": "runs delete no-such-run",
        "import-absent": "import absent.csv",
        "train-unknown-recipe": "train --data folder --recipe no-such-recipe",
        "cure-unknown-remedy": f"cure {run_id} --remedy no-such-remedy",
        "export-unknown": "export no-such-run --tensorboard logs",
        "predict-absent-model": "predict --model absent.keras --data folder",
        "data-info-absent": "data info no-such-folder",
    }.items():
        yield Case(name, tuple(line.split()), part_lines)


COMMANDS = (
    "",
    "data",
    "data info",
    "data download",
    "data simulate",
    "recipes",
    "train",
    "predict",
    "import",
    "check",
    "saliency",
    "report",
    "compare",
    "cure",
    "replay",
    "map",
    "export",
    "runs",
    "runs rename",
    "runs annotate",
    "runs delete",
    "runs hide-examples",
    "runs show-examples",
    "explore",
    "images",
    "dashboard",
)


def _help() -> Iterator[Case]:
    for command in COMMANDS:
        words = tuple(command.split())
        name = "-".join(words) or "hirise"
        yield Case(name, (*words, "--help"), part_help)
    yield Case("recipes-listed", ("recipes",), part_lines)


GROUPS: dict[str, tuple[Case, ...]] = {
    "public": tuple(_public()),
    "files": tuple(_files()),
    "shipped": tuple(_shipped()),
    "formats": tuple(_formats()),
    "held": tuple(_held()),
    "reports": tuple(_reports()),
    "refused": tuple(_refused()),
    "help": tuple(_help()),
}
"""Folder of the expected values -> its cases."""
