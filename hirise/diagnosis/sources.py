"""Evidence from what a person has: a run, curves, a file, a table, arrays."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import pandas as pd

from hirise.diagnosis.evidence import Activations, Evidence, parse_activations
from hirise.diagnosis.labels import LabelEvidence
from hirise.diagnosis.leakage import leakage_of_run
from hirise.diagnosis.usual import readable_settings
from hirise.errors import InputError, parameter
from hirise.evaluation import evaluate
from hirise.history import is_history, predictions_in, read_curves
from hirise.predictions import (
    Predictions,
    predictions_of,
    read_predictions,
)
from hirise.predictions.decisions import Decisions
from hirise.progress import Progress
from hirise.runs import Run, find_run
from hirise.runs.experiments import read_experiments
from hirise.runs.info import INFO_FILE
from hirise.runs.saliency import read_saliency
from hirise.runs.tables import measured_first

if TYPE_CHECKING:
    from hirise.data import Catalog


def gather(
    run: Run,
    *,
    split: str | None = None,
    cluster: str = "auto",
    training_shares: pd.Series | None = None,
    known: pd.DataFrame | None = None,
    features: pd.DataFrame | None = None,
) -> Evidence:
    """Collect what a run folder holds about one split (val by default, else test).

    A run without predictions, such as one that is still training, gives its curves.
    `known` is the table of the dataset's own catalog, instead of what the run kept;
    `features` are those of its images, see `hirise.data.features`.

    Raises
    ------
    InputError
        No such split, or a file of the run that cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> predictions = predictions_of({"y_true": ["a", "b"], "y_pred": ["a", "a"]})
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=["a", "b"])
    ...     writer.write_predictions("val", predictions.write)
    ...     gather(writer.read()).evaluation.metric("accuracy")
    0.5
    """
    shares = training_shares if training_shares is not None else training_shares_of(run)
    catalog, settings = run.catalog(), readable_settings(run.info.recipe or {})
    evaluation, predictions, source = None, None, run.info.id
    saliency = None
    if run.splits() or split is not None:
        chosen = run.choose_split(split)
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
        select_by=settings.get("select_by"),
        kept_epoch=run.info.epoch,
        predictions=predictions,
        activations=_activations(run),
        labels=LabelEvidence.of_run(run, known, predictions),
        leakage=leakage_of_run(run, predictions, features=features, cluster=cluster),
        saliency=saliency,
        experiments=read_experiments(run),
        settings=settings,
        layer_stats=run.layer_stats(),
        gaps=run.info.status == "imported",
    )


def gather_curves(run: Run, *, before: Evidence | None = None) -> Evidence:
    """Collect a run's curves: without predictions, quick enough for each epoch.

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
        gaps=run.info.status == "imported",
    )


def _activations(run: Run) -> Activations | None:
    found = run.activations()
    return None if found is None else parse_activations(found, where=str(run.folder))


def _history(run: Run) -> pd.DataFrame:
    """The curves; those that an import did not bring are left out."""
    history = measured_first(run.history())
    imported = run.info.status == "imported"
    return history.dropna(axis=1, how="all") if imported else history


def gather_predictions(
    predictions: Predictions,
    *,
    source: str = "predictions",
    cluster: str = "auto",
    training_shares: pd.Series | None = None,
) -> Evidence:
    """Collect what predictions alone hold.

    Examples
    --------
    >>> from hirise.diagnosis.verdict import decide
    >>> predictions = predictions_of({"y_true": ["a", "b"] * 20, "y_pred": ["a"] * 40})
    >>> decide(gather_predictions(predictions).evaluation).key
    'collapsed'
    """
    evaluation = evaluate(predictions, cluster=cluster, training_shares=training_shares)
    return Evidence(
        source, evaluation, training_shares=training_shares, predictions=predictions
    )


def gather_history(path: Path, *, training_shares: pd.Series | None = None) -> Evidence:
    r"""Collect what training curves alone hold; `path` is any that `read_curves` reads.

    Raises
    ------
    InputError
        Not a history.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "log.csv")
    ...     _ = path.write_text("epoch,loss\n0,0.9\n1,0.7\n")
    ...     gather_history(path).history["loss"].tolist()
    [0.9, 0.7]
    """
    curves = read_curves(path)
    if training_shares is not None:
        curves = curves.with_classes(int((training_shares > 0).sum()))
    return Evidence(
        str(path),
        history=curves.table,
        training_shares=training_shares,
        notes=curves.notes,
        gaps=True,
    )


