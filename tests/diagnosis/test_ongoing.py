"""A training as it goes: 100 validation images, 80 other, 15 crater, 5 spider."""

import pandas as pd
import pytest

from hirise.diagnosis import Evidence, ongoing_collapse

TRUTH = {"other": 80, "crater": 15, "spider": 5}


def make_ongoing(*epochs, truth=TRUTH):
    """Each epoch: validation accuracy, and how often each class was predicted."""
    history = {
        "epoch": range(1, len(epochs) + 1),
        "val_accuracy": [accuracy for accuracy, _ in epochs],
    }
    counts = [
        {"epoch": number, "split": split, "class_name": name, "n": n}
        for number, (_, called) in enumerate(epochs, 1)
        for split in ("train", "val")
        for name, n in zip(TRUTH, called, strict=True)
    ]
    return Evidence(
        "a run",
        history=pd.DataFrame(history),
        predicted_counts=pd.DataFrame(counts),
        split_counts=pd.DataFrame({"train": truth, "val": truth}),
    )


DEAD = (0.80, (100, 0, 0))
GOOD = (0.93, (82, 14, 4))


def test_one_class_for_everything_is_announced_at_once():
    said = str(ongoing_collapse(make_ongoing(DEAD)))
    assert said.startswith(
        "Epoch 1: all 100 val images are predicted as 'other'. Accuracy 80.0%, "
        "frequency of 'other' 80.0%."
    )


def test_epochs_in_a_row_are_counted_from_the_last_one():
    said = str(ongoing_collapse(make_ongoing(DEAD, GOOD, DEAD, (0.79, (99, 1, 0)))))
    assert said.startswith("Epochs 3 to 4: 99.0% of the 100 val images")


def test_another_class_than_the_largest_is_named_with_its_own_frequency():
    said = str(ongoing_collapse(make_ongoing((0.15, (0, 100, 0)))))
    assert "predicted as 'crater'. Accuracy 15.0%, frequency of 'crater' 15.0%." in said


def test_three_epochs_at_the_majority_class_baseline_are_announced():
    # Chance is .8 * .9 + .15 * .1 = .735, so kappa is .065 / .265 = .25 at accuracy
    # .80, and with 95 images called other .0325 / .2325 = .14.
    assert ongoing_collapse(make_ongoing(*[(0.80, (90, 10, 0))] * 3)) is None
    guessing = [(0.80, (95, 5, 0))] * 3
    assert ongoing_collapse(make_ongoing(*guessing[:2])) is None
    said = str(ongoing_collapse(make_ongoing(*guessing)))
    assert said.startswith(
        "Epochs 1 to 3: validation accuracy stays at 80.0%, the frequency of "
        "'other' is 80.0%. Agreement beyond chance is low (kappa 0.14)."
    )
    assert ongoing_collapse(make_ongoing((0.81, (95, 5, 0)), *guessing[:2])) is None


@pytest.mark.parametrize("epochs", [[GOOD], [DEAD, GOOD]])
def test_a_training_that_learns_is_left_in_peace(epochs):
    assert ongoing_collapse(make_ongoing(*epochs)) is None


def test_a_class_that_is_nearly_everything_is_no_collapse_when_predicted_correctly():
    rare = {"other": 990, "crater": 10, "spider": 0}
    found = make_ongoing((0.998, (992, 8, 0)), truth=rare)
    assert ongoing_collapse(found) is None
    assert ongoing_collapse(make_ongoing((0.99, (1000, 0, 0)), truth=rare)) is not None


@pytest.mark.parametrize(
    "truth",
    [
        {"other": 20, "crater": 5, "spider": 4},
        {"other": 96, "crater": 4, "spider": 0},
    ],
)
def test_too_few_images_announce_nothing(truth):
    assert ongoing_collapse(make_ongoing(DEAD, truth=truth)) is None


def test_nothing_is_known_before_the_first_epoch():
    assert ongoing_collapse(Evidence("a run")) is None
