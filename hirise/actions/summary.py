"""Verdict and headline scores of a run, kept in its folder for lists of runs."""

from __future__ import annotations

import hashlib
import math
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import hirise
from hirise.errors import InputError
from hirise.files import read_json, write_whole

if TYPE_CHECKING:
    from hirise.actions.explore import Check
    from hirise.runs import Run

SUMMARY = "summary.json"

FORMAT = 1

SCORES = ("accuracy", "macro_f1", "majority_share")
"""Rows of `Evaluation.summary` that a list of runs shows."""

ALSO_READ = ("catalog.parquet", "layer_stats.csv")
"""Files that a check reads and the stamp of a run leaves out."""


@dataclass(frozen=True)
class RunSummary:
    """What a list of runs shows of one.

    Attributes
    ----------
    verdict, key : str
        Title and key of the verdict on the usual split; "" where there is nothing to
        evaluate.
    split : str
        The evaluated split.
    accuracy, macro_f1, majority_share : float, optional
        On that split, as fractions; None without true labels.
    scores : dict
        What `hirise.evaluation.run_scores` returns; None where it is NaN.
    """

    verdict: str = ""
    key: str = ""
    split: str = ""
    accuracy: float | None = None
    macro_f1: float | None = None
    majority_share: float | None = None
    scores: dict[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class _Kept:
    """The contents of `summary.json`."""

    format: int
    mark: str
    summary: RunSummary


def kept_summary(run: Run) -> RunSummary | None:
    """The summary that is kept of a run; None where it changed since, or hirise did."""
    try:
        kept = msgspec.convert(read_json(_path(run)), _Kept)
    except (OSError, InputError, msgspec.ValidationError):
        return None
    return kept.summary if kept.mark == _mark(run) else None


def summarise(run: Run, *, check: Check | None = None) -> RunSummary:
    r"""The summary of a run: the one that is kept, else made now and kept.

    Raises
    ------
    InputError
        If its files cannot be read or evaluated.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.actions.import_ import ImportRequest, import_
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "small-cnn.csv")
    ...     _ = file.write_text("y_true,y_pred\na,a\nb,a\n")
    ...     run = import_(ImportRequest(file, artifacts=folder))
    ...     summarise(run).accuracy, kept_summary(run).accuracy
    (0.5, 0.5)
    """
    kept = kept_summary(run)
    if kept is not None:
        return kept
    mark = _mark(run)  # before it is read: a change meanwhile makes it stale
    summary = _summarise(run, check)
    if run.info.status != "training":
        document = msgspec.json.encode(_Kept(FORMAT, mark, summary))
        content = msgspec.json.format(document)
        # A full or read-only disk costs only speed.
        with suppress(OSError):
            path = _path(run)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, lambda new: new.write_bytes(content))
    return summary


def _summarise(run: Run, check: Check | None) -> RunSummary:
    from hirise.actions.check import CheckRequest
    from hirise.actions.check import check as check_source
    from hirise.diagnosis.configuration import NONE
    from hirise.evaluation import run_scores

    if not run.splits() and run.history().empty:
        return RunSummary()
    split = run.choose_split() if run.splits() else None
    checked = (check or check_source)(CheckRequest(run, split=split, config=NONE))
    evidence, verdict = checked.evidence, checked.diagnosis.verdict
    scores = {
        name: None if math.isnan(value) else float(value)
        for name, value in run_scores(run, known=evidence.predictions).items()
    }
    if evidence.evaluation is None:
        known = {name: scores.get(f"val_{name}") for name in SCORES}
        return RunSummary(verdict.title, verdict.key, "", **known, scores=scores)
    summary = evidence.evaluation.summary["value"]
    found = {name: float(summary[name]) for name in SCORES}
    known = {
        name: None if math.isnan(value) else value for name, value in found.items()
    }
    return RunSummary(
        verdict.title,
        verdict.key,
        evidence.evaluation.split or "",
        **known,
        scores=scores,
    )


def _path(run: Run) -> Path:
    """In the run; of an example, to which nothing is written, in the cache."""
    if not run.is_example:
        return run.folder / SUMMARY
    from hirise.data.cache import cache_folder  # loads the readers of images

    name = hashlib.blake2b(str(run.folder.resolve()).encode(), digest_size=8)
    return cache_folder() / "summaries" / f"{name.hexdigest()}.json"


def _mark(run: Run) -> str:
    """Changes with what a check reads of a run, and with the code that checks."""
    also = []
    for name in ALSO_READ:
        with suppress(OSError):
            status = (run.folder / name).stat()
            also.append((name, status.st_mtime_ns, status.st_size))
    # Without the folder, which may be named by a relative path or another.
    text = repr((run.stamp[1:], also, _code_mark()))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@cache
def _code_mark() -> str:
    """Changes with the code of hirise: another version may say something else."""
    code = hashlib.blake2b(digest_size=8)
    root = Path(hirise.__file__).parent
    for path in sorted(root.rglob("*.py")):
        code.update(path.read_bytes())
    return code.hexdigest()