def training_shares_of(run: Run) -> pd.Series | None:
    """Share of each class among the training labels that the network saw.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> seen = pd.DataFrame(
    ...     {"image": list("wxyz"), "split": "train", "label": [0, 0, 0, 1]}
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=["a", "b"])
    ...     writer.write_table("labels_seen.parquet", seen)
    ...     training_shares_of(writer.read()).to_dict()
    {'a': 0.75, 'b': 0.25}
    """
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
    """For imported curves alone: the frequencies of the dataset beside them."""
    catalog = run.catalog()
    if run.info.status != "imported" or run.splits() or catalog is None:
        return None
    counts = catalog["class_name"].value_counts(normalize=True)
    return counts.reindex(list(run.info.class_names)).fillna(0.0)


def _split_counts(catalog: pd.DataFrame | None, run: Run) -> pd.DataFrame | None:
    """From the recorded labels, which the curves rest on, else the catalog."""
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


Source = Run | Predictions | pd.DataFrame | Mapping[str, Any] | str | os.PathLike[str]
"""A run, its id or folder; predictions, as such, in a file, a table or arrays; training
curves, in a file or a log folder."""

Shares = Mapping[str, float] | pd.Series


class Reading(Decisions, total=False):
    """How a file, table or arrays are read."""

    logits: bool
    class_names: Sequence[str] | None
    columns: Mapping[str, str] | None


class Options(TypedDict, total=False):
    """What is said of a source, however it is read."""

    split: str | None
    cluster: str
    training_shares: Shares | None
    data: str | os.PathLike[str] | None
    label_column: str | None
    artifacts: str | os.PathLike[str]


def gather_source(
    source: Source,
    *,
    split: str | None = None,
    cluster: str = "auto",
    logits: bool = False,
    class_names: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    training_shares: Shares | None = None,
    data: str | os.PathLike[str] | None = None,
    label_column: str | None = None,
    artifacts: str | os.PathLike[str] = "artifacts",
    progress: Progress | None = None,
    **decisions: Unpack[Decisions],
) -> Evidence:
    """Collect what a source holds about one split.

    Parameters
    ----------
    source : Run, Predictions, DataFrame, mapping, or path
        A run, its folder or its id; a predictions file (CSV, JSON, Parquet, npz) or a
        training history as `hirise.history.read_curves` takes it (CSV, JSON, an event
        file or log folder of TensorBoard, a run folder of MLflow); a table or arrays as
        `predictions_of` takes them, such as
        `{"y_true": labels, "proba": model.predict(images)}`.
    split : str, optional
        Defaults to val, else test, else the only one; names arrays, which have none.
    cluster : {"auto", "landmark", "observation", "none"}
        Unit that the intervals resample.
    logits : bool
        The scores are logits.
    class_names : sequence of str, optional
        Names of the classes in the order of their ids or numbered columns.
    columns : mapping of role to column, optional
        Such as `{"y_true": "label"}`, where a file or table calls them otherwise.
    training_shares : mapping or Series, optional
        Frequency, or number, of training images by class name.
    data : path, optional
        Dataset folder, for class frequencies, missing ground truth and copies of
        images.
    label_column : str, optional
        The dataset's column of labels, where several could be it.
    artifacts : path
        Folder of the runs, where `source` is an id.
    progress : Progress, optional
        Counts the images of `data` where they have to be decoded.
    **decisions
        `aggregate`, `threshold`, `abstain` and `ordinal`, as in `read_predictions`.

    Raises
    ------
    InputError
        What cannot be read or evaluated, saying what, where and how to fix it.

    Examples
    --------
    >>> evidence = gather_source({"y_true": ["a", "b"], "y_pred": ["a", "a"]})
    >>> evidence.evaluation.n_images
    2
    """
    shares = None if training_shares is None else _frequencies(training_shares)
    catalog = None if data is None else _catalog(Path(data), label_column)
    known: Run | Predictions | Path | None = None
    name = "predictions"
    if isinstance(source, str | os.PathLike):
        name = os.fspath(source)
        known = file_or_run(name, Path(artifacts))
    elif isinstance(source, Run | Predictions):
        known = source
    reading = Reading(
        logits=logits, class_names=class_names, columns=columns, **decisions
    )
    if isinstance(known, Run):
        _refuse_reading("a run", reading)
        return _of_run(known, catalog, split, cluster, shares, progress)
    if shares is None and catalog is not None:
        shares = _catalog_frequencies(catalog)
    curves = None
    if isinstance(known, Path) and is_history(known):
        curves = gather_history(known, training_shares=shares)
        files = predictions_in(known) if known.is_dir() else ()
        if len(files) != 1:
            return curves
        known = files[0]
    predictions = _read_predictions(source, known, split, reading)
    if catalog is not None and predictions.image is not None:
        from hirise.predictions.dataset_labels import with_truth

        predictions = with_truth(predictions, catalog, Path(name))
    found = gather_predictions(
        predictions, source=name, cluster=cluster, training_shares=shares
    )
    if curves is None:
        return found
    return replace(found, history=curves.history, notes=curves.notes, gaps=True)


