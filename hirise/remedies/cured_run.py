"""A run and its cure: what remedies may look at, the new run, and a fair comparison."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from hirise.diagnosis import Diagnosis, Evidence
from hirise.diagnosis.proof import Contender, contenders
from hirise.diagnosis.wording import lowered
from hirise.errors import InputError
from hirise.predictions import choose_split, read_predictions
from hirise.predictions.table import UNLABELLED
from hirise.remedies.chain import Cured
from hirise.remedies.remedy import Ground
from hirise.runs import Run, RunWriter, create_run
from hirise.runs.folder import IMAGE_FEATURES
from hirise.runs.tables import LABELS_GIVEN, SPLIT_GIVEN
from hirise.runs.writer import portable_path

FITTED_ON = "val"

_KEPT = (
    "catalog.parquet",
    "labels_seen.parquet",
    IMAGE_FEATURES,
    LABELS_GIVEN,
    SPLIT_GIVEN,
)
"""What tells of the data, not of the network's training."""

_FOREIGN = "its labels do not belong to their images (HR101)"
_MOST_TITLE = 70


def target_split(run: Run, wanted: str | None = None) -> str:
    """The split to cure: the wanted one, else test, else another one than val.

    Raises
    ------
    InputError
        No predictions, or no such split.
    """
    names = run.splits()
    if not names:
        raise InputError(
            f"Run {run.info.id} has no predictions to cure; it is {run.info.status}. "
            f"Choose a run that made some."
        )
    apart = [name for name in names if name not in (FITTED_ON, "train")]
    if wanted is None and "test" in apart:
        return "test"
    chosen = apart if wanted is None and apart else list(names)
    return choose_split(chosen, wanted, where=f"run {run.info.id}")


def ground_of_run(
    run: Run,
    evidence: Evidence,
    diagnosis: Diagnosis,
    *,
    val_itself: bool = False,
) -> Ground:
    """What remedies may look at, for the split that `evidence` was gathered of.

    Parameters
    ----------
    run : Run
    evidence, diagnosis
        Of the split that is to be cured.
    val_itself : bool
        Where that split is val, parameters are chosen on it all the same: to be looked
        at with the remark that its scores flatter, never for a cure.
    """
    if evidence.predictions is None:
        raise InputError(f"Run {run.info.id} has no predictions to cure.")
    val = None
    if val_itself and evidence.predictions.split == FITTED_ON:
        val = evidence.predictions
    elif FITTED_ON in run.splits() and evidence.predictions.split != FITTED_ON:
        val = read_predictions(run.predictions_path(FITTED_ON))
        if val.class_names != evidence.predictions.class_names:
            raise InputError(
                f"Run {run.info.id}: val and {evidence.predictions.split} have "
                f"different classes, so nothing that is chosen on val holds for it."
            )
    foreign = any(
        (finding.code, finding.severity, finding.subject)
        == ("HR101", "error", FITTED_ON)
        for finding in diagnosis.findings
    )
    return Ground(
        target=evidence.predictions,
        val=val,
        training_shares=evidence.training_shares,
        where=f"Run {run.info.id}",
        doubt=_FOREIGN if foreign else "",
    )


def write_cured_run(
    cured: Cured,
    parent: Run,
    artifacts: Path,
    *,
    title: str | None = None,
    seconds: float | None = None,
) -> Run:
    """Write cured predictions as a new run beside the old one.

    Only the cured split is written: scores on val, where the parameters were chosen,
    would flatter. `run.json` names the `parent` and the `remedies` with their
    parameters; curves and network stay with the parent.

    Parameters
    ----------
    cured : Cured
    parent : Run
    artifacts : Path
        Where run folders are kept.
    title : str, optional
        Defaults to the parent's with the remedies.
    seconds : float, optional
        What the cure took.

    Raises
    ------
    InputError
        A folder that cannot be written to; nothing is left there then.
    """
    remedies = ", ".join(lowered(step.title) for step in cured.steps)
    writer = create_run(
        artifacts,
        title=title or f"{cut_title(parent.info.title)}, {remedies}",
        class_names=cured.after.class_names,
        recipe=parent.info.recipe,
        dataset=dataset_beside(parent, artifacts),
        seed=parent.info.seed,
        notes=_notes(cured, parent),
    )
    try:
        writer.write_predictions(cured.after.split, cured.after.write)
        keep_tables(writer, parent)
        writer.finish(
            "finished",
            seconds=seconds,
            epoch=parent.info.epoch,
            parent=parent.info.id,
            remedies=[
                {"key": step.key, "parameters": dict(step.parameters)}
                for step in cured.steps
            ],
        )
    except BaseException:
        shutil.rmtree(writer.folder, ignore_errors=True)
        raise
    return writer.read()


