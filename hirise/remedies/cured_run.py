"""A run and its cure: what remedies are fitted on, the new run, and the comparison."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from hirise.remedies.remedy import FitData
from hirise.runs import Run, RunWriter, create_run
from hirise.runs.folder import IMAGE_FEATURES
from hirise.runs.tables import LABELS_GIVEN, SPLIT_GIVEN
from hirise.runs.writer import portable_path

FITTED_ON = "val"

_DATA_FILES = (
    "catalog.parquet",
    "labels_seen.parquet",
    IMAGE_FEATURES,
    LABELS_GIVEN,
    SPLIT_GIVEN,
)
"""Files about the data, not about the training of the network."""

_MOST_TITLE = 70


def target_split(run: Run, chosen: str | None = None) -> str:
    """The split to cure: the chosen one, else test, else another one than val.

    Raises
    ------
    InputError
        No predictions, or no such split.
    """
    names = run.splits()
    if not names:
        raise InputError(
            f"Run {run.info.id} has no predictions to cure. It is {run.info.status}.",
            how="Choose a run that made some.",
        )
    others = [name for name in names if name not in (FITTED_ON, "train")]
    if chosen is None and "test" in others:
        return "test"
    known = others if chosen is None and others else list(names)
    return choose_split(known, chosen, where=f"run {run.info.id}")


def fit_data_of(
    run: Run,
    evidence: Evidence,
    diagnosis: Diagnosis,
    *,
    val_itself: bool = False,
) -> FitData:
    """What remedies are fitted on, for the split that `evidence` was gathered from.

    Parameters
    ----------
    run : Run
    evidence, diagnosis
        Of the split that is to be cured.
    val_itself : bool
        Where that split is val, parameters are chosen on it all the same: for display
        with the remark that its scores are optimistic, never for a cure.
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
                "different classes, so nothing that is chosen on val holds for it.",
                how="Import predictions of both with the same classes.",
            )
    crossed = val is None and bool(evidence.predictions.labelled.any())
    chosen_on = evidence.predictions.split if crossed else FITTED_ON
    are_labels_wrong = any(
        (finding.code, finding.severity, finding.subject)
        == ("HR101", "error", chosen_on)
        for finding in diagnosis.findings
    )
    doubt = "its labels do not belong to their images (HR101)"
    return FitData(
        target=evidence.predictions,
        val=val,
        class_frequencies=evidence.training_shares,
        where=f"Run {run.info.id}",
        label_doubt=doubt if are_labels_wrong else None,
        crossed=crossed,
    )


@contextmanager
def run_beside(
    parent: Run,
    artifacts: Path,
    *,
    title: str | None,
    suffix: str,
    notes: Sequence[str],
    class_names: Sequence[str] = (),
    packages: Sequence[str] = (),
) -> Iterator[RunWriter]:
    """A new run made from `parent`, with its data; removed if anything fails.

    Parameters
    ----------
    title : str or None
        The parent's with the `suffix` by default.
    class_names : sequence of str
        Those of the parent by default.
    """
    dataset = parent.info.dataset
    if dataset is not None:
        path = parent.dataset_path
        portable = None if path is None else portable_path(path, artifacts)
        dataset = {**dataset, "path": portable}
    writer = create_run(
        artifacts,
        title=title or f"{shorten_title(parent.info.title)}, {suffix}",
        class_names=class_names or parent.info.class_names,
        recipe=parent.info.recipe,
        dataset=dataset,
        seed=parent.info.seed,
        packages=packages,
        notes=notes,
    )
    try:
        for name in _DATA_FILES:
            source = parent.folder / name
            if source.is_file():
                writer.write_file(name, partial(shutil.copyfile, source))
        yield writer
    except BaseException:
        shutil.rmtree(writer.folder, ignore_errors=True)
        raise


