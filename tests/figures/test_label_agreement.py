import numpy as np
import pandas as pd

from hirise.figures.label_agreement import label_agreement_figure
from hirise.figures.theme import BLUE, GREY, LOUD

TABLE = pd.DataFrame(
    [
        ("train", "labels_seen", "catalog", 100, 1.0, 0.6, 1.0, np.nan, "belong"),
        ("val", "predictions", "catalog", 50, 0.62, 0.6, 1.0, np.nan, "foreign"),
        ("val", "labels_seen", "neighbours", 40, 0.3, 0.25, np.nan, 2.34, "unsure"),
        ("val", "history", "numbers", 50, -0.05, 0.0, 0.9, np.nan, "foreign"),
    ],
    columns=[
        *("split", "source", "test", "n", "observed", "shuffled", "right", "z"),
        "answer",
    ],
)


def traces():
    return {trace.name: trace for trace in label_agreement_figure(TABLE).data}


def test_each_answer_has_its_colour_at_the_rows_that_give_it():
    found = traces()
    belong, foreign, unsure = (
        found[f"labels {outcome}"]
        for outcome in (
            "belong to their images",
            "belong to other images",
            "inconclusive",
        )
    )
    assert (belong.marker.color, list(belong.x), list(belong.y)) == (BLUE, [1.0], [0])
    assert (foreign.marker.color, list(foreign.x)) == (LOUD, [0.62, -0.05])
    assert list(foreign.y) == [1, 3]
    assert (unsure.marker.color, list(unsure.text)) == (GREY, ["z 2.3"])


def test_shuffled_and_correct_labels_stand_beside_the_recorded():
    found = traces()
    assert list(found["with shuffled labels"].x) == [0.6, 0.6, 0.25, 0.0]
    right = list(found["with the correct labels"].x)
    assert right[:2] + right[3:] == [1.0, 1.0, 0.9]
    assert np.isnan(right[2])


def test_rows_name_split_and_test_and_which_labels_were_evaluated():
    axis = label_agreement_figure(TABLE).layout.yaxis
    assert axis.ticktext[0] == "train: the catalog's label"
    assert axis.ticktext[1] == "val (evaluated): the catalog's label"
    alone = label_agreement_figure(TABLE.iloc[:2]).layout.yaxis
    assert alone.ticktext[1] == "val: the catalog's label"


def test_a_kappa_is_no_percentage_and_a_negative_one_has_room():
    figure = label_agreement_figure(TABLE)
    hover = traces()["labels belong to other images"].customdata[1]
    assert hover == "val, predictions (kappa): -0.05 of 50, with shuffled labels 0.00"
    assert figure.layout.xaxis.range[0] == -0.05 - 0.03
