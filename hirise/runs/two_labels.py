"""The label that each image had in training, beside the right one."""

from __future__ import annotations

import pandas as pd

from hirise.runs.folder import Run

COLUMNS = ("image", "label_seen", "right_label")


def two_labels(run: Run, split: str) -> pd.DataFrame:
    """The images of a split with both labels, as class names.

    Returns
    -------
    DataFrame
        `image`, `label_seen`, `right_label`, in the order of the file names; empty
        where the run did not keep both.
    """
    seen, catalog = run.labels_seen(), run.catalog()
    if seen is None or catalog is None:
        return pd.DataFrame({name: [] for name in COLUMNS}, dtype="str")
    rows = seen[seen["split"] == split].merge(
        catalog[["image", "class_name"]], on="image"
    )
    names = dict(enumerate(run.info.class_names))
    table = rows.assign(
        label_seen=rows["label"].map(names), right_label=rows["class_name"]
    )
    return table[list(COLUMNS)].dropna().reset_index(drop=True)