def shorten_title(title: str) -> str:
    """A title that leaves room for what follows it.

    Examples
    --------
    >>> shorten_title("small-cnn"), len(shorten_title("a" * 100))
    ('small-cnn', 70)
    """
    return title if len(title) <= _MOST_TITLE else f"{title[: _MOST_TITLE - 1]}…"


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
    would be optimistic. `run.json` names the `parent` and the `remedies` with their
    parameters; curves and network stay with the parent.

    Parameters
    ----------
    cured : Cured
    parent : Run
    artifacts : Path
        Where run folders are kept.
    title : str, optional
        The parent's with the remedies by default.
    seconds : float, optional
        What the cure took.

    Raises
    ------
    InputError
        A folder that cannot be written to; nothing is left there then.
    """
    with run_beside(
        parent,
        artifacts,
        title=title,
        suffix=", ".join(lowered(step.title) for step in cured.steps),
        class_names=cured.after.class_names,
        notes=_notes(cured, parent),
    ) as writer:
        writer.write_predictions(cured.after.split, cured.after.write)
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
    return writer.read()


def _notes(cured: Cured, parent: Run) -> list[str]:
    steps = [f"{step.title}: {step.sentence}" for step in cured.steps]
    notes = [f"Cured without training from run {parent.info.id}.", *steps]
    n_unanswered = len(cured.before) - len(cured.after)
    if n_unanswered:
        notes.append(
            f"{n_unanswered:,} of {len(cured.before):,} images are left unanswered."
        )
    return notes


class CureComparison(NamedTuple):
    """Both runs as they are compared, and what must be known to read the comparison.

    Attributes
    ----------
    before, after : Contender
    remarks : tuple of str
    n_relabelled : int
        True labels of `before` that were replaced by those of `after`.
    """

    before: Contender
    after: Contender
    remarks: tuple[str, ...]
    n_relabelled: int


def compare_cure(
    before: Run, after: Run, remedies: Sequence[str], *, split: str | None
) -> CureComparison:
    """What `prove` compares of a cure by these remedies, on `split`.

    Raises
    ------
    InputError
        If the runs have nothing to compare.
    """
    old, new = contenders(before, after, split=split)
    n_relabelled = 0
    if "repaired-labels" in remedies:
        old, n_relabelled = with_labels_of(new, old)
    remarks = []
    if "split-by-group" in remedies:
        remarks.append(
            "The score before was measured on images whose copies or neighbours were "
            "in training. A lower score now is no loss: it is the score on new "
            "images."
        )
    if n_relabelled:
        remarks.append(
            f"Both are evaluated with the repaired labels: {n_relabelled:,} true "
            f"labels of {new.predictions.split or ''} were different before."
        )
    return CureComparison(old, new, tuple(remarks), n_relabelled)


def with_labels_of(new: Contender, old: Contender) -> tuple[Contender, int]:
    """`old` with the true labels of `new`, image by image; how many that changes.

    Examples
    --------
    >>> from hirise.predictions import Predictions
    >>> names, y_pred = ("a", "b"), np.array([0, 0])
    >>> before = Predictions(y_pred, names, np.array([1, 0]), image=["x", "y"])
    >>> after = Predictions(y_pred, names, np.array([0, 0]), image=["x", "y"])
    >>> old, new = Contender("old", before), Contender("new", after)
    >>> old, n_changed = with_labels_of(new, old)
    >>> old.predictions.y_true.tolist(), n_changed
    ([0, 0], 1)
    """
    before, after = old.predictions, new.predictions
    if before.image is None or after.image is None:
        return old, 0
    if before.y_true is None or after.y_true is None:
        return old, 0
    # The id of an unlabelled image, -1, takes the None at the end.
    names = np.array([*after.class_names, None], dtype=object)[after.y_true]
    labels = pd.Series(names, index=pd.Index(after.image))
    ids = {name: number for number, name in enumerate(before.class_names)}
    of_old = labels.reindex(pd.Index(before.image)).map(ids)
    truth = of_old.fillna(UNLABELLED).to_numpy(dtype=np.int64)
    known = truth != UNLABELLED
    n_changed = int((truth != before.y_true)[known].sum())
    y_true = np.where(known, truth, before.y_true)
    return replace(old, predictions=replace(before, y_true=y_true)), n_changed
