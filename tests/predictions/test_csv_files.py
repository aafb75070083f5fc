"""CSV in every way that it is written, and what comes out of it."""

import numpy as np
import pandas as pd
import pytest
from predictions_read import truth

from hirise.errors import InputError
from hirise.predictions import read_predictions
from hirise.predictions import read_predictions as read


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter(write, delimiter):
    rows = [
        ["image", "y_true", "cat", "dog"],
        ["1.jpg", "cat", "0.75", "0.25"],
        ["2.jpg", "dog", "0.5", "0.5"],
    ]
    found = read(write("".join(delimiter.join(row) + "\n" for row in rows)))
    assert found.class_names == ("cat", "dog")
    assert truth(found) == ["cat", "dog"]
    np.testing.assert_array_equal(found.proba, [[0.75, 0.25], [0.5, 0.5]])
    assert found.y_pred.tolist() == [0, 0]
    assert list(found.image) == ["1.jpg", "2.jpg"]


def test_semicolons_with_decimal_commas_and_some_whole_numbers(write):
    found = read(
        write("y_true;cat;dog\ncat;0,75;0,25\ndog;0;1\ndog;1,5E-05;0,999985\ncat;1;0\n")
    )
    np.testing.assert_allclose(found.proba[:, 0], [0.75, 0, 1.5e-5, 1])


def test_semicolons_and_decimal_commas_in_other_languages(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(
        "Bild;Wahre Klasse;Wahrscheinlichkeit a;Wahrscheinlichkeit b\n"
        "1.jpg;a;0,75;0,25\n2.jpg;b;0,5;0,5\n"
    )
    found = read_predictions(path)
    assert found.class_names == ("a", "b")
    np.testing.assert_array_equal(found.proba, [[0.75, 0.25], [0.5, 0.5]])


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfy_true,y_pred\na,a\nb,a\n",
        b"y_true,y_pred\r\na,a\r\nb,a\r\n",
        b"y_true,y_pred\ra,a\rb,a\r",
        b"\n\ny_true,y_pred\na,a\n\nb,a\n",
        b"y_true, y_pred\na, a\nb, a\n",
        b"y_true,y_pred,\na,a,\nb,a,\n",
        b",y_true,y_pred\n0,a,a\n1,b,a\n",
    ],
    ids=["bom", "crlf", "cr", "blank lines", "spaces", "last comma", "row numbers"],
)
def test_ways_of_writing_a_csv(write, text):
    found = read(write(text))
    assert (truth(found), found.class_names) == (["a", "b"], ("a", "b"))
    assert found.proba is None


def test_row_numbers_are_no_class(write):
    found = read(write(",cat,dog\n0,.75,.25\n1,.5,.5\n"))
    assert found.class_names == ("cat", "dog")


def test_names_with_commas_quotes_scripts_lines_and_length(write):
    names = ['dune, "dark"', "火星", "кратер", "x" * 60, "two\nlines", "p:q", "[a]"]
    frame = pd.DataFrame({"y_true": names * 9, "y_pred": names * 9})
    text = frame.to_csv(index=False)
    for content in (text, text.replace("\n", "\r\n").encode()):
        assert set(read(write(content)).class_names) >= set(names) - {"two\nlines"}
    semicolons = frame.to_csv(index=False, sep=";")
    assert set(read(write(semicolons)).class_names) == set(names)


def test_one_row(write):
    assert len(read(write("y_pred\na\n"))) == 1


def test_values_instead_of_a_header(write):
    with pytest.raises(InputError, match="first line holds values"):
        read(write("1.jpg,cat,dog\n2.jpg,dog,dog\n"))
