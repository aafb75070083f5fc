"""A split asked for by its kind, or by a file."""

import pandas as pd
import pytest

from hirise.data import read_catalog
from hirise.data.splits import make_split, parse_fractions
from hirise.errors import InputError


@pytest.fixture
def catalog(make_dataset):
    return read_catalog(make_dataset())


def test_a_kind_takes_the_usual_shares_or_those_given(catalog):
    usual = make_split(catalog, "random", seed=0).split.value_counts()
    assert usual.to_dict() == {"train": 32, "val": 8, "test": 8}
    given = make_split(catalog, "random", seed=0, fractions=(0.5, 0.25, 0.25))
    assert given.split.value_counts()["train"] == 24
    with pytest.raises(InputError, match="Give three numbers"):
        parse_fractions("half")


def test_a_file_says_itself(catalog, tmp_path):
    images = catalog.table["image"]
    table = pd.DataFrame({"image": images, "split": ["train"] * 40 + ["val"] * 8})
    table.to_csv(tmp_path / "own.csv", index=False)
    found = make_split(catalog, str(tmp_path / "own.csv"), seed=0)
    assert found.split.value_counts().to_dict() == {"train": 40, "val": 8}
