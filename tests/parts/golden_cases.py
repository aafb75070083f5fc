"""What the golden tests call.

Only the command and what `import hirise` offers are used: both stay wherever the
modules move.
"""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from golden_inputs import MARS, VERDICTS
from golden_parts import (
    Parted,
    part_github,
    part_help,
    part_json,
    part_junit,
    part_lines,
    part_markdown,
    part_report,
    part_text,
    part_whole_json,
)

from hirise.__main__ import run

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
EXAMPLES = ROOT / "artifacts" / "examples"
HELD = GOLDEN / "artifacts"
"""Runs of format 1, kept as they were written, which must stay readable."""


@dataclass(frozen=True)
class Case:
    """One call of the command; `part` says how its output is read."""

    name: str
    arguments: tuple[str, ...]
    part: Callable[[str], Parted]


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
