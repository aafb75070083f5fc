"""Provenance of the numbers, without the folders of this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from hirise import __version__
from hirise.diagnosis import Evidence
from hirise.diagnosis.wording import took
from hirise.runs import Run

Pairs = tuple[tuple[str, str], ...]
Folders = tuple[Path | None, ...]

DATASET = {
    "layout": "Layout",
    "n_images": "Images",
    "split": "Split by",
    "fractions": "Fractions",
    "labels": "Labels",
    "problems": "Not used",
    "fingerprint": "Fingerprint",
}
"""Keys of `RunInfo.dataset` and their titles; its folder is left out."""

_STATES = {
    "training": "The run was still training when this report was made.",
    "interrupted": "The training was interrupted. This is its state at that time.",
}

_START = r"(?:~?/|~?\\\\|[A-Za-z]:[\\/])"
_PART = r"[^\s'\"`,;:()<>|/\\]+"
# With two parts at least: "/cats" may be a class, "and/or" is none.
_ABSOLUTE = re.compile(rf"(?<![\w.~/\\:-]){_START}(?:{_PART}[/\\])+(?:{_PART})?")


def file_part(text: str) -> str:
    """The last part of an absolute path; any other text as it is.

    Examples
    --------
    >>> file_part("/home/me/model.keras"), file_part("a/b.jpg")
    ('model.keras', 'a/b.jpg')
    """
    for flavour in (PurePosixPath, PureWindowsPath):
        path = flavour(text)
        if path.is_absolute() or text.startswith("~"):
            return path.name or text
    return text


def without_folders(text: str, known: Iterable[Path | None] = ()) -> str:
    """`text` with absolute paths cut to their last part.

    `known` are folders that it may name; they are found even where a name in them holds
    a space.

    Examples
    --------
    >>> without_folders("labels of /home/me/mars/labels.txt.")
    'labels of labels.txt.'
    """
    folders = {str(folder) for folder in known if folder is not None}
    # The longest first, as one of them may lie in another.
    for folder in sorted(folders - {"/", "."}, key=len, reverse=True):
        text = text.replace(folder, Path(folder).name)
    return _ABSOLUTE.sub(lambda match: _last(match[0]), text)


def _last(path: str) -> str:
    end = path.rstrip("/\\.")
    return re.split(r"[/\\]", end)[-1] + path[len(end) :].strip("/\\")


@dataclass(frozen=True)
class Provenance:
    """The run, its origin, and notes about it.

    Attributes
    ----------
    blocks : tuple of (title, pairs)
        Of the run, its dataset, recipe and versions; those that are known.
    notes : tuple of str
        Assumptions and incidents of reading and training.
    note : tuple of str
        What a person wrote, by line.
    """

    blocks: tuple[tuple[str, Pairs], ...]
    notes: tuple[str, ...]
    note: tuple[str, ...]


def provenance_of(run: Run, evidence: Evidence) -> Provenance:
    """All of it; no absolute path of this machine is in it."""
    info, known = run.info, known_folders(run)
    blocks = (
        ("This run", _about(run, evidence)),
        ("Dataset", _dataset(info.dataset or {}, known)),
        ("Trained with", _pairs(info.versions.items(), known)),
        ("Recipe", _pairs((info.recipe or {}).items(), known)),
    )
    texts = [
        *(evidence.evaluation.notes if evidence.evaluation else ()),
        *info.notes,
        *([f"The training ended early: {info.error}"] if info.error else ()),
        *([_STATES[info.status]] if info.status in _STATES else ()),
    ]
    return Provenance(
        blocks=tuple((title, pairs) for title, pairs in blocks if pairs),
        notes=tuple(without_folders(text, known) for text in texts),
        note=tuple(without_folders(info.note, known).splitlines()),
    )


def known_folders(run: Run) -> Folders:
    """Folders of this machine that a text about the run may name."""
    return (
        run.dataset_path,
        run.folder.resolve().parent,
        Path.cwd(),
        Path.home(),
    )


def _about(run: Run, evidence: Evidence) -> Pairs:
    info, evaluation = run.info, evidence.evaluation
    pairs: list[tuple[str, object]] = [
        ("Run", info.id),
        ("Title", info.title),
        ("Made", when(info.created)),
        ("Status", info.status),
        ("Evaluated split", evaluation.split if evaluation else None),
        ("Images evaluated", f"{evaluation.n_evaluated:,}" if evaluation else None),
        ("Classes", len(info.class_names)),
        ("Epochs", len(evidence.history) or None),
        ("Predictions of epoch", info.epoch),
        ("Seed", info.seed),
        ("Took", None if info.seconds is None else took(info.seconds)),
        ("Cures run", info.parent),
        *((f"Remedy {r['key']}", r.get("parameters")) for r in info.remedies),
        ("Report by", f"hirise {__version__}"),
        ("Report made", when(datetime.now(UTC).isoformat(timespec="seconds"))),
    ]
    return _pairs(pairs, known_folders(run))


def _dataset(dataset: Mapping[str, Any], known: Folders) -> Pairs:
    """All but its folder, which is of this machine."""
    values = {title: dataset.get(key) for key, title in DATASET.items()}
    if isinstance(dataset.get("n_images"), int):
        values[DATASET["n_images"]] = f"{dataset['n_images']:,}"
    problems = dataset.get("problems") or {}
    values[DATASET["problems"]] = [f"{n:,} {what}" for what, n in problems.items()]
    return _pairs(values.items(), known)


def _pairs(pairs: Iterable[tuple[str, object]], known: Folders) -> Pairs:
    """Names and values as text; what is not known is left out."""
    return tuple(
        (str(name), _written(value, known))
        for name, value in pairs
        if value not in (None, "", {}, [])
    )


def _written(value: object, known: Folders) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return without_folders(file_part(value), known)
    if isinstance(value, list | tuple):
        return ", ".join(_written(item, known) for item in value)
    if isinstance(value, Mapping):
        text = json.dumps(value, ensure_ascii=False, default=str)
        return without_folders(text, known)
    return str(value)


def when(created: str) -> str:
    """An ISO 8601 time as people write it; any other text as it is.

    Examples
    --------
    >>> when("2026-11-24T04:03:05+00:00")
    '24 Nov 2026, 04:03 UTC'
    """
    try:
        time = datetime.fromisoformat(created)
    except ValueError:
        return created
    zone = f" {time.tzname()}" if time.tzinfo else ""
    return f"{time:%d %b %Y, %H:%M}{zone}"
