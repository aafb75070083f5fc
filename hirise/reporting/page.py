"""A run as one HTML file that requests nothing."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from hirise.diagnosis import Cause, Diagnosis, Evidence, Finding, diagnose, gather
from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.proof import FAILING
from hirise.diagnosis.wording import one_line, percent
from hirise.errors import InputError
from hirise.files import write_whole
from hirise.remedies import REMEDIES
from hirise.remedies.other_weights import ALONE
from hirise.remedies.retraining import TRAINING_REMEDIES
from hirise.reporting.parts import Section
from hirise.reporting.provenance import Provenance, provenance_of
from hirise.reporting.sections import detail_sections, overview_section
from hirise.reporting.worst import Gallery, gallery_of
from hirise.runs import Run, find_run

TITLES = {check.code: check.title for check in CHECKS}


@dataclass(frozen=True)
class Advised:
    """A remedy: its key, what it is called, and what it does.

    `effect` is "" for one that is carried out by hand.
    """

    key: str
    title: str
    effect: str = ""


@dataclass(frozen=True)
class Sign:
    """A check for or against a cause; one that demands it may not have found it."""

    code: str
    title: str
    found: bool


@dataclass(frozen=True)
class Explained:
    """A cause with its signs and remedies in words."""

    cause: Cause
    speaks_for: tuple[Sign, ...]
    speaks_against: tuple[Sign, ...]
    remedies: tuple[Advised, ...]


@dataclass(frozen=True)
class Told:
    """A finding with its remedies in words."""

    finding: Finding
    remedies: tuple[Advised, ...]


def explained(diagnosis: Diagnosis) -> tuple[Explained, ...]:
    """The causes, the likeliest first."""
    return tuple(
        Explained(
            cause,
            _signs(cause.for_, diagnosis),
            _signs(cause.against, diagnosis),
            advised(cause.remedies),
        )
        for cause in diagnosis.causes
    )


def told(diagnosis: Diagnosis) -> tuple[Told, ...]:
    """The findings, errors first."""
    return tuple(Told(one, advised(one.remedies)) for one in diagnosis.findings)


def advised(keys: Sequence[str]) -> tuple[Advised, ...]:
    """Remedies by their keys."""
    known = {
        **{one.key: Advised(one.key, one.title, one.effect) for one in REMEDIES},
        **{one.key: Advised(one.key, one.title, one.effect) for one in ALONE},
        **{
            one.key: Advised(one.key, one.title, one.effect)
            for one in TRAINING_REMEDIES
        },
    }
    by_hand = {key: Advised(key, key.replace("-", " ").capitalize()) for key in keys}
    return tuple({**by_hand, **known}[key] for key in keys)


def _signs(codes: Sequence[str], diagnosis: Diagnosis) -> tuple[Sign, ...]:
    return tuple(
        Sign(code, TITLES.get(code, code), code not in diagnosis.passed)
        for code in codes
    )


TEMPLATES = "templates"


@dataclass(frozen=True)
class Contents:
    """All that the template shows, in the order in which it does."""

    title: str
    run: str
    split: str
    diagnosis: Diagnosis
    overview: Section
    causes: tuple[Explained, ...]
    findings: tuple[Told, ...]
    sections: tuple[Section, ...]
    gallery: Gallery
    provenance: Provenance

    @property
    def tone(self) -> str:
        """`bad`, `unsure`, `doubtful` or `good`: the colour of the verdict."""
        verdict = self.diagnosis.verdict
        severities = {finding.severity for finding in self.diagnosis.findings}
        if verdict in FAILING:
            return "bad"
        if verdict == "undetermined":
            return "unsure"
        doubted = "error" in severities or not self.diagnosis.trusted
        return "doubtful" if verdict == "weak" or doubted else "good"

    @property
    def serious(self) -> tuple[Told, ...]:
        """Errors and warnings."""
        return tuple(one for one in self.findings if one.finding.severity != "note")

    @property
    def notes(self) -> tuple[Told, ...]:
        """Findings that are folded away."""
        return tuple(one for one in self.findings if one.finding.severity == "note")

    @property
    def failing(self) -> bool:
        """Whether the model is of no use as it is."""
        return self.diagnosis.verdict in FAILING

    @property
    def sentence(self) -> str:
        """The sentence of the verdict without its headline, which stands above it."""
        headline = f"{self.diagnosis.headline}: "
        text = self.diagnosis.sentence.removeprefix(headline)
        return text[:1].upper() + text[1:]


def render(contents: Contents) -> str:
    """The report as HTML."""
    script, library = Markup(_text("report.js")), _library()
    return (
        _environment()
        .from_string(_text("report.html"))
        .render(
            contents=contents,
            style=Markup(_text("report.css")),
            script=script,
            library=library,
            policy=policy(library, script),
        )
    )


def policy(*scripts: str) -> str:
    """A policy under which nothing is asked for, and no other script runs.

    The scripts are known by their hashes: markup that slipped into the page could not
    run, whatever it held. Plotly writes styles into its elements.
    """
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"style-src 'unsafe-inline'; script-src {hashes}"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


@cache
def _library() -> Markup:
    """plotly.js, as it can stand inside <script>."""
    text = get_plotlyjs().replace("\r\n", "\n")
    if "</script" in text.lower() or "<!--" in text:
        raise RuntimeError("This plotly.js cannot stand inside an HTML page.")
    return Markup(text)


def _text(name: str) -> str:
    folder = files("hirise.reporting") / TEMPLATES
    return (folder / name).read_text(encoding="utf-8").replace("\r\n", "\n")


def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters["percent"] = percent
    return environment


def _visible(value: object) -> object:
    """Text in one line, its control characters visible."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return one_line(value)
    return value


