"""Evidence from a run folder, a predictions file, or a history alone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from hirise.diagnosis.activations import Activations, parse_activations
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.labels import LabelEvidence
from hirise.diagnosis.leakage import leakage_of_run
from hirise.evaluation import evaluate
from hirise.history import read_curves
from hirise.predictions import Predictions, choose_split, read_predictions
from hirise.runs import Run
from hirise.runs.saliency import read_saliency


def gather(
    run: Run,
    *,
    split: str | None = None,
    cluster: str = "auto",
    training_shares: pd.Series | None = None,
    known: pd.DataFrame | None = None,
    features: pd.DataFrame | None = None,
) -> Evidence:
    """All that a run folder tells about one split (val by default, else test).

    A run without predictions, such as one that is still training, gives its curves.
    `known` is the table of the dataset's own catalog, instead of what the run kept;
    `features` are those of its images, see `hirise.dataset.image_features`.

    Raises
    ------
    InputError
        No such split, or a file of the run that cannot be read.
    """
    shares = training_shares if training_shares is not None else training_shares_of(run)
    catalog = run.catalog()
    evaluation, predictions, source = None, None, run.info.id
    saliency = None
    if run.splits() or split is not None:
        chosen = choose_split(list(run.splits()), split, where=f"run {run.info.id}")
        predictions = read_predictions(run.predictions_path(chosen))
        evaluation = evaluate(predictions, cluster=cluster, training_shares=shares)
        source = f"{run.info.id}/predictions/{run.predictions_path(chosen).name}"
        saliency = read_saliency(run, chosen, maps=False)
    return Evidence(
        source=source,
        evaluation=evaluation,
        history=_history(run),
        predicted_counts=run.predicted_counts(),
        training_shares=shares,
        split_counts=_split_counts(catalog, run),
        file_problems=_file_problems(run),
        select_by=(run.info.recipe or {}).get("select_by"),
        kept_epoch=run.info.epoch,
        predictions=predictions,
        activations=_activations(run),
        labels=LabelEvidence.of_run(run, known, predictions),
        leakage=leakage_of_run(run, predictions, features=features, cluster=cluster),
        saliency=saliency,
    )


def gather_curves(run: Run, *, before: Evidence | None = None) -> Evidence:
    """What a run's curves tell: without predictions, quick enough for each epoch.

    Of what was gathered `before` in the same training, only the curves are read again.
    """
    if before is not None:
        counts = run.predicted_counts()
        return replace(before, history=_history(run), predicted_counts=counts)
    return Evidence(
        source=run.info.id,
        history=_history(run),
        predicted_counts=run.predicted_counts(),
        training_shares=training_shares_of(run),
        split_counts=_split_counts(run.catalog(), run),
    )


def _activations(run: Run) -> Activations | None:
    found = run.activations()
    return None if found is None else parse_activations(found, where=str(run.folder))


def _history(run: Run) -> pd.DataFrame:
    """The curves; those that an import did not bring are left out."""
    history = run.history()
    imported = run.info.status == "imported"
    return history.dropna(axis=1, how="all") if imported else history


def gather_predictions(
    predictions: Predictions,
    *,
    source: str = "predictions",
    cluster: str = "auto",
    training_shares: pd.Series | None = None,
) -> Evidence:
    """What predictions alone tell."""
    evaluation = evaluate(predictions, cluster=cluster, training_shares=training_shares)
    return Evidence(
        source, evaluation, training_shares=training_shares, predictions=predictions
    )


def gather_history(path: Path, *, training_shares: pd.Series | None = None) -> Evidence:
    """What training curves alone tell; `path` is any that `read_curves` reads.

    Raises
    ------
    InputError
        Not a history.
    """
    curves = read_curves(path)
    return Evidence(
        str(path),
        history=curves.table,
        training_shares=training_shares,
        notes=curves.notes,
    )


def training_shares_of(run: Run) -> pd.Series | None:
    """Share of each class among the training labels that the network saw."""
    seen = run.labels_seen()
    if seen is None:
        return _shares_of_curves(run)
    labels = seen.loc[seen["split"] == "train", "label"]
    if labels.empty:
        return None
    names = list(run.info.class_names)
    counts = _named(labels, run)
    return counts.value_counts(normalize=True).reindex(names).fillna(0.0)


def _named(labels: "pd.Series[Any]", run: Run) -> "pd.Series[Any]":
    """Class names of labels that are ids; other labels as they are."""
    known = labels.map(dict(enumerate(run.info.class_names))).astype(object)
    return known.where(known.notna(), labels)


def _shares_of_curves(run: Run) -> pd.Series | None:
    """For imported curves alone: the shares of the dataset that came with them."""
    catalog = run.catalog()
    if run.info.status != "imported" or run.splits() or catalog is None:
        return None
    counts = catalog["class_name"].value_counts(normalize=True)
    return counts.reindex(list(run.info.class_names)).fillna(0.0)


def _split_counts(catalog: pd.DataFrame | None, run: Run) -> pd.DataFrame | None:
    """From the labels that were seen, by which curves are judged, else the catalog."""
    seen = run.labels_seen()
    known = None if catalog is None else split_counts(catalog, run)
    if seen is None:
        return known
    given = split_counts(seen.assign(class_name=_named(seen["label"], run)), run)
    return given if known is None else known.assign(**given)


def split_counts(catalog: pd.DataFrame, run: Run) -> pd.DataFrame:
    """Images per class (index, in the order of ids) and split (columns)."""
    used = catalog[catalog["split"] != ""]
    table = pd.crosstab(used["class_name"], used["split"])
    order = [name for name in ("train", "val", "test") if name in table.columns]
    names = list(run.info.class_names)
    return table.reindex(index=names, columns=order, fill_value=0)


def _file_problems(run: Run) -> pd.Series | None:
    found = (run.info.dataset or {}).get("problems")
    if found is None:
        return None
    return pd.Series(found, dtype="int64")
