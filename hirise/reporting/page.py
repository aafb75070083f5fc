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
from hirise.diagnosis.causes.decisions import meaning_of_outcome
from hirise.diagnosis.configuration import Configuration
from hirise.diagnosis.wording import capitalised, one_line, percent
from hirise.errors import InputError, parameter
from hirise.files import write_whole
from hirise.remedies import REMEDIES
from hirise.reporting.parts import Section
from hirise.reporting.provenance import Provenance, provenance_of
from hirise.reporting.sections import detail_sections, overview_section
from hirise.reporting.worst import Gallery, gallery_of
from hirise.runs import Run, find_run
from hirise.runs.experiments import ExperimentResult

Source = Run | str | os.PathLike[str]


@dataclass(frozen=True)
class Recommended:
    """A remedy by its key and title; `effect` is "" for one carried out by hand."""

    key: str
    title: str
    effect: str = ""


@dataclass(frozen=True)
class CauseCard:
    """A cause with its evidence and remedies in words."""

    cause: Cause
    evidence_for: tuple[str, ...]
    evidence_against: tuple[str, ...]
    remedies: tuple[Recommended, ...]
    decided: str = ""
    is_confirmed: bool = False


@dataclass(frozen=True)
class FindingCard:
    """A finding with its remedies in words."""

    finding: Finding
    remedies: tuple[Recommended, ...]


@dataclass(frozen=True)
class Contents:
    """All that the template shows, in the order in which it does."""

    title: str
    run: str
    split: str
    diagnosis: Diagnosis
    overview: Section
    causes: tuple[CauseCard, ...]
    experiments: tuple[ExperimentResult, ...]
    findings: tuple[FindingCard, ...]
    sections: tuple[Section, ...]
    gallery: Gallery
    provenance: Provenance

    @property
    def deciding(self) -> set[str]:
        """Keys of the experiments that confirmed or refuted a cause that is told."""
        told = {card.cause.key for card in self.causes}
        return {self.diagnosis.decision(key).decided_by for key in told}

    def meaning(self, key: str, outcome: str) -> str:
        """What an outcome of an experiment says; "" if it is not declared."""
        return meaning_of_outcome(key, outcome)

    @property
    def serious(self) -> tuple[FindingCard, ...]:
        """Errors and warnings."""
        return tuple(card for card in self.findings if card.finding.severity != "note")

    @property
    def notes(self) -> tuple[FindingCard, ...]:
        """Findings that are folded away."""
        return tuple(card for card in self.findings if card.finding.severity == "note")


def write_report(
    run: Source,
    out: str | os.PathLike[str],
    *,
    split: str | None = None,
    data: str | os.PathLike[str] | None = None,
    artifacts: str | os.PathLike[str] = "artifacts",
    force: bool = False,
    configuration: Configuration | None = None,
) -> Path:
    """Write the report of a run to `out`, whole or not at all; see `report_html`.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    InputError
        As `report_html`; or `out` exists and not `force`, or cannot be written.
    """
    path = Path(out)
    _check_free(path, force=force)
    text = report_html(
        run, split=split, data=data, artifacts=artifacts, configuration=configuration
    )
    # Once more, as another report may have been written meanwhile.
    _check_free(path, force=force)
    # A name may hold a lone surrogate, which UTF-8 cannot encode.
    content = text.encode("utf-8", "replace")
    try:
        write_whole(path, lambda beside: beside.write_bytes(content))
    except OSError as error:
        raise InputError(
            f"The report cannot be written ({error.strerror or error}).",
            where=path,
            how="Free some space there, or choose another file.",
        ) from error
    return path