def _read_predictions(
    source: Source,
    known: Predictions | Path | None,
    split: str | None,
    reading: Reading,
) -> Predictions:
    if isinstance(known, Predictions):
        _refuse_reading("Predictions", reading)
        return _of_split(known, split)
    if isinstance(known, Path):
        return read_predictions(known, split=split, **reading)
    return predictions_of(_table(source), split=split, **reading)


def _catalog(data: Path, label_column: str | None) -> "Catalog":
    from hirise.data import read_catalog

    return read_catalog(data, label_column=label_column)


def _of_run(
    run: Run,
    catalog: "Catalog | None",
    split: str | None,
    cluster: str,
    shares: pd.Series | None,
    progress: Progress | None,
) -> Evidence:
    if catalog is None:
        return gather(run, split=split, cluster=cluster, training_shares=shares)
    from hirise.runs.images import load_image_features

    # The frequencies that the network saw; those of all images only where unknown.
    if shares is None and training_shares_of(run) is None:
        shares = _catalog_frequencies(catalog)
    return gather(
        run,
        split=split,
        cluster=cluster,
        training_shares=shares,
        known=catalog.table,
        features=load_image_features(run, catalog, progress=progress),
    )


def file_or_run(target: str, artifacts: Path) -> Path | Run:
    """The file or folder of curves of that name, else the run.

    Raises
    ------
    InputError
        Neither is there.
    """
    path = Path(target)
    if path.is_file() or _is_log_folder(path, artifacts / target):
        return path
    # A name with a suffix means a file, so no similar run is offered.
    if path.suffix and not path.exists() and not (artifacts / target).is_dir():
        raise InputError(f"{target}: no such file or run.")
    return find_run(artifacts, target)


def run_of(source: Source, artifacts: Path) -> Run | None:
    """The run that `source` is or names; None for anything else."""
    if isinstance(source, str | os.PathLike):
        source = file_or_run(os.fspath(source), artifacts)
    return source if isinstance(source, Run) else None


def _is_log_folder(path: Path, own: Path) -> bool:
    """Whether it is a folder of curves; a run, also one named by its id, is none."""
    runs = (path / INFO_FILE, own / INFO_FILE)
    return path.is_dir() and not any(map(Path.is_file, runs)) and is_history(path)


def _table(source: object) -> pd.DataFrame | Mapping[str, Any]:
    if isinstance(source, pd.DataFrame | Mapping):
        return source
    raise TypeError(
        f"`source` must be a run, a path, Predictions, a DataFrame or a mapping such "
        f"as {{'y_true': …, 'proba': …}}, got {type(source).__name__}."
    )


def _of_split(predictions: Predictions, split: str | None) -> Predictions:
    if split is None or split == predictions.split:
        return predictions
    if predictions.split:
        raise InputError(
            f"These are predictions of split {predictions.split!r}, not {split!r}; "
            f"leave `split` out, or give the file or run that they come from."
        )
    return replace(predictions, split=split)


def _refuse_reading(what: str, reading: Mapping[str, object]) -> None:
    """Refuse options that say how a file is read, where none is read."""
    given = [name for name, value in reading.items() if value]
    if given:
        raise InputError(
            f"{parameter(given[0])} says how a file or arrays are read.",
            how=f"Leave it out for {what}.",
        )


def _catalog_frequencies(catalog: "Catalog") -> pd.Series:
    """Class frequencies of all images of a dataset."""
    counts = zip(catalog.class_names, catalog.class_counts, strict=True)
    return _frequencies(dict(counts))


def _frequencies(counts: Shares) -> pd.Series:
    shares = pd.Series(dict(counts), dtype=float)
    if not len(shares) or not (shares >= 0).all() or not 0 < shares.sum() < math.inf:
        raise InputError(
            f"{parameter('training_shares')} must be frequencies or numbers of images "
            "by class name, none negative and not all 0."
        )
    total = math.fsum(shares)
    # Dividing once more would change the last digits.
    return shares if math.isclose(total, 1, abs_tol=1e-12) else shares / total