def cut_title(title: str) -> str:
    """A title that leaves room for what follows it."""
    return title if len(title) <= _MOST_TITLE else f"{title[: _MOST_TITLE - 1]}…"


def _notes(cured: Cured, parent: Run) -> list[str]:
    steps = [f"{step.title}: {step.told}" for step in cured.steps]
    notes = [f"Cured without training from run {parent.info.id}.", *steps]
    left_out = len(cured.before) - len(cured.after)
    if left_out:
        notes.append(
            f"{left_out:,} of {len(cured.before):,} images are not answered and left "
            f"out."
        )
    return notes


def dataset_beside(parent: Run, artifacts: Path) -> dict[str, object] | None:
    """What `run.json` says of the dataset of a run made from `parent`."""
    if parent.info.dataset is None:
        return None
    path = parent.dataset_path
    portable = None if path is None else portable_path(path, artifacts)
    return {**parent.info.dataset, "path": portable}


def keep_tables(writer: RunWriter, parent: Run) -> None:
    """Copy what tells of the data into a run made from `parent`."""
    for name in _KEPT:
        source = parent.folder / name
        if source.is_file():
            writer.write_file(name, partial(shutil.copyfile, source))


class Judged(NamedTuple):
    """Both sides, what must be known to read them, and true labels that differ."""

    before: Contender
    after: Contender
    remarks: tuple[str, ...]
    n_rejudged: int


def judged_cure(
    before: Run, after: Run, remedies: Sequence[str], *, split: str | None
) -> Judged:
    """What `prove` compares of a cure by these remedies, on `split`.

    Raises
    ------
    InputError
        If the runs have nothing to compare.
    """
    one, two = contenders(before, after, split=split)
    changed = 0
    if "repaired-labels" in remedies:
        one, changed = judged_alike(one, two)
    told = remarks(remedies, changed, two.predictions.split or "")
    return Judged(one, two, tuple(told), changed)


def judged_alike(before: Contender, after: Contender) -> tuple[Contender, int]:
    """`before` judged by the truth of `after`, image by image; how many it changes."""
    old, new = before.predictions, after.predictions
    if old.image is None or new.image is None or old.y_true is None:
        return before, 0
    if new.y_true is None:
        return before, 0
    named = np.array([*new.class_names, None], dtype=object)[new.y_true]
    truth = pd.Series(named, index=pd.Index(new.image)).reindex(pd.Index(old.image))
    ids = {name: number for number, name in enumerate(old.class_names)}
    found = truth.map(ids).fillna(UNLABELLED).to_numpy(dtype=np.int64)
    known = found != UNLABELLED
    changed = int((found != old.y_true)[known].sum())
    judged = np.where(known, found, old.y_true)
    return replace(before, predictions=replace(old, y_true=judged)), changed


def remarks(keys: Sequence[str], n_rejudged: int, split: str) -> list[str]:
    """What must be known to read the comparison."""
    told = []
    if "split-by-group" in keys:
        told.append(
            "The score before was measured on images of which copies or neighbours "
            "were trained on, so a lower one now is no loss: it is what new images "
            "give."
        )
    if n_rejudged:
        told.append(
            f"Both are judged by the repaired labels: {n_rejudged:,} true labels of "
            f"{split} were others before."
        )
    return told