def report_html(
    run: Source,
    *,
    split: str | None = None,
    data: str | os.PathLike[str] | None = None,
    artifacts: str | os.PathLike[str] = "artifacts",
    configuration: Configuration | None = None,
) -> str:
    """The report of a run as one HTML page that requests nothing.

    Parameters
    ----------
    run : Run, str or path
        A run, its id or the beginning of it, or its folder.
    split : str, optional
        Defaults to val, else test, else the only one.
    data : path, optional
        Folder of the images, if not the one that the run names.
    artifacts : path
        Folder of the runs, where `run` is an id.
    configuration : Configuration, optional
        Thresholds and accepted findings.

    Raises
    ------
    InputError
        No such run, split or folder, or a file of the run that cannot be read.
    """
    if not isinstance(run, Run):
        run = find_run(Path(artifacts), os.fspath(run))
    evidence = gather(run, split=split)
    folder = None if data is None else Path(data)
    diagnosis = diagnose(evidence, configuration=configuration)
    return report_of(run, evidence, diagnosis, data=folder)


def report_of(
    run: Run, evidence: Evidence, diagnosis: Diagnosis, *, data: Path | None = None
) -> str:
    """The report of a run that is already diagnosed; see `report_html`."""
    evaluation = evidence.evaluation
    contents = Contents(
        title=run.info.title,
        run=run.info.id,
        split=evaluation.split if evaluation is not None else "",
        diagnosis=diagnosis,
        overview=overview_section(evaluation, loud=diagnosis.verdict.failing),
        causes=tuple(
            CauseCard(
                cause,
                tuple(dict.fromkeys(map(str, cause.statements))),
                tuple(dict.fromkeys(map(str, cause.contradictions))),
                recommended(cause.remedies),
                capitalised(diagnosis.decided(cause.key)),
                is_confirmed=cause == diagnosis.confirmed,
            )
            for cause in diagnosis.causes
        ),
        experiments=evidence.experiments,
        findings=tuple(
            FindingCard(finding, recommended(finding.remedies))
            for finding in diagnosis.findings
        ),
        sections=tuple(detail_sections(run, evidence, diagnosis)),
        gallery=gallery_of(run, evidence.predictions, data),
        provenance=provenance_of(run, evidence),
    )
    return render_report(contents)


def recommended(keys: Sequence[str]) -> tuple[Recommended, ...]:
    """Remedies by their keys; one without an implementation is carried out by hand.

    Examples
    --------
    >>> [remedy.title for remedy in recommended(["repair-labels"])]
    ['Repair labels']
    """
    known = {
        remedy.key: Recommended(remedy.key, remedy.title, remedy.effect)
        for remedy in REMEDIES
    }
    return tuple(
        known.get(key) or Recommended(key, key.replace("-", " ").capitalize())
        for key in keys
    )


def render_report(contents: Contents) -> str:
    """The report as HTML."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters["percent"] = percent
    script, library = Markup(_template("report.js")), _plotly_library()
    return environment.from_string(_template("report.html")).render(
        contents=contents,
        style=Markup(_template("report.css")),
        script=script,
        library=library,
        policy=content_policy(library, script),
    )


def content_policy(*scripts: str) -> str:
    """A policy under which nothing is requested, and no other script runs.

    The scripts are known by their hashes: markup that slipped into the page could not
    run, whatever it held. Plotly writes styles into its elements.

    Examples
    --------
    >>> content_policy("run()").startswith("default-src 'none'")
    True
    """
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"style-src 'unsafe-inline'; script-src {hashes}"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


@cache
def _plotly_library() -> Markup:
    """plotly.js, as it can stand inside <script>."""
    # Browsers turn line ends into LF before they compare the hash.
    text = get_plotlyjs().replace("\r\n", "\n")
    if "</script" in text.lower() or "<!--" in text:
        raise RuntimeError("This plotly.js cannot stand inside an HTML page.")
    return Markup(text)


def _template(name: str) -> str:
    path = files("hirise.reporting") / "templates" / name
    return path.read_text(encoding="utf-8").replace("\r\n", "\n")


def _visible(value: object) -> object:
    """Text in one line, its control characters visible."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return one_line(value)
    return value


def _check_free(path: Path, *, force: bool) -> None:
    if path.is_dir():
        raise InputError(
            "This is a folder.", where=path, how="Name a file, such as report.html."
        )
    if path.exists() and not force:
        raise InputError(
            "The file exists already.",
            where=path,
            how=f"Choose another name, or replace it with {parameter('force')}.",
        )
