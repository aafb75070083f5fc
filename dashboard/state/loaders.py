"""Runs, datasets and diagnoses for the pages, through bounded caches."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from hirise.actions import resolve_run
from hirise.actions.check import (
    CheckRequest,
    CheckResult,
    check,
    configured,
    found_configuration,
)
from hirise.actions.compare import CompareRequest, CompareResult, compare
from hirise.actions.data_info import DataInfo, DataInfoRequest, data_info
from hirise.actions.describe import DescribeRequest, describe
from hirise.actions.examine import ExaminePlan, ExamineRequest, plan_examination
from hirise.actions.runs import ListedRuns, ListRequest, list_runs
from hirise.actions.suggest import (
    FirstRemedy,
    Suggested,
    SuggestRequest,
    first_remedy,
    suggest,
)
from hirise.actions.summary import SCORES, RunSummary, kept_summary, summarise
from hirise.data import Catalog, SplitResult
from hirise.data.simulated import SimulatedMars
from hirise.data.splits import FRACTIONS
from hirise.diagnosis import Diagnosis, Evidence
from hirise.diagnosis.configuration import NONE, Configuration
from hirise.errors import InputError, Refusal
from hirise.evaluation import (
    confidence_histogram,
    precision_recall_curves,
    threshold_table,
)
from hirise.figures.learning_curves import run_baselines
from hirise.importing import Corrections, Understood
from hirise.predictions import Predictions
from hirise.runs import Run
from hirise.runs.images import RunImages, images_folder, run_images

Stamp = tuple[Any, ...]

MOST_CHECKED = 10_000
"""Files of a folder that are checked for changes."""


def file_mark(path: Path) -> str:
    """Changes when the file does, or a file in the folder."""
    below = islice(path.rglob("*"), MOST_CHECKED) if path.is_dir() else ()
    try:
        stats = [entry.stat(follow_symlinks=False) for entry in (path, *below)]
    except OSError:
        return str(path)
    newest, size = max(s.st_mtime_ns for s in stats), sum(s.st_size for s in stats)
    return f"{path} {newest} {size}" + (f" {len(stats)}" if below else "")


def data_marks(data: Path | SimulatedMars) -> tuple[Any, ...]:
    """Changes when a label file does, or a folder gets or loses files."""
    return (data.name,) if isinstance(data, SimulatedMars) else _folder_marks(data)


def _folder_marks(folder: Path) -> tuple[Any, ...]:
    try:
        if folder.is_file():
            return (str(folder), folder.stat().st_mtime_ns)
        entries = [e for e in os.scandir(folder) if e.is_dir() or _lists(e.name)]
        marks = sorted((entry.name, entry.stat().st_mtime_ns) for entry in entries)
        return (str(folder), folder.stat().st_mtime_ns, *marks)
    except OSError:
        return (str(folder),)


def _lists(name: str) -> bool:
    return name.lower().endswith((".csv", ".tsv", ".txt"))


def artifacts_folder() -> Path:
    """The folder of the runs, as `hirise dashboard --artifacts` sets it."""
    return Path(os.environ.get("HIRISE_ARTIFACTS", "artifacts"))


def all_runs() -> ListedRuns:
    """Every run, newest first, read from disk: a killed training leaves no trace."""
    return list_runs(ListRequest(artifacts_folder()))


def listed_runs() -> ListedRuns:
    """Those of the run selector: also a requested run of the replay that ships."""
    requested = st.session_state.get("run", st.query_params.get("run"))
    replayed = str(requested) if requested else None
    return list_runs(ListRequest(artifacts_folder(), replayed))


def prepare() -> None:
    """Evaluate the run that is shown first, before a page needs it.

    Nothing is raised: its page reports errors of a run.
    """
    with suppress(InputError):
        for run in all_runs().runs[:1]:
            if run.splits():
                load_diagnosis(run, None)


def chosen_run() -> Run | None:
    """The run of the selector in the sidebar, as it is on disk now.

    None if there are no runs at all, as when their folder was deleted meanwhile.
    """
    name = st.session_state.get("run")
    if not name:
        return None
    try:
        return resolve_run(name, artifacts_folder())
    except InputError:
        if all_runs().runs:
            raise
        return None


def chosen_split(run: Run) -> str | None:
    """The split of the selector in the sidebar; None before predictions."""
    split = st.session_state.get("split")
    return str(split) if split in run.splits() else None


def load_check(
    run: Run, split: str | None, configuration: Configuration | None = None
) -> CheckResult:
    """The check of a run on `split` or the usual one, which is evaluated once.

    As `configuration` has it, else `hirise.toml` of the server's folder, or of one
    above it.
    """
    plain = load_plain_check(run, split)
    configuration = configuration or found_configuration()
    if configuration is None:
        return plain
    return _configured(run.stamp, split, repr(configuration), plain, configuration)


def load_plain_check(run: Run, split: str | None) -> CheckResult:
    """The same without a configuration, on which no verdict and no cause depends."""
    if split is None and run.splits():
        split = run.choose_split()
    return _check(run.stamp, split, run)


def check_again(request: CheckRequest) -> CheckResult:
    """For actions that check a run: the check that was made for a page."""
    if not isinstance(request.source, Run):
        raise TypeError(f"`source` must be a run, got {type(request.source)}.")
    return load_plain_check(request.source, request.split)


def load_evidence(run: Run, split: str | None) -> Evidence:
    """Everything that the checks read of a run, on `split` or the usual one."""
    return load_plain_check(run, split).evidence


def load_diagnosis(run: Run, split: str | None) -> Diagnosis:
    """The verdict on `split`, with its findings."""
    return load_check(run, split).diagnosis


def load_comparison(
    before: Run, after: Run, split: str | None, *, remedies: tuple[str, ...] = ()
) -> CompareResult:
    """What `after`, made by `remedies`, changes on `split`, else on a common one."""
    shared = split if split in before.splits() else None
    return _comparison(before.stamp, after.stamp, remedies, shared, before, after)


def load_suggested(run: Run, split: str) -> Suggested:
    """The recommended remedies, and what each would do, evaluated on `split`."""
    return _suggested(run.stamp, split, run)


def load_first_remedy(run: Run, split: str | None) -> FirstRemedy | None:
    """The remedy that a run is offered first, or why it cannot be applied."""
    return _first_remedy(run.stamp, split, run)


def load_experiments(run: Run, split: str | None) -> ExaminePlan:
    """The experiments that would decide between the causes."""
    # Which are possible depends on the images, too.
    return _experiments((*run.stamp, str(images_folder(run))), split, run)


def load_predictions(run: Run, split: str) -> Predictions:
    """The predictions of `split`, as they were evaluated."""
    predictions = load_evidence(run, split).predictions
    if predictions is None:
        raise ValueError(f"`split` must be one with predictions, got {split!r}.")
    return predictions


def load_curves(run: Run, split: str, names: tuple[str, ...]) -> pd.DataFrame:
    """Precision-recall curves of some classes; empty without probabilities."""
    return _curves(run.stamp, split, tuple(sorted(set(names))), run)


def load_thresholds(run: Run, split: str, class_name: str) -> pd.DataFrame:
    """Precision and recall of one class at each threshold on its probability."""
    return _thresholds(run.stamp, split, class_name, run)


def load_confidence(run: Run, split: str) -> pd.DataFrame:
    """Histogram of the confidence, correct and incorrect; empty without one."""
    return _confidence(run.stamp, split, run)


def load_baselines(run: Run) -> dict[str, dict[str, float]]:
    """Baselines by metric of `history.csv`, for the learning curves."""
    return _baselines(run.stamp, run)


def load_images(run: Run, names: tuple[str, ...]) -> RunImages:
    """The pixels of some images of a run, as far as they are available."""
    folder = images_folder(run)
    # The folder too: images may appear there while the run stays as it is.
    return _images((*run.stamp, str(folder)), names, run)


def load_summary(run: Run) -> RunSummary | Refusal:
    """Verdict and scores of one run for the list of runs, or why there are none."""
    return _summary(run.stamp, run)


def load_summaries(
    runs: Sequence[Run], *, seconds: float
) -> dict[str, RunSummary | Refusal]:
    """The summaries of some runs by id, as far as they can be made in `seconds`.

    Those that are kept are read in any case. Who calls again gets more.
    """
    end = time.monotonic() + seconds
    made: set[Stamp] = st.session_state.setdefault("summarised", set())
    found = {}
    for run in runs:
        if run.stamp not in made:
            if kept_summary(run) is None and time.monotonic() > end:
                continue
            made.add(run.stamp)
        found[run.info.id] = load_summary(run)
    return found


def load_row(run: Run) -> dict[str, Any]:
    """Verdict and scores of one run as a row of a table."""
    return summary_row(load_summary(run))


def summary_row(summary: RunSummary | Refusal | None) -> dict[str, Any]:
    """The same of a summary; None is one that is not made yet."""
    row: dict[str, Any] = dict.fromkeys(("verdict", "split", "problem"), "")
    row |= dict.fromkeys(SCORES)
    if summary is None:
        return row | {"verdict": "…"}
    if isinstance(summary, Refusal):
        return row | {"problem": summary}
    return row | {
        name: getattr(summary, name) for name in ("verdict", "split", *SCORES)
    }


def load_size(run: Run) -> int:
    """Bytes that a run takes on the disk."""
    return _size(run.stamp, run)


def load_catalog(data: Path | SimulatedMars, label_column: str = "") -> Catalog:
    """The images of a folder; read again when files come or go.

    Those of simulated Mars are known before they are simulated.
    """
    return load_data_info(data, label_column).catalog


def load_data_info(data: Path | SimulatedMars, label_column: str = "") -> DataInfo:
    """The same, with the splits that these images allow."""
    return _data_info(data_marks(data), label_column, data)


def load_splits(
    data: Path | SimulatedMars,
    split: str,
    seed: int,
    fractions: tuple[float, float, float] = FRACTIONS,
    label_column: str = "",
) -> SplitResult:
    """The images divided into splits, by a strategy or by a CSV file."""
    file = Path(split)
    mark = file.stat().st_mtime_ns if file.is_file() else 0
    marks = (*data_marks(data), mark)
    return _splits(marks, split, seed, fractions, label_column, data)


def load_understood(path: Path, corrections: Corrections) -> Understood:
    """What a file to import holds, with the meaning of its names guessed."""
    return _understood(file_mark(path), corrections, path)


# A time limit, as the marks miss changes in folders further down.
@st.cache_resource(max_entries=2, ttl=600, show_spinner="Listing the images …")
def _data_info(
    marks: Stamp, label_column: str, _data: Path | SimulatedMars
) -> DataInfo:
    data = _data.name if isinstance(_data, SimulatedMars) else _data
    return data_info(DataInfoRequest(data, label_column=label_column or None))


@st.cache_resource(max_entries=4, ttl=600, show_spinner="Reading the file …")
def _understood(mark: str, corrections: Corrections, _path: Path) -> Understood:
    request = DescribeRequest(
        _path,
        split=corrections.split,
        logits=corrections.logits,
        class_names=corrections.class_names,
        columns=dict(corrections.columns),
        **corrections.decisions,
    )
    return describe(request)


@st.cache_resource(max_entries=8, show_spinner=False)
def _splits(
    stamp: Stamp,
    split: str,
    seed: int,
    fractions: tuple[float, float, float],
    label_column: str,
    _data: Path | SimulatedMars,
) -> SplitResult:
    info = load_data_info(_data, label_column)
    return info.split(split, seed=seed, fractions=fractions)


# A resource, which is shared; `cache_data` would copy it at every hit.
@st.cache_resource(max_entries=24, show_spinner="Evaluating …")
# Streamlit does not hash `_run`: the stamp stands for it in the key.
def _check(stamp: Stamp, split: str | None, _run: Run) -> CheckResult:
    return check(CheckRequest(_run, split=split, config=NONE))


@st.cache_resource(max_entries=24, show_spinner=False)
def _configured(
    stamp: Stamp,
    split: str | None,
    told: str,
    _plain: CheckResult,
    _configuration: Configuration,
) -> CheckResult:
    return configured(_plain, _configuration)


@st.cache_resource(max_entries=6, show_spinner="Comparing …")
def _comparison(
    before: Stamp,
    after: Stamp,
    keys: tuple[str, ...],
    split: str | None,
    _before: Run,
    _after: Run,
) -> CompareResult:
    request = CompareRequest(_before, _after, split=split, remedies=keys)
    return compare(request, check=check_again)


@st.cache_data(max_entries=20, show_spinner="Trying the remedies …")
def _suggested(stamp: Stamp, split: str, _run: Run) -> Suggested:
    return suggest(SuggestRequest(_run, split=split), check=check_again)


@st.cache_data(max_entries=50, show_spinner=False)
def _first_remedy(stamp: Stamp, split: str | None, _run: Run) -> FirstRemedy | None:
    return first_remedy(SuggestRequest(_run, split=split), check=check_again)


@st.cache_resource(max_entries=50, show_spinner=False)
def _experiments(stamp: Stamp, split: str | None, _run: Run) -> ExaminePlan:
    return plan_examination(ExamineRequest(_run, split=split), check=check_again)


@st.cache_data(max_entries=12, show_spinner=False)
def _curves(
    stamp: Stamp, split: str, names: tuple[str, ...], _run: Run
) -> pd.DataFrame:
    return precision_recall_curves(load_predictions(_run, split), names)


@st.cache_data(max_entries=50, show_spinner=False)
def _thresholds(stamp: Stamp, split: str, class_name: str, _run: Run) -> pd.DataFrame:
    return threshold_table(load_predictions(_run, split), class_name)


@st.cache_data(max_entries=12, show_spinner=False)
def _confidence(stamp: Stamp, split: str, _run: Run) -> pd.DataFrame:
    return confidence_histogram(load_predictions(_run, split))


@st.cache_data(max_entries=50, show_spinner=False)
def _baselines(stamp: Stamp, _run: Run) -> dict[str, dict[str, float]]:
    return run_baselines(_run)


@st.cache_resource(max_entries=20, show_spinner=False)
def _images(stamp: Stamp, names: tuple[str, ...], _run: Run) -> RunImages:
    return run_images(_run, names)


@st.cache_data(max_entries=500, show_spinner=False)
def _summary(stamp: Stamp, _run: Run) -> RunSummary | Refusal:
    """Verdict and scores; a file that cannot be read is reported, not raised."""
    try:
        return summarise(_run, check=check_again)
    except InputError as error:
        return error.refusal


@st.cache_data(max_entries=2000, show_spinner=False)
def _size(stamp: Stamp, _run: Run) -> int:
    return _run.size_bytes
