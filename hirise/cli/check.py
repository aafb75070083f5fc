"""`hirise check`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pandas as pd

from hirise.cli.options import artifacts_option
from hirise.cli.render import FORMATS, printed
from hirise.diagnosis import (
    FAIL_ON,
    Diagnosis,
    Evidence,
    FailOn,
    diagnose,
    gather,
    gather_history,
    gather_predictions,
)
from hirise.diagnosis.sources import file_or_run, parse_class_shares, training_shares_of
from hirise.errors import InputError
from hirise.history import is_history
from hirise.predictions import Predictions, read_predictions
from hirise.runs import Run

if TYPE_CHECKING:
    from hirise.data import Catalog

FINDINGS = 1

_logits = click.option("--logits", is_flag=True, help="The scores are logits.")
_data = click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Dataset folder, for class shares, missing truth and copies of images.",
)

_write_labels = click.option(
    "--write-labels",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the right labels of a run's images (.txt or .csv).",
)


@click.command(short_help="Say whether a run has collapsed, and why.")
@click.argument("target", metavar="RUN|PREDICTIONS|HISTORY")
@_data
@click.option("--split", help="Split to judge [default: val, else test].")
@click.option(
    "--class-shares", metavar="NAME=S,…", help="Class shares of the training labels."
)
@click.option(
    "--cluster",
    type=click.Choice(["auto", "landmark", "observation", "none"]),
    default="auto",
    show_default=True,
    help="What the intervals resample.",
)
@_logits
@click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="How the result is printed.",
)
@click.option(
    "--fail-on",
    type=click.Choice(list(FAIL_ON)),
    default="error",
    show_default=True,
    help="Least severity that ends with status 1.",
)
@_write_labels
@artifacts_option
@click.pass_context
def check(
    context: click.Context,
    target: str,
    data: Path | None,
    split: str | None,
    class_shares: str | None,
    cluster: str,
    logits: bool,
    as_json: bool,
    form: str,
    fail_on: FailOn,
    write_labels: Path | None,
    artifacts: Path,
) -> None:
    """Say in one sentence whether a classifier has collapsed, and show why.

    Takes a run, a predictions file (CSV, Parquet, npz) or a training history: CSV,
    JSON, an event file or log folder of TensorBoard, a run folder of MLflow. Ends with
    status 1 if a finding is at or above --fail-on, 2 on bad input.
    """
    if as_json:
        form = _only_json(form)
    catalog = _catalog(data)
    evidence = _evidence(
        target,
        artifacts,
        split=split,
        cluster=cluster,
        logits=logits,
        shares=None if class_shares is None else parse_class_shares(class_shares),
        catalog=catalog,
    )
    diagnosis = diagnose(evidence)
    if write_labels is not None:
        _write_right_labels(evidence, write_labels)
    more: dict[str, Any] = {}
    if form == "json":
        found = file_or_run(target, artifacts)
        more["confidence"] = _confidence(found, evidence, diagnosis, cluster, logits)
    click.echo(printed(evidence, diagnosis, form, fail_on=fail_on, more=more))
    context.exit(FINDINGS if diagnosis.failing(fail_on) else 0)


def _only_json(form: str) -> str:
    if form not in ("text", "json"):
        raise click.UsageError(
            f"--json is --format json, but --format {form} was given; leave one out."
        )
    return "json"


def _write_right_labels(evidence: Evidence, path: Path) -> None:
    from hirise.diagnosis.labels import write_labels

    if evidence.labels is None:
        raise InputError("--write-labels needs a run; this is a file by itself.")
    n = write_labels(evidence.labels.tables, path)
    # Beside the result, which may be one JSON document.
    click.echo(f"{path}: the right labels of {n:,} images.", err=True)


def _confidence(
    found: Run | Path,
    evidence: Evidence,
    diagnosis: Diagnosis,
    cluster: str,
    logits: bool,
) -> dict[str, Any]:
    """The key `confidence`: the temperature that val asks for, and what it does."""
    from hirise.remedies.confidence import confidence_document
    from hirise.remedies.cured_run import ground_of_run
    from hirise.remedies.remedy import Ground

    judged, ground = evidence.predictions, None
    if isinstance(found, Run):
        if judged is not None:
            ground = ground_of_run(found, evidence, diagnosis, val_itself=True)
    elif judged is not None:
        val = judged if judged.split == "val" else _val_of(found, logits)
        ground = Ground(judged, val, evidence.training_shares, str(found))
    return confidence_document(ground, diagnosis, cluster=cluster)


def _val_of(path: Path, logits: bool) -> Predictions | None:
    try:
        return read_predictions(path, split="val", logits=logits)
    except InputError:  # no such split
        return None


def _catalog(data: Path | None) -> "Catalog | None":
    if data is None:
        return None
    from hirise.data import read_catalog

    return read_catalog(data)


def _features(run: Run, catalog: "Catalog") -> pd.DataFrame:
    # Decodes images: only where their folder is given.
    from hirise.runs.images import image_features_of

    return image_features_of(run, catalog)


def _shares_in(catalog: "Catalog | None") -> "pd.Series[float] | None":
    if catalog is None:
        return None
    counts = pd.Series(catalog.class_counts, index=list(catalog.class_names))
    return counts / counts.sum()


def _evidence(
    target: str,
    artifacts: Path,
    *,
    split: str | None,
    cluster: str,
    logits: bool,
    shares: "pd.Series[float] | None",
    catalog: "Catalog | None",
) -> Evidence:
    found = file_or_run(target, artifacts)
    if isinstance(found, Run):
        # The shares that the network saw; those of all images only where unknown.
        if shares is None and training_shares_of(found) is None:
            shares = _shares_in(catalog)
        return gather(
            found,
            split=split,
            cluster=cluster,
            training_shares=shares,
            known=None if catalog is None else catalog.table,
            features=None if catalog is None else _features(found, catalog),
        )
    shares = _shares_in(catalog) if shares is None else shares
    if is_history(found):
        return gather_history(found, training_shares=shares)
    predictions = read_predictions(found, split=split, logits=logits)
    if catalog is not None and predictions.image is not None:
        from hirise.importing import with_truth

        predictions = with_truth(predictions, catalog, found)
    return gather_predictions(
        predictions, source=target, cluster=cluster, training_shares=shares
    )
