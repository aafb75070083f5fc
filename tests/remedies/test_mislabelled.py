"""Labels that a run records, which may come from elsewhere."""

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.remedies.mislabelled import labels_of
from hirise.runs import create_run

SEEN = pd.DataFrame(
    {"image": ["1.jpg", "2.jpg"], "split": ["train", "val"], "label": [0, 1]}
)


@pytest.fixture
def make_run(tmp_path):
    def make(seen):
        writer = create_run(tmp_path, title="Small", class_names=["a", "b"])
        if seen is not None:
            writer.write_table("labels_seen.parquet", seen)
        return writer.read()

    return make


def test_labels_are_told_by_name(make_run):
    assert labels_of(make_run(SEEN))["class_name"].tolist() == ["a", "b"]


@pytest.mark.parametrize(
    "seen",
    [
        None,
        SEEN.assign(label=99),
        SEEN.assign(label=-1),
        SEEN.assign(label=np.uint64(2**63)),
        SEEN.assign(label="a"),
        SEEN.assign(image=[1, 2]),
        SEEN.drop(columns="image"),
        SEEN.drop(columns="split"),
        SEEN.drop(columns="label"),
    ],
    ids=["none", "high", "low", "huge", "text", "numbers", *SEEN.columns],
)
def test_a_table_that_holds_no_labels_is_refused(seen, make_run):
    with pytest.raises(InputError, match="does not record the labels"):
        labels_of(make_run(seen))
