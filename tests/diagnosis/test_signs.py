"""Signs: seen, not seen or not known, and why."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hirise.diagnosis import diagnose
from hirise.diagnosis.causes.known import Known
from hirise.diagnosis.causes.ranking import look
from hirise.diagnosis.causes.signs import SIGNS

NAMES = ("other", "crater", "dune", "spider")
SHARES = dict(zip(NAMES, (0.7, 0.2, 0.07, 0.03), strict=True))
TRUTH = np.repeat(range(4), (700, 200, 70, 30))


def look_at(evidence):
    diagnosis = diagnose(evidence)
    known = Known(evidence, diagnosis.verdict, diagnosis.findings, diagnosis.passed)
    return look(known)


def states(evidence, *keys):
    """True, False or None of each sign."""
    seen = look_at(evidence)
    found = [None if seen[key] is None else seen[key] is not False for key in keys]
    return found if len(found) > 1 else found[0]


def scored(strength, bias, truth=TRUTH, shares=SHARES):
    """A ranking that a bias towards the first class hides in part."""
    logits = strength * np.eye(4)[truth]
    logits += np.random.default_rng(0).normal(size=logits.shape)
    logits[:, 0] += bias
    proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found = {"y_true": truth, "y_pred": proba.argmax(axis=1), "proba": proba}
    return found | {"shares": shares, "split": "val"}


def curves(**columns):
    return {"history": columns, "shares": SHARES}


def test_keys_are_unique_and_titles_have_no_full_stop():
    assert len({sign.key for sign in SIGNS}) == len(SIGNS)
    assert not [sign.key for sign in SIGNS if sign.title.endswith(".")]


def test_nothing_known_is_no_sign(make_evidence):
    assert set(look_at(make_evidence()).values()) == {None}


@pytest.mark.parametrize(
    ("optimiser", "rate", "high", "low"),
    [
        ("Adam", 5e-3, True, False),
        ("Adam", 1e-3, False, False),
        ("Adam", 2e-5, False, True),
        ("SGD", 0.1, False, False),
        ("SGD", 0.5, True, False),
        ("sgd_2", 0.1, False, False),  # as Keras names the third one
        ("Adadelta", 1e-3, False, True),
        ("", 1e-2, True, False),
    ],
)
def test_a_learning_rate_is_judged_by_its_optimiser(
    optimiser, rate, high, low, make_evidence
):
    evidence = replace(
        make_evidence(**curves(loss=[1.0, 0.9], learning_rate=[rate] * 2)),
        settings={"optimizer": optimiser},
    )
    assert states(evidence, "rate-high", "rate-low") == [high, low]


def test_classes_that_a_threshold_hides_are_rarer_than_the_predicted_one(make_evidence):
    hidden = make_evidence(**scored(4, 5))
    assert states(hidden, "hidden-classes") is True
    assert states(make_evidence(**scored(4, 0)), "hidden-classes") is False
    even = np.repeat(range(4), 250)
    given = scored(4, 5, truth=even, shares=dict.fromkeys(NAMES, 0.25))
    evidence = make_evidence(**given)
    assert states(evidence, "ranking-kept", "hidden-classes") == [True, False]


def test_labels_alone_have_no_ranking(make_evidence):
    given = scored(4, 5)
    del given["proba"]
    assert states(make_evidence(**given), "ranking-kept", "errors-confident") == [
        None,
        None,
    ]


def test_errors_of_noisy_labels_are_as_confident_as_hits(make_evidence):
    rng = np.random.default_rng(3)
    noisy = np.where(rng.random(1000) < 0.3, rng.integers(0, 4, 1000), TRUTH)
    assert states(make_evidence(**scored(8, 0) | {"y_true": noisy}), "errors-confident")
    hard = make_evidence(**scored(2, 0))  # what is near a boundary is wrong more often
    assert states(hard, "errors-confident") is False


def test_missed_classes_with_hardly_a_training_image(make_evidence):
    given = scored(9, 0)
    given["proba"][TRUTH == 3] = np.eye(4)[0]
    given["y_pred"] = given["proba"].argmax(axis=1)
    few = pd.DataFrame({"train": [900, 200, 70, 4], "val": [700, 200, 70, 30]}, NAMES)
    evidence = make_evidence(**given, split_counts=few)
    keys = ("tiny-missed", "tiny-class", "absent-class")
    assert states(evidence, *keys) == [True, True, False]
    assert "fewer than 12 training images: 'spider'" in str(look_at(evidence)[keys[0]])
    many = few.assign(train=[900, 200, 70, 40])
    evidence = make_evidence(**given, split_counts=many)
    assert states(evidence, *keys) == [False, False, False]
    none = few.assign(train=[900, 200, 70, 0])
    assert states(make_evidence(**given, split_counts=none), *keys) == [
        False,
        False,
        True,
    ]
    assert states(make_evidence(**given), *keys) == [None, None, None]


def test_a_class_is_taken_for_one_that_training_has_more_of(make_evidence):
    truth = np.repeat(range(4), 100)
    predicted = np.where(truth == 2, 1, truth)  # dunes are called craters
    given = {"y_true": truth, "y_pred": predicted, "split": "val"}
    counts = pd.DataFrame({"train": [100, 180, 20, 100], "val": [100] * 4}, NAMES)
    key = "taken-for-gainer"
    assert states(make_evidence(**given, split_counts=counts), key) is True
    even = counts.assign(train=[100] * 4)
    assert states(make_evidence(**given, split_counts=even), key) is False


def test_training_that_got_better_and_lost_it_again(make_evidence):
    better = curves(accuracy=[0.8, 0.95, 0.7], val_accuracy=[0.8, 0.9, 0.7])
    assert states(make_evidence(**better), "was-better") is True
    # .70 is what the most frequent class alone gives: nothing was learned, or lost.
    baseline = curves(accuracy=[0.7, 0.3, 0.2], val_accuracy=[0.7, 0.3, 0.2])
    assert states(make_evidence(**baseline), "was-better") is False


def test_modes_are_compared_where_both_were_measured(make_evidence):
    lags = curves(accuracy=[0.5, 0.6], logged_accuracy=[0.7, 0.9])
    assert states(make_evidence(**lags), "modes-differ", "inference-better") == [
        True,
        False,
    ]
    dropout = curves(accuracy=[0.5, 0.9], logged_accuracy=[0.4, 0.6])
    assert states(make_evidence(**dropout), "modes-differ", "inference-better") == [
        False,
        True,
    ]
    assert states(make_evidence(**curves(accuracy=[0.5, 0.9])), "modes-differ") is None


def layer_stats(**columns):
    rows = {"epoch": [1, 1, 1, 1], "layer": ["a", "b", "c", "d"]}
    return pd.DataFrame(
        {**rows, "gradient_median": 1.0, "update_median": 1e-3} | columns
    )


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({"gradient_median": [1e-5, 1e-3, 1e-1, 1.0]}, "gradients-vanish"),
        ({"gradient_median": [0.0, 0.0, 0.0, 1.0]}, "gradients-zero"),
        ({"update_median": [1e-6] * 4}, "updates-small"),
        ({"update_median": [0.3] * 4}, "updates-large"),
        ({"weight_norm": [0.0, 1.0, 1.0, 1.0]}, "zero-weights"),
        ({"gradient_max": [1.0, 1.0, 5e4, 1.0]}, "gradients-explode"),
    ],
)
def test_layers_tell_of_gradients_and_weights(columns, key, make_evidence):
    evidence = make_evidence(**curves(loss=[1.0]))
    usual = layer_stats(weight_norm=1.0, gradient_max=2.0)
    assert states(replace(evidence, layer_stats=usual), key) is False
    odd = layer_stats(**{"weight_norm": 1.0, "gradient_max": 2.0} | columns)
    assert states(replace(evidence, layer_stats=odd), key) is True


def test_gradients_are_those_of_the_last_epoch_that_knows_them(make_evidence):
    first = layer_stats(gradient_median=[1e-5, 1e-3, 1e-1, 1.0])
    later = layer_stats(epoch=[2] * 4, gradient_median=np.nan)
    evidence = make_evidence(**curves(loss=[1.0, 1.0]))
    known = replace(evidence, layer_stats=pd.concat([first, later]))
    assert states(known, "gradients-vanish") is True


def test_few_steps_change_the_weights_by_less_than_their_size(make_evidence):
    evidence = make_evidence(**curves(loss=[1.0, 0.9]))
    evidence = replace(evidence, layer_stats=layer_stats())
    # .001 of their size in each of 2 × 499, and of 2 × 501 steps.
    for steps, expected in ((499, True), (501, False), (None, None)):
        few = replace(evidence, settings={"steps": steps})
        assert states(few, "few-updates") is expected
    learned = make_evidence(**curves(loss=[1.0, 0.4]))
    enough = replace(learned, layer_stats=layer_stats(), settings={"steps": 499})
    assert states(enough, "few-updates") is False


def test_a_rate_below_zero_is_no_low_one(make_evidence):
    evidence = make_evidence(**curves(loss=[1.0]))
    settings = {"learning_rate": -1000.0, "optimizer": "adam_2"}
    found = states(replace(evidence, settings=settings), "rate-high", "rate-low")
    assert found == [True, False]


@pytest.mark.parametrize("key", ["loss-for-numbers", "last-rectified"])
def test_a_regression_has_no_wrong_loss(key, make_evidence):
    evidence = make_evidence(**curves(loss=[1.0]))
    settings = {"loss": "mse", "last_activation": "relu"}
    assert states(replace(evidence, settings=settings), key) is True
    settings["unread_labels"] = {"val": "There is the label 0.5."}
    assert states(replace(evidence, settings=settings), key) is None


def test_weights_that_start_equal_are_a_sign(make_evidence):
    evidence = make_evidence(**curves(loss=[1.0]))
    for layers, expected in ((["conv"], True), ([], None)):
        equal = replace(evidence, settings={"equal_weights": layers})
        assert states(equal, "zero-weights") is expected


EVEN = [300, 300, 300, 300]


@pytest.mark.parametrize(
    ("train", "exchanged", "tilted"),
    [
        (EVEN, False, False),
        ([540, 60, 300, 300], True, False),  # most of a class labelled as another
        ([380, 60, 380, 380], False, True),  # few images of a class
        ([600, 100, 300, 200], False, True),
    ],
)
def test_frequencies_that_differ_between_splits(
    train, exchanged, tilted, make_evidence
):
    truth = np.repeat(range(4), 300)
    counts = pd.DataFrame({"train": train, "val": EVEN}, NAMES)
    shares = dict(zip(NAMES, np.array(train) / sum(train), strict=True))
    evidence = make_evidence(
        y_true=truth, y_pred=truth, split="val", split_counts=counts, shares=shares
    )
    keys = ("frequencies-exchanged", "frequencies-tilted")
    assert states(evidence, *keys) == [exchanged, tilted]
    assert states(replace(evidence, split_counts=None), *keys) == [None, None]


@pytest.mark.parametrize(
    ("n_epochs", "batch", "seen"),
    [(2, 32, True), (2, 4, False), (4, 64, False), (2, None, None)],
)
def test_a_training_of_few_steps(n_epochs, batch, seen, make_evidence):
    # 1,000 images: 64 updates in two epochs of 32, 500 in two of 4.
    counts = pd.DataFrame({"train": [700, 200, 70, 30]}, NAMES)
    evidence = make_evidence(**curves(loss=[1.0] * n_epochs), split_counts=counts)
    evidence = replace(evidence, settings={"batch_size": batch})
    assert states(evidence, "few-steps") is seen
    told = replace(evidence, settings={"steps": 1_000})
    assert states(told, "few-steps") is False


@pytest.mark.parametrize(
    ("accuracy", "seen"),
    [
        ([0.85, 0.95, 0.97, 0.98, 0.99, 1.0], False),
        # Half of the way from .70 to 1 is .85, reached in epoch 5 of 6.
        ([0.70, 0.71, 0.75, 0.80, 0.90, 1.0], True),
        ([0.70, 0.70, 0.70, 0.70, 0.70, 0.70], False),
        ([0.70, 0.80, 1.0], None),
    ],
)
def test_a_training_that_learns_late(accuracy, seen, make_evidence):
    evidence = make_evidence(**curves(accuracy=accuracy))
    assert states(evidence, "learned-late") is seen


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"dropout": 0.9}, "dropout-strong"),
        ({"trainable": 0.1}, "frozen-weights"),
        ({"weight_decay": 2.0}, "penalty-high"),
        ({"loss": "mse_loss"}, "loss-for-numbers"),
        ({"last_activation": "relu"}, "last-rectified"),
        ({"initial_loss": 9.0}, "start-high"),
        ({"batch_normalisation": 3, "batch_size": 2}, "normalisation-weak"),
        # The most frequent class has the largest weight.
        (
            {"class_weights": [8.0, 4.0, 2.0, 1.0], "optimizer": "Adam"},
            "class-weights-wrong",
        ),
    ],
)
def test_settings_that_stand_out(settings, key, make_evidence):
    usual = {
        "dropout": 0.3,
        "trainable": 1.0,
        "weight_decay": 0.01,
        "loss": "cross_entropy",
        "last_activation": "linear",
        "initial_loss": 1.4,
        "batch_normalisation": 3,
        "batch_size": 32,
        "class_weights": [0.3, 1.0, 3.0, 7.0],
        "optimizer": "Adam",
    }
    evidence = make_evidence(**curves(loss=[1.0]))
    assert states(replace(evidence, settings=usual), key) is False
    assert states(replace(evidence, settings=usual | settings), key) is True
    assert states(evidence, key) is None


def inputs(**changes):
    usual = {"min": 0.0, "max": 1.0, "mean": 0.5, "std": 0.25, "detail": 0.05}
    usual |= {"constant_images": 0.0, "channel_means": [0.6, 0.5, 0.4]}
    return {"train": usual, "val": usual | changes}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"mean": 120.0, "std": 60.0}, "input-differs"),
        ({"channel_means": [0.4, 0.5, 0.6]}, "channels-swapped"),
        ({"constant_images": 0.3}, "blank-images"),
        ({"detail": 0.15}, "detail-lost"),
    ],
)
def test_what_the_network_gets_of_both_splits(changes, key, make_evidence, make_probe):
    def of(given):
        activations = replace(make_probe(), inputs=given)
        return make_evidence(**curves(loss=[1.0]), activations=activations)

    assert states(of(inputs()), key) is False
    assert states(of(inputs(**changes)), key) is True
    assert states(of({}), key) is None


def test_an_input_is_wide_by_its_spread_and_not_by_values_far_out(
    make_evidence, make_probe
):
    for std, expected in ((9.0, False), (60.0, True)):
        wide = {"train": {"min": -15.0, "max": 15.0, "mean": 0.0, "std": std}}
        probe = replace(make_probe(), inputs=wide)
        evidence = make_evidence(**curves(loss=[1.0]), activations=probe)
        assert states(evidence, "input-wide") is expected


@pytest.mark.parametrize(
    ("split", "accuracy", "expected"),
    [
        ("val", 0.93, True),
        ("all", 0.93, True),  # a file that names no split
        ("test", 0.93, True),
        ("val", 0.28, False),
        ("test", 0.47, False),  # another split, .18 above the interval
        ("train", 0.93, None),
    ],
)
def test_curves_contradict_predictions(split, accuracy, expected, make_evidence):
    """A quarter of 200 predictions is correct: at most .316 at 95%."""
    truth = np.arange(200) % 4
    given = {"y_true": truth, "y_pred": np.arange(200) // 4 % 4, "split": split}
    measured = {"accuracy": [0.7, 0.95], "val_accuracy": [0.6, accuracy]}
    evidence = make_evidence(**given | {"history": measured})
    assert evidence.evaluation.metric("accuracy") == 0.25
    assert states(evidence, "curves-contradict") is expected
