"""True classes are found in a dataset by path, name or name without ending."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hirise.data import read_catalog
from hirise.errors import InputError
from hirise.predictions import Predictions, predictions_of
from hirise.predictions.dataset_labels import image_finder, with_truth


@pytest.fixture
def catalog(make_dataset):
    return read_catalog(make_dataset(observations=2))


def test_a_name_that_is_not_unique_needs_its_folder():
    find = image_finder(pd.Series(["train/a.jpg", "val/a.jpg", "val/b.png"]))
    assert (find("a.jpg"), find("/other/machine/val/a.jpg")) == (None, "val/a.jpg")
    assert (find("b"), find("a")) == ("val/b.png", None)


def test_predictions_without_truth_get_that_of_the_dataset(catalog):
    table = catalog.table
    found = predictions_of(
        {"image": [*table["image"], "else.jpg"], "y_pred": [*table["class_name"], "x"]}
    )
    labelled = with_truth(found, catalog, Path("p.csv"))
    names = [*labelled.class_names, None]
    assert [names[i] for i in labelled.y_true] == [*table["class_name"], None]
    assert set(labelled.class_names) == {*catalog.class_names, "x"}


def test_predictions_that_cannot_be_looked_up_are_refused(catalog):
    ids = np.array([0])
    with pytest.raises(InputError, match="neither `y_true` nor `image`"):
        with_truth(Predictions(ids, ("a", "b")), catalog, Path("p.csv"))
    strange = Predictions(ids, ("a", "b"), image=["strange.jpg"])
    with pytest.raises(InputError, match=r"none of its images .*'strange\.jpg'"):
        with_truth(strange, catalog, Path("p.csv"))
