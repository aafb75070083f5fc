"""LeakageEvidence of a run folder."""

import pandas as pd

from hirise.diagnosis.leakage.evidence import LeakageEvidence
from hirise.names import parse_names
from hirise.predictions import Predictions
from hirise.runs import Run

_COLUMNS = ["image", "split", "class_name", "landmark", "observation"]


def leakage_of_run(
    run: Run,
    predictions: Predictions | None,
    *,
    features: pd.DataFrame | None = None,
    cluster: str = "auto",
) -> LeakageEvidence | None:
    """What is known of where the images of a run are; None if nothing is.

    Parameters
    ----------
    run : Run
    predictions : Predictions, optional
        Of the split under diagnosis.
    features : DataFrame, optional
        As `image_features` gives them; those of the run folder if not given.
    cluster : str
        What the intervals resample.
    """
    places = _places(run)
    if places is None:
        return None
    if features is None:
        features = run.image_features()
    return LeakageEvidence(places, predictions, features, cluster)


def _places(run: Run) -> pd.DataFrame | None:
    """The images that are on a side, or all of them if none is."""
    table = run.catalog()
    if table is None:
        table = _of_labels(run)
    if table is None or not {"image", "split", "class_name"} <= set(table.columns):
        return None
    used = (table["split"] != "").to_numpy()
    table = table[used] if used.any() else table
    if not {"landmark", "observation"} <= set(table.columns):
        table = table.join(parse_names(table["image"])[["landmark", "observation"]])
    return table[_COLUMNS].reset_index(drop=True)


def _of_labels(run: Run) -> pd.DataFrame | None:
    seen = run.labels_seen()
    if seen is None:
        return None
    names = dict(enumerate(run.info.class_names))
    labels = seen["label"].map(lambda label: names.get(label, str(label)))
    return seen[["image", "split"]].assign(class_name=labels)
