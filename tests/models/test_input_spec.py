"""Pixel scale and class order, found from outputs that are made by hand."""

import numpy as np
import pytest

from hirise.models.input_spec import (
    ALPHABETICAL,
    DATASET,
    RELABELLED,
    InputForm,
    class_orders,
    find_input_spec,
    trial_rows,
)
from hirise.models.outputs import in_class_order
from hirise.models.pixel_scales import Encoding

NAMES = ("other", "crater", "dune")
TRUTH = np.repeat([0, 1, 2], 20)


def outputs(truth, *, sure=4.0, order=(0, 1, 2)):
    """Logits that are `sure` of the truth; output n belongs to class order[n]."""
    logits = np.zeros((len(truth), 3))
    logits[np.arange(len(truth)), truth] = sure
    return logits[:, list(order)]


def form(scale):
    return InputForm(Encoding(scale))


def noise(seed):
    return np.random.default_rng(seed).normal(size=(len(TRUTH), 3))


def found(trials, **options):
    trials = {form(scale): values for scale, values in trials.items()}
    options = {"orders": class_orders(NAMES), "relabel": True} | options
    return find_input_spec(trials, TRUTH, NAMES, **options)


def test_the_scale_that_makes_the_truth_likeliest():
    result = found({"0-255": noise(0), "0-1": outputs(TRUTH), "-1-1": noise(1)})
    assert (result.form.encoding.scale, result.order) == ("0-1", DATASET)
    assert result.columns.tolist() == [0, 1, 2]
    taken = result.trials[result.trials["fits"] == "taken"].iloc[0]
    assert taken["balanced_accuracy"] == pytest.approx(1)
    # -log(e^4 / (e^4 + 2)), worked out by hand.
    assert taken["loss"] == pytest.approx(0.03597, abs=1e-5)
    assert "Pixel scale 0-1, found by trying 60 images" in result.notes[0]
    assert "0-1 100%" in result.notes[0]


def test_outputs_in_alphabetical_order():
    # Alphabetical: crater, dune, other; the dataset has other, crater, dune.
    result = found({"0-255": outputs(TRUTH, order=(1, 2, 0))})
    assert (result.order, result.columns.tolist()) == (ALPHABETICAL, [2, 0, 1])
    restored = in_class_order(outputs(TRUTH, order=(1, 2, 0)), result.columns)
    assert (restored == outputs(TRUTH)).all()


def test_any_other_order_is_found_from_what_is_predicted():
    result = found({"0-255": outputs(TRUTH, order=(2, 1, 0))})
    assert (result.order, result.columns.tolist()) == (RELABELLED, [2, 1, 0])
    given = found({"0-255": outputs(TRUTH, order=(2, 1, 0))}, relabel=False)
    assert given.order != RELABELLED


def test_two_that_fit_equally_are_both_told_and_the_usual_is_taken():
    same = outputs(TRUTH)
    result = found({"0-255": same, "0-1": noise(0), "-1-1": same})
    assert result.form.encoding.scale == "0-255"
    usual = result.trials[result.trials["order"] == DATASET]
    fits = dict(zip(usual["scale"], usual["fits"], strict=True))
    assert fits == {"0-255": "taken", "0-1": "no", "-1-1": "equally well"}
    assert "0-255 is taken, but -1-1 fits 60 trial images equally" in result.notes[0]


def test_a_slightly_likelier_one_does_not_hide_that_both_fit():
    # Better for half of the images, worse for the other: no difference that tells.
    usual, other = outputs(TRUTH), outputs(TRUTH)
    usual[::2] *= 0.9
    other[1::2] *= 0.91
    result = found({"0-255": usual, "0-1": other})
    assert result.form.encoding.scale == "0-255"
    assert "0-1 fits 60 trial images equally well" in result.notes[0]


def test_one_answer_for_everything_fits_on_every_scale():
    dead = np.tile([3.0, 0.0, 0.0], (len(TRUTH), 1))
    result = found({"0-255": dead, "0-1": dead})
    assert (result.form.encoding.scale, result.order) == ("0-255", DATASET)
    assert all("equally well" in note for note in result.notes)


def test_labels_alone_are_compared_by_their_accuracy():
    broken = outputs(TRUTH)
    broken[0, 0] = np.nan
    result = found({"0-255": noise(0), "0-1": broken})
    assert result.form.encoding.scale == "0-1"


def test_a_single_output_turned_round():
    truth = np.repeat([0, 1], 30)
    logit = np.where(truth == 1, -3.0, 3.0)[:, None]
    result = find_input_spec(
        {form("0-255"): logit},
        truth,
        ("no", "yes"),
        orders=class_orders(("no", "yes")),
        relabel=True,
    )
    assert (result.order, result.columns.tolist()) == (RELABELLED, [1, 0])
    assert (in_class_order(logit, result.columns) == -logit).all()
    shares = np.array([[0.2], [0.9]])
    np.testing.assert_allclose(in_class_order(shares, np.array([1, 0])), [[0.8], [0.1]])


def test_trial_rows_take_the_same_of_each_class():
    truth = np.array([0] * 200 + [1] * 3 + [2] * 50)
    rows = trial_rows(truth, most=50)
    assert np.bincount(truth[rows]).tolist() == [50, 3, 50]
    assert rows[:3].tolist() == [0, 4, 8]
