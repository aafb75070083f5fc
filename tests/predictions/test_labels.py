"""Labels are text, and one class has one name in both columns."""

import pandas as pd
import pytest
from predictions_read import NAMES, PREDICTED, TRUTH, accuracy, truth

from hirise.errors import InputError
from hirise.predictions import predictions_of
from hirise.predictions import read_predictions as read


def test_labels_are_text(write):
    labels = ["None", "NA", "007", "3", "null", "nan"]
    rows = "".join(f"{label},{label}\n" for label in labels)
    found = read(write(f"y_true,y_pred\n{rows}"))
    assert truth(found) == labels


def test_whole_floats_are_whole_numbers_and_order_by_value(write):
    found = read(write("y_true,y_pred\n10.0,2\n,10\n2.0,2\n"))
    assert found.class_names == ("2", "10")
    assert truth(found) == ["10", None, "2"]
    frame = pd.DataFrame({"y_true": [3.0, None, 1.0], "y_pred": [3, 1, 1]})
    assert truth(read(write(frame, "p.parquet"))) == ["3", None, "1"]


def test_a_text_with_a_point_zero_among_others_stays(write):
    assert truth(read(write("y_true,y_pred\n1.0,b\nb,b\n"))) == ["1.0", "b"]


def test_rows_without_truth_are_kept_apart(write):
    found = read(write("y_true,y_pred\na,a\n,b\nb,b\n"))
    assert found.labelled.tolist() == [True, False, True]


def test_labels_may_be_ids_of_named_columns(write):
    found = read(write("y_true,cat,dog,bird\n2,0,.25,.75\n0,1,0,0\n"))
    assert found.class_names == ("cat", "dog", "bird")
    assert truth(found) == ["bird", "cat"]


@pytest.mark.parametrize(
    "labels",
    [
        ["a|b", "a", "b|c"],
        ["cat;dog", "dog", "cat"],
        ["cat, dog", "dog", "cat"],
        ["['a', 'b']", "['a']", "['b']"],
        [["a", "b"], ["a"], ["b"]],
    ],
)
def test_several_labels_in_one_cell(labels):
    with pytest.raises(InputError, match="Multi-label targets"):
        predictions_of(
            pd.DataFrame({"Finding Labels": labels, "pred": ["a", "b", "a"]})
        )


def test_a_class_may_have_a_comma_in_its_name():
    names = ["maillot", "maillot, tank suit", "tench, Tinca tinca"]
    found = predictions_of(pd.DataFrame({"y_true": names, "y_pred": names}))
    assert found.class_names == tuple(sorted(names))


def test_ids_beside_names_are_refused_or_mapped():
    table = pd.DataFrame({"y_true": NAMES[TRUTH], "y_pred": PREDICTED})
    with pytest.raises(
        InputError, match=r"name the classes in different ways.*class_names"
    ):
        predictions_of(table)
    found = predictions_of(table, class_names=NAMES)
    assert (accuracy(found), found.class_names) == (4 / 6, ("cat", "dog", "horse"))


def test_blanks_case_and_signs_make_no_classes():
    spelled = [f" {name.title()} " for name in NAMES[PREDICTED]]
    found = predictions_of(pd.DataFrame({"y_true": NAMES[TRUTH], "y_pred": spelled}))
    assert (accuracy(found), found.class_names) == (4 / 6, ("cat", "dog", "horse"))
    assert "without regard to case" in found.notes[0]
    blanks = pd.DataFrame({"y_true": ["a ", "b"], "y_pred": ["a", "b "]})
    assert predictions_of(blanks).notes == ()
    cases = pd.DataFrame({"y_true": ["a", "A"], "y_pred": ["A", "a"]})
    assert predictions_of(cases).class_names == ("A", "a"), "told apart in one column"


def test_two_sets_of_names_without_a_common_one_are_refused():
    table = pd.DataFrame({"y_true": ["a", "b"] * 5, "y_pred": ["c", "d"] * 5})
    with pytest.raises(InputError, match="Use the same class names in both columns"):
        predictions_of(table)
    one = pd.DataFrame({"y_true": ["a", "b"] * 5, "y_pred": ["c"] * 10})
    assert predictions_of(one).class_names == ("a", "b", "c"), "may be a collapse"


def test_flags_are_ones_and_zeros():
    table = pd.DataFrame({"label": [True, False, True], "prediction": [1, 0, 0]})
    assert accuracy(predictions_of(table)) == 2 / 3


def test_signs_and_vowels_tell_classes_apart():
    for first, second in (
        ("A+", "A-"),
        ("तसीर", "तासीर"),
        ("ハ", "バ"),
        ("pêche", "péché"),
    ):
        table = pd.DataFrame({"y_true": [first, "x"], "y_pred": [second, "x"]})
        assert len(predictions_of(table).class_names) == 3
