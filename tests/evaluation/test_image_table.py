"""The table of images against numbers worked out by hand."""

import numpy as np
import pytest

from hirise.evaluation.images import (
    ORDERS,
    ImageFilter,
    image_table,
    orders_for,
    select_images,
    sort_images,
)
from hirise.predictions import Predictions

NAMES = ("other", "crater")
IMAGES = [
    "ESP_000001_1450_RED-0001.jpg",
    "ESP_000001_1450_RED-0002.jpg",
    "ESP_000002_1450_RED-0001.jpg",
    "plain.jpg",
]
PROBA = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.5, 0.5]])
TRUTH = np.array([0, 1, 0, -1])


def predictions(*, proba=True, truth=True, images=True):
    return Predictions(
        image=np.array(IMAGES, dtype=object) if images else None,
        y_true=TRUTH if truth else None,
        y_pred=PROBA.argmax(axis=1),
        proba=PROBA if proba else None,
        class_names=NAMES,
        split="val",
    )


def test_each_image_has_its_confidence_and_correctness():
    table = image_table(predictions())
    assert table["image"].tolist() == IMAGES
    assert table["true"].tolist() == ["other", "crater", "other", ""]
    assert table["predicted"].tolist() == ["other", "other", "crater", "other"]
    assert table["correct"].tolist()[:3] == [True, False, False]
    assert table["correct"].isna().tolist() == [False, False, False, True]
    assert table["probability"].tolist() == [0.9, 0.6, 0.8, 0.5]
    assert table["p_true"].tolist()[:3] == [0.9, 0.4, 0.2]
    assert table["loss"].tolist()[:3] == pytest.approx(
        [0.105361, 0.916291, 1.609438], abs=1e-6
    )
    # −.9 ln .9 − .1 ln .1, and ln 2.
    assert table["entropy"].iloc[[0, 3]].tolist() == pytest.approx(
        [0.325083, 0.693147], abs=1e-6
    )
    assert table["observation"].tolist() == [
        "ESP_000001_1450",
        "ESP_000001_1450",
        "ESP_000002_1450",
        "",
    ]


def test_without_probabilities_truth_or_names():
    labels = image_table(predictions(proba=False))
    assert labels["probability"].isna().all()
    assert orders_for(labels) == ("name",)
    blind = image_table(predictions(truth=False))
    assert blind["correct"].isna().all()
    assert orders_for(blind) == ("highest entropy", "name")
    unnamed = image_table(predictions(images=False))
    assert unnamed["image"].tolist() == ["0", "1", "2", "3"]
    assert set(unnamed["observation"]) == {""}


@pytest.mark.parametrize(
    ("order", "rows"),
    [
        ("most confident mistakes", [2, 1, 0, 3]),
        ("least confident correct", [0, 3, 1, 2]),
        ("lowest probability of the true class", [2, 1, 0, 3]),
        ("highest entropy", [3, 1, 2, 0]),
        ("name", [0, 1, 2, 3]),
    ],
)
def test_orders(order, rows):
    assert sort_images(image_table(predictions()), order).index.tolist() == rows
    assert order in ORDERS


def test_confidence_and_the_true_class_order_mistakes_differently():
    """All of class a: b is .5 and a .2, c is .6 and a .4, then correct with .9."""
    proba = np.array([[0.2, 0.5, 0.3], [0.4, 0.0, 0.6], [0.9, 0.1, 0.0]])
    table = image_table(
        Predictions(
            y_pred=proba.argmax(axis=1),
            class_names=("a", "b", "c"),
            y_true=np.zeros(3, dtype=int),
            proba=proba,
        )
    )
    by_confidence = sort_images(table, "most confident mistakes")
    by_truth = sort_images(table, "lowest probability of the true class")
    assert by_confidence.index.tolist() == [1, 0, 2]
    assert by_truth.index.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (ImageFilter(), [0, 1, 2, 3]),
        (ImageFilter(true="other"), [0, 2]),
        (ImageFilter(true="other", predicted="crater"), [2]),
        (ImageFilter(answer="correct"), [0]),
        (ImageFilter(answer="incorrect"), [1, 2]),
        (ImageFilter(observation="ESP_000001"), [0, 1]),
        (ImageFilter(low=0.6, high=0.8), [1]),
        (ImageFilter(low=0.6, high=0.81), [1, 2]),
        (ImageFilter(true="nobody"), []),
    ],
)
def test_filters(wanted, rows):
    found = select_images(image_table(predictions()), wanted)
    assert found.index.tolist() == rows


def test_counts_are_those_of_the_confusion_matrix():
    rng = np.random.default_rng(0)
    truth, called = rng.integers(0, 3, 500), rng.integers(0, 3, 500)
    names = ("a", "b", "c")
    table = image_table(
        Predictions(
            image=None, y_true=truth, y_pred=called, class_names=names, split="val"
        )
    )
    for i, true in enumerate(names):
        for j, predicted in enumerate(names):
            cell = select_images(table, ImageFilter(true=true, predicted=predicted))
            assert len(cell) == int(((truth == i) & (called == j)).sum())
