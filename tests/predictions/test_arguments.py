"""Arrays as arguments of a call: what is understood, and what is refused."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import hirise
from hirise.errors import InputError
from hirise.predictions.arguments import checked_arrays, class_names_of

IDS = [0, 1] * 20
TEXT = pd.Series(["a", "b"] * 20)
PROBA = np.tile([0.25, 0.75], (40, 1))


def correct(*given, **arguments):
    """How many of the 40 images are predicted correctly, and the classes."""
    evaluation = hirise.diagnose(*given, **arguments).evidence.evaluation
    return round(evaluation.metric("accuracy") * 40), evaluation.class_names


@pytest.mark.parametrize(
    ("y_true", "y_pred", "names"),
    [
        (IDS, IDS, ("0", "1")),
        (np.array(IDS, float), np.array(IDS, float)[:, None], ("0", "1")),
        (pd.Series(IDS, dtype="Int64"), np.array(IDS, np.uint8), ("0", "1")),
        ((i for i in IDS), map(int, IDS), ("0", "1")),
        (np.eye(2)[IDS], np.eye(2, dtype=bool)[IDS], ("0", "1")),
        (np.array(IDS) == 1, IDS, ("0", "1")),
        (np.array(IDS) == 1, np.array(IDS) == 1, ("False", "True")),
        (TEXT, TEXT.to_numpy(), ("a", "b")),
        (TEXT.astype("category"), TEXT.tolist(), ("a", "b")),
        (pd.get_dummies(TEXT), TEXT, ("a", "b")),
        (np.array([b"a", b"b"] * 20), TEXT, ("a", "b")),
    ],
)
def test_labels_of_any_form_are_the_same(y_true, y_pred, names):
    assert correct(y_true, y_pred) == (40, names)


@pytest.mark.parametrize(
    ("y_true", "y_pred"),
    [(IDS, IDS), (TEXT, IDS), (IDS, TEXT), (["A ", "b"] * 20, IDS), (TEXT, TEXT)],
)
def test_class_names_are_those_of_the_ids(y_true, y_pred):
    for names in (["a", "b"], {"a": 0, "b": 1}, {1: "b", 0: "a"}, np.array(["a", "b"])):
        assert correct(y_true, y_pred, class_names=names) == (40, ("a", "b"))
    assert correct(IDS, IDS, class_names=["b", "a"]) == (40, ("b", "a"))
    assert correct(TEXT, IDS, class_names=["b", "a"])[0] == 0


def test_columns_named_after_classes_are_taken_by_their_names():
    scores = pd.DataFrame({"b": np.array(IDS) * 0.5 + 0.25})
    scores.insert(0, "a", 1 - scores["b"])
    assert correct(TEXT, scores) == (40, ("a", "b"))
    assert correct(TEXT, scores, class_names=["b", "a"]) == (40, ("b", "a"))
    # A class that the training lacked has no column.
    names = ["a", "c", "b"]
    assert correct(TEXT, scores, class_names=names) == (40, ("a", "c", "b"))
    numbered = scores.set_axis(["0", "2"], axis="columns")
    assert correct(TEXT, numbered, class_names=names) == (40, ("a", "c", "b"))


def test_an_image_without_a_true_label_is_not_evaluated():
    for y_true in (
        [np.nan, *IDS[1:]],
        [None, *IDS[1:]],
        np.ma.masked_array(IDS, [True] + [False] * 39),
    ):
        evaluation = hirise.diagnose(y_true, IDS).evidence.evaluation
        assert (evaluation.n_evaluated, evaluation.n_unlabelled) == (39, 1)


def test_scores_are_read_as_those_of_a_file():
    second = np.where(np.array(IDS) == 1, 0.9, 0.2)
    for scores in (second, second[:, None], np.column_stack([1 - second, second])):
        assert correct(IDS, scores)[0] == 40
        assert correct(IDS, y_pred=IDS, proba=scores)[0] == 40
    logits = np.log(second / (1 - second))
    assert correct(IDS, logits=logits)[0] == 40
    assert correct(IDS, np.column_stack([-logits, logits]), logits=True)[0] == 40
    # 16 bits keep about three digits, so that the sums are off by more than .001.
    three = np.random.default_rng(0).dirichlet(np.ones(30), 40).astype(np.float16)
    sums = three.astype(float).sum(axis=1)
    proba = checked_arrays({"proba": three}).columns["proba"]
    assert np.abs(proba.sum(axis=1) - 1).max() < 1e-12
    assert proba[0, 0] == pytest.approx(float(three[0, 0]) / sums[0])


@pytest.mark.parametrize(
    ("given", "arguments", "line"),
    [
        ((IDS, IDS[1:]), {}, "`y_true` has 40 rows, but `y_pred` has 39."),
        ((IDS, PROBA.T), {}, "It seems to be transposed: give `y_pred.T`."),
        ((IDS, IDS), {"images": ["a"]}, "has 40 rows, but `images` has 1."),
        ((PROBA, IDS), {}, "so they are swapped. Give the true labels first"),
        ((PROBA[:, 1], IDS), {}, "so they are swapped."),
        ((PROBA, PROBA), {}, "`y_true` has shape (40, 2), but one label per image"),
        ((PROBA[:, 1],), {"proba": PROBA}, "`y_true` is 0.75 in row 1, and labels"),
        (([[1, 1], [0, 1]] * 20, PROBA), {}, "`y_true` is multi-label (row 1 has 2"),
        (([[0, 0], [0, 1]] * 20, PROBA), {}, "one-hot, but row 1 has no class"),
        (([["a"], ["a", "b"]] * 20, TEXT), {}, "multi-label (row 1 holds 1 label)"),
        (([[1, 2], [0, 1]] * 20, IDS), {}, "multi-label (each row holds 2 labels)"),
        (([{"a"}] * 40, TEXT), {}, "multi-label (row 1 holds a set)"),
        (([np.zeros(32), np.ones(8)], IDS), {}, "`y_true` is a list of 2 arrays, and"),
        (([np.zeros(20), np.ones(20)], IDS), {}, "numpy.concatenate(y_true)."),
        ((IDS, [PROBA[:32], PROBA[32:]]), {}, "numpy.concatenate(y_pred)."),
        ((np.full((4, 10), 2), IDS), {}, "Put batches together: y_true.reshape(-1)."),
        ((np.zeros((40, 8, 8)), IDS), {}, "`y_true` has shape (40, 8, 8), but one"),
        ((IDS, [np.nan, *IDS[1:]]), {}, "`y_pred` is missing (NaN or None) in row 1."),
        ((IDS, np.r_[PROBA[1:], [[np.nan, 1]]]), {}, "`y_pred` holds NaN or infinity"),
        (([np.inf, *IDS[1:]], IDS), {}, "`y_true` is infinite in row 1."),
        (([7, *IDS[1:]], PROBA), {}, "`y_true` is 7 in row 1, but `y_pred` has 2 col"),
        (
            ([7, *IDS[1:]], IDS),
            {"class_names": "ab"},
            "`class_names` is one text, 'ab'",
        ),
        (
            ([7, *IDS[1:]], IDS),
            {"class_names": ["a", "b"]},
            "`y_true` is 7 in row 1, but `class_names` has 2 names, for the ids 0 to 1",
        ),
        (
            (TEXT, TEXT),
            {"class_names": ["a", "bb"]},
            "`y_true` is 'b' in row 2, which is not in `class_names`.",
        ),
        (
            (IDS, PROBA),
            {"class_names": ["a"]},
            "has 2 columns, but `class_names` has 1",
        ),
        ((IDS, PROBA), {"class_names": {"a": 1, "b": 2}}, "ids do not count from 0"),
        ((TEXT, IDS), {}, "`y_pred` holds class ids, but `y_true` holds class names."),
        ((list("abcd") * 10, PROBA), {}, "has 2 columns, but `y_true` has 4 classes."),
        (
            ([0, 1, 2, 2] * 10, PROBA[:, 1]),
            {},
            "as for two classes, but `y_true` has 3",
        ),
        ((["a"] * 40, PROBA[:, 1]), {}, "but only one class is known: 'a'."),
        (
            (IDS, np.log(PROBA)),
            {},
            "does not hold probabilities. Give logits as `logits`.",
        ),
        (
            (IDS,),
            {"logits": PROBA},
            "`logits` holds probabilities: each row sums to 1.",
        ),
        ((IDS,), {"logits": PROBA, "proba": PROBA}, "`proba` and `logits` are both sc"),
        ((IDS, IDS, ["a", "b"]), {}, "Names of classes are given as `class_names`."),
        ((IDS, IDS), {"images": np.zeros((40, 8, 8))}, "not pixels."),
        ((IDS, IDS), {"groups": [None] * 40}, "`groups` is empty in row 1."),
        (
            (pd.date_range("2026", periods=40), IDS),
            {},
            "`y_true` is of type datetime64",
        ),
        ((TEXT, TEXT[::-1]), {}, "The rows of `y_pred` are those of `y_true` in ano"),
        (
            (np.array([[5, -1], [2, 3]]),),
            {},
            "this array holds numbers that are not counts.",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(given, arguments, line):
    with pytest.raises(InputError, match=re.escape(line)) as raised:
        hirise.diagnose(*given, **arguments)
    assert "\n" not in str(raised.value)
    assert not re.search(r"--|column `|file", str(raised.value))


@pytest.mark.parametrize(
    ("given", "arguments", "line"),
    [
        (((IDS, IDS),), {}, "`source` is a tuple of two"),
        (
            (pd.DataFrame({"y_true": IDS, "x": 1}), IDS),
            {},
            "`source` is of type DataFrame, and ",
        ),
        (("predictions.csv", IDS), {}, "Give either of them, or the names of the col"),
        ((IDS, IDS), {"y_true": IDS}, "`y_true` is given twice"),
        ((object(),), {}, "`source` is of type object, which is not known."),
        (
            (len, IDS, IDS),
            {},
            "without `predict`. Give its outputs: diagnose(y, logits",
        ),
        ((IDS, IDS), {"labels": IDS}, "no argument `labels`. Did you mean `y_true`?"),
        ((IDS, IDS), {"class_name": IDS}, "Did you mean 'class_names'?"),
    ],
)
def test_calls_that_mean_nothing_say_what_to_call(given, arguments, line):
    with pytest.raises(TypeError, match=re.escape(line)):
        hirise.diagnose(*given, **arguments)


def test_class_names_of_a_mapping_are_in_the_order_of_the_ids():
    assert (
        class_names_of({"10": "c", **{str(i): f"n{i}" for i in range(10)}})[10] == "c"
    )
    assert class_names_of(pd.Series(["a", "b"])) == ("a", "b")


def test_a_confusion_matrix_has_true_classes_in_its_rows():
    matrix = pd.crosstab(TEXT, pd.Series(["a"] * 40))
    matrix["b"] = 0
    diagnosis = hirise.diagnose(matrix)
    assert diagnosis.verdict.key == "collapsed"
    confusion = diagnosis.evidence.evaluation.confusion
    assert confusion.to_numpy().tolist() == [[20, 0], [20, 0]]
    (note,) = diagnosis.to_dict()["notes"]
    assert note == "Rows of the confusion matrix were read as true classes."
