"""Random bytes and tables are read or refused in one line, never anything else."""

import contextlib

import pandas as pd
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hirise.errors import InputError
from hirise.predictions import read_all_predictions


def read_or_refuse(path):
    """Anything but a result or a refusal fails the test that calls it."""
    with contextlib.suppress(InputError):
        read_all_predictions(path)


FUZZ = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
CELL = st.one_of(
    st.sampled_from(["", "a", "b", "0", "1", "0.5", ".5", "nan", "1e400", '"', "[1]"]),
    st.text(max_size=6),
)
COLUMN = st.sampled_from(
    [
        *("image", "y_true", "y_pred", "split", "group", "proba", "proba_0", "proba_1"),
        *("a", "b", "p:a", "p:b", "logit_0", "y_true_0", "", "Unnamed: 0"),
    ]
)


@FUZZ
@given(st.binary(max_size=200))
@example(b"y_pred\n\x00\n")
@example(b'y_true,y_pred\n"')
def test_no_bytes_raise_anything_else(tmp_path, content):
    for name in ("f.csv", "f.parquet", "f.npz"):
        (tmp_path / name).write_bytes(content)
        read_or_refuse(tmp_path / name)


@FUZZ
@given(
    st.lists(COLUMN, min_size=1, max_size=5),
    st.lists(st.lists(CELL, min_size=1, max_size=6), max_size=5),
    st.sampled_from([",", ";", "\t", "|"]),
)
@example(["y_pred"], [["1" * 5000]], ",")
def test_no_csv_raises_anything_else(tmp_path, header, rows, delimiter):
    text = "\n".join(delimiter.join(row) for row in [header, *rows])
    path = tmp_path / "f.csv"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    read_or_refuse(path)


VALUES = st.one_of(
    st.lists(st.sampled_from(["a", "b", None, ""]), min_size=3, max_size=3),
    st.lists(st.sampled_from([0, 1, 2, -1]), min_size=3, max_size=3),
    st.lists(st.floats(), min_size=3, max_size=3),
    st.lists(st.sampled_from([0.5, 0.0, 1.0, None]), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.lists(st.binary(max_size=2), min_size=3, max_size=3),
    st.lists(st.lists(st.integers(0, 1), max_size=2), min_size=3, max_size=3),
    st.lists(st.datetimes(), min_size=3, max_size=3),
    st.lists(st.decimals(0, 1, places=2), min_size=3, max_size=3),
)


@FUZZ
@given(st.dictionaries(COLUMN, VALUES, min_size=1, max_size=5))
def test_no_table_raises_anything_else(tmp_path, columns):
    path = tmp_path / "f.parquet"
    pd.DataFrame(columns).to_parquet(path)
    read_or_refuse(path)