Source = Run | str | os.PathLike[str]


def report_html(
    run: Source,
    *,
    split: str | None = None,
    data: str | os.PathLike[str] | None = None,
    artifacts: str | os.PathLike[str] = "artifacts",
) -> str:
    """The report of a run as one HTML page that asks for nothing.

    Parameters
    ----------
    run : Run, str or path
        A run, its id or the beginning of it, or its folder.
    split : str, optional
        Defaults to val, else test, else the only one.
    data : path, optional
        Folder of the images, where it is not the one that the run names.
    artifacts : path
        Folder of the runs, where `run` is an id.

    Raises
    ------
    InputError
        No such run, split or folder, or a file of the run that cannot be read.
    """
    found = run if isinstance(run, Run) else find_run(Path(artifacts), os.fspath(run))
    evidence = gather(found, split=split)
    folder = None if data is None else Path(data)
    return report_of(found, evidence, diagnose(evidence), data=folder)


def write_report(
    run: Source,
    out: str | os.PathLike[str],
    *,
    split: str | None = None,
    data: str | os.PathLike[str] | None = None,
    artifacts: str | os.PathLike[str] = "artifacts",
    force: bool = False,
) -> Path:
    """Write the report of a run to `out`, whole or not at all; see `report_html`.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    InputError
        As `report_html`; or `out` is there and not `force`, or cannot be written.
    """
    path = Path(out)
    _check_free(path, force=force)
    text = report_html(run, split=split, data=data, artifacts=artifacts)
    _check_free(path, force=force)
    content = text.encode("utf-8", "replace")
    try:
        write_whole(path, lambda beside: beside.write_bytes(content))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{path}: cannot be written ({reason}).") from error
    return path


def report_of(
    run: Run, evidence: Evidence, diagnosis: Diagnosis, *, data: Path | None = None
) -> str:
    """The report of a run whose evidence is gathered and judged; see `report_html`."""
    evaluation = evidence.evaluation
    loud = diagnosis.verdict in FAILING
    return render(
        Contents(
            title=run.info.title,
            run=run.info.id,
            split=evaluation.split if evaluation is not None else "",
            diagnosis=diagnosis,
            overview=overview_section(evaluation, loud=loud),
            causes=explained(diagnosis),
            findings=told(diagnosis),
            sections=tuple(detail_sections(run, evidence, diagnosis)),
            gallery=gallery_of(run, evidence.predictions, data),
            provenance=provenance_of(run, evidence),
        )
    )


def _check_free(path: Path, *, force: bool) -> None:
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a file, such as report.html.")
    if path.exists() and not force:
        raise InputError(
            f"{path}: is there already. Choose another name, or replace it with "
            "--force (`force=True` in Python)."
        )
