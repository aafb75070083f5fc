"""The HTML of a report: one file that asks for nothing."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from hirise.diagnosis import Diagnosis
from hirise.diagnosis.proof import FAILING
from hirise.diagnosis.wording import one_line, percent
from hirise.report.advice import Explained, Told
from hirise.report.provenance import Provenance
from hirise.report.section import Section
from hirise.report.worst import Gallery

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
    folder = files("hirise.report") / TEMPLATES
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
