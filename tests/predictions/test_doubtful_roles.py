"""Tables whose rows are no images, or whose score is of an unknown class."""

from __future__ import annotations

import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.predictions.reading import interpret


def notes_of(table, columns=None):
    (part,) = interpret(pd.DataFrame(table), {"split": "val"}, columns=columns).parts
    return part.notes


MOODS = {"mood": ["glad", "sad", "calm", "glad", "sad", "calm"]}
TEXTS = {"text": ["a b", "c d", "e f", "g h", "i j", "k l"]}
IMAGES = {"image": [f"{n}.jpg" for n in range(6)]}
SURE = {"confidence": [0.9, 0.8, 0.4, 0.7, 0.6, 0.95]}
SCORES = {"probability": [0.9, 0.1, 0.4, 0.7, 0.2, 0.95]}


@pytest.mark.parametrize(
    ("table", "score", "column"),
    [
        # What speech services write: a mood, and how sure the service is of it.
        (MOODS | SURE, "confidence", "mood"),
        (MOODS | TEXTS | SURE, "confidence", "mood"),
        (IMAGES | MOODS | SURE, "confidence", "mood"),
        # Tests of statistics, of which p is no probability of a class.
        (
            {"metric": ["acc", "f1"] * 3, "w": [3, 1, 0, 2, 5, 4]}
            | {"p_raw": [0.01, 0.2, 0.04, 0.7, 0.03, 0.9]},
            "p_raw",
            "metric",
        ),
    ],
)
def test_a_score_of_an_unknown_class_is_refused(table, score, column):
    with pytest.raises(InputError) as refused:
        notes_of(table)
    line = str(refused.value)
    assert line.startswith(f"'{score}' is one score in each row, and no column says")
    assert line.endswith(f"'{column}' may. Say so with `columns=y_pred={column}`.")


def test_what_the_user_says_is_not_doubted():
    assert notes_of(MOODS | SURE, {"y_pred": "mood"})


@pytest.mark.parametrize(
    "table",
    [
        IMAGES | SCORES,
        IMAGES | SCORES | {"camera": ["left", "right"] * 3},
        IMAGES | {"label": ["cat", "dog"] * 3} | SCORES,
    ],
)
def test_a_probability_of_images_is_read(table):
    assert notes_of(table) is not None


def test_a_row_per_class_is_no_row_per_image():
    table = {"class": ["bee", "fly", "rain", "bird"], "frames": [10, 4, 8, 2]}
    with pytest.raises(InputError, match="4 rows names another class in 'class'"):
        notes_of(table)
    # With images, each may be of another class.
    assert notes_of({"image": ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]} | table)


def test_labels_as_ones_and_zeros_may_be_the_truth():
    ones = {"cat": [1, 0, 0, 1], "dog": [0, 1, 0, 0], "cow": [0, 0, 1, 0]}
    images = {"filename": ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]}
    (note,) = (n for n in notes_of(images | ones) if n.startswith("Each row has a 1"))
    assert note.endswith("If it is the true class, there are no predictions.")
    truth = {"y_true": ["cat", "dog", "cow", "cat"]}
    assert not any(n.startswith("Each row") for n in notes_of(images | ones | truth))


def test_labels_that_stand_there_twice_are_no_predictions():
    names = ["cat", "dog", "cow", "cat", "dog"] * 8
    ones = {n: [int(name == n) for name in names] for n in ("cat", "dog", "cow")}
    images = {"image": [f"{n}.jpg" for n in range(40)]}
    table = images | ones | {"diagnosis": names}
    with pytest.raises(InputError, match="'diagnosis' and 0 for the others in every"):
        notes_of(table)
    # Probabilities may agree with the true class in every row, which is said.
    scores = {n: [0.1 + 0.7 * one for one in column] for n, column in ones.items()}
    assert any("largest score in every row" in n for n in notes_of(table | scores))
    assert notes_of(table, {"y_pred": "diagnosis"}) is not None


def test_answers_alone_may_be_the_truth():
    table = IMAGES | {"answer": ["red", "blue"] * 3}
    (note,) = (n for n in notes_of(table) if n.startswith("'answer' was read as"))
    assert note.endswith("If it is the true class, there are no predictions.")
    truth = {"label": ["red", "red"] * 3}
    assert not any("If it is the true class" in n for n in notes_of(table | truth))
