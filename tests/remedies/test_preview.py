"""What each remedy would do, told before it is applied."""

import pandas as pd
import pytest

from hirise.diagnosis import Cause, Diagnosis, Finding, Verdict
from hirise.errors import InputError
from hirise.remedies import PREDICTION_KEYS, FitData, sensible_order
from hirise.remedies import suggestions as module
from hirise.remedies.suggestions import preview_remedies, suggest_remedies


@pytest.fixture
def data(make_thresholded):
    return FitData(
        target=make_thresholded(300, 1, split="test"),
        val=make_thresholded(300, 2),
        class_frequencies=pd.Series({"other": 0.9, "crater": 0.07, "dune": 0.03}),
    )


def test_every_remedy_says_what_it_would_choose(data):
    found = preview_remedies(data)
    assert tuple(found) == PREDICTION_KEYS
    able = {key for key, one in found.items() if one.works}
    assert able == set(PREDICTION_KEYS) - {"rejoin-predictions", "reorder-classes"}
    assert "the classes keep their order" in str(found["reorder-classes"].refusal)
    assert "chosen on val: macro-F1 there is" in found["logit-adjustment"].effect


def test_where_nothing_can_work_each_says_why(make_predictions):
    same = make_predictions([[0.8, 0.1, 0.1]] * 40, [0] * 40, split="test")
    found = preview_remedies(FitData(target=same, val=same))
    assert not any(one.works for one in found.values())
    assert "the same probabilities" in str(found["thresholds"].refusal)


def test_what_would_take_long_is_not_fitted_for_a_preview(data, monkeypatch):
    monkeypatch.setattr(module, "PREVIEW_WORK", 10)
    found = preview_remedies(data)["thresholds"]
    assert (found.works, found.effect) == (True, None)


def test_the_remedies_of_the_likeliest_cause_come_first():
    def cause(title, *remedies):
        return Cause("key", title, (), (), (), "", remedies=remedies)

    diagnosis = Diagnosis(
        Verdict("collapsed"),
        findings=(
            Finding("HR201", "", "error", "", remedies=("transfer", "thresholds")),
            Finding("HR202", "", "error", "", remedies=("transfer",)),
        ),
        causes=(cause("ranks well", "thresholds"), cause("too rare", "transfer")),
    )
    found = [(one.key, one.because) for one in suggest_remedies(diagnosis)]
    assert found == [
        ("thresholds", ("ranks well", "HR201")),
        ("transfer", ("too rare", "HR201", "HR202")),
    ]


def test_an_order_is_found_where_there_is_one():
    assert sensible_order({"prior-shift", "temperature-scaling"}) == (
        "temperature-scaling",
        "prior-shift",
    )
    assert sensible_order({"thresholds"}) == ("thresholds",)


@pytest.mark.parametrize(
    "keys",
    [
        {"logit-adjustment", "thresholds"},
        {"abstention", "temperature-scaling"},
        {"abstention", "prior-shift"},
    ],
)
def test_a_senseless_pair_is_refused_with_its_reason(keys):
    with pytest.raises(InputError, match="cannot be combined"):
        sensible_order(keys)
