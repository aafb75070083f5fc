"""Remedies are offered only where they can help."""

import numpy as np
import pytest

from hirise.diagnosis import diagnose
from hirise.diagnosis.advice import BY_FREQUENCY, has_even_frequencies, offer
from hirise.diagnosis.causes.cause import Cause
from hirise.diagnosis.causes.decisions import Decision
from hirise.diagnosis.finding import Finding

KEYS = ("lower-learning-rate", "logit-adjustment", "transfer")
DEAD = Cause("network-dead", "Dead", (), (), (), "", remedies=KEYS[:1], probability=0.9)


def offered(evidence, causes=(), decisions=None):
    finding = Finding("HR201", "", "error", "", remedies=KEYS)
    ((kept,), _) = offer([finding], causes, decisions or {}, evidence)
    return kept.remedies


@pytest.fixture
def collapsed(make_evidence):
    """Of two classes, of which the first has this share."""

    def make(share):
        truth = np.repeat([0, 1], [int(100 * share), 100 - int(100 * share)])
        return make_evidence(y_true=truth, y_pred=0 * truth)

    return make


def test_a_rate_is_changed_only_where_it_is_the_cause(collapsed):
    evidence = collapsed(0.8)
    assert offered(evidence) == ("logit-adjustment", "transfer")
    assert offered(evidence, [DEAD]) == KEYS
    refuted = {"network-dead": Decision("refuted", "lower-rate", 0.01, 0.9)}
    assert offered(evidence, [DEAD], refuted) == ("logit-adjustment", "transfer")


@pytest.mark.parametrize(("share", "even"), [(0.5, True), (0.59, True), (0.61, False)])
def test_equal_frequencies_need_no_adjustment(share, even, collapsed):
    evidence = collapsed(share)  # .59 to .41 is 1.44, .61 to .39 is 1.56
    assert has_even_frequencies(evidence) is even
    assert ("logit-adjustment" in offered(evidence)) is not even
    found = {key for one in diagnose(evidence).findings for key in one.remedies}
    assert bool(found & BY_FREQUENCY) is not even


def test_training_decides_on_frequencies_where_it_is_known(make_evidence):
    truth = np.repeat([0, 1], 50)
    uneven = make_evidence(y_true=truth, y_pred=truth, shares={"other": 0.9, "b": 0.1})
    assert has_even_frequencies(uneven) is False
