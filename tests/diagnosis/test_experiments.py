"""The declared experiments, and what their outcomes decide."""

from __future__ import annotations

import pytest

from hirise.diagnosis.causes import Cause
from hirise.diagnosis.causes.decisions import (
    NONE,
    OTHER,
    Decision,
    decide,
    decisions_of,
    in_order,
    prior_of,
    title_of,
    told,
    updated,
)
from hirise.diagnosis.causes.experiment import NEEDS, Experiment
from hirise.diagnosis.causes.experiments import EXPERIMENTS, experiment_named
from hirise.errors import InputError
from hirise.runs.experiments import ExperimentResult

COIN = Experiment(
    key="coin",
    title="Toss",
    done="It was tossed.",
    needs=(),
    seconds=1,
    outcomes={"heads": "heads", "tails": "tails"},
    otherwise=(0.5, 0.5),
    expects={"loaded": (0.95, 0.05), "bent": (0.9, 0.1)},
    decides=("loaded",),
)


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda e: e.key)
def test_every_row_is_a_distribution_over_the_outcomes(experiment):
    for row in (experiment.otherwise, *experiment.expects.values()):
        assert len(row) == len(experiment.outcomes)
        assert sum(row) == pytest.approx(1)
        # No outcome may rule a cause out for good.
        assert min(row) >= 0.0001


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda e: e.key)
def test_a_decided_cause_predicts_what_others_do_not(experiment):
    assert set(experiment.needs) <= set(NEEDS)
    for cause in experiment.decides:
        outcome = experiment.prediction(cause)
        own = experiment.probability(outcome, cause)
        assert own >= 3 * experiment.probability(outcome, OTHER)


def test_keys_are_unique_and_an_unknown_one_is_refused():
    keys = [experiment.key for experiment in EXPERIMENTS]
    assert len(set(keys)) == len(keys)
    with pytest.raises(InputError, match="No experiment 'memorize'"):
        experiment_named("memorize")


def test_bayes_rule_by_hand():
    before = {"loaded": 0.2, "other": 0.8}
    after = updated(before, COIN, "heads")
    # .2 × .95 = .19 against .8 × .5 = .4
    assert after["loaded"] == pytest.approx(0.19 / 0.59)


def test_a_prior_sums_to_one_and_rules_no_cause_out():
    prior = prior_of({NONE: 0.25, "network-dead": 0.75})
    assert sum(prior.values()) == pytest.approx(1)
    assert prior[NONE] == pytest.approx(0.225)  # nine tenths of what findings say
    assert min(prior.values()) > 0.002
    assert title_of(OTHER) == "Another cause"


def test_a_cause_is_confirmed_by_the_experiment_that_decides_it():
    prior = {"loaded": 0.9, "other": 0.1}
    decision = decide(prior, [("coin", "heads")], [COIN])["loaded"]
    # .95 is less than 3 × .5, so it is likelier but not singled out.
    assert decision.status == "undecided"
    assert decision.probability == pytest.approx(0.855 / 0.905)


def test_a_rival_that_predicts_the_same_keeps_a_cause_undecided():
    sharp = Experiment(
        **{**vars(COIN), "otherwise": (0.05, 0.95), "key": "sharp"},
    )
    alone = decide({"loaded": 0.5, "other": 0.5}, [("sharp", "heads")], [sharp])
    assert alone["loaded"].status == "confirmed"
    assert alone["loaded"].decided_by == "sharp"
    rival = {"loaded": 0.45, "bent": 0.05, "other": 0.5}
    both = decide(rival, [("sharp", "heads")], [sharp])
    assert both["loaded"].status == "undecided"
    # `bent` is not decided by this experiment, however likely it is.
    lonely = decide({"bent": 0.5, "other": 0.5}, [("sharp", "heads")], [sharp])
    assert lonely["bent"].status == "undecided"


def test_a_rival_that_another_experiment_refuted_blocks_nothing():
    sharp = Experiment(**{**vars(COIN), "otherwise": (0.05, 0.95), "key": "sharp"})
    straight = Experiment(
        **{**vars(COIN), "expects": {"bent": (0.02, 0.98)}, "key": "straight"}
    )
    prior = {"loaded": 0.45, "bent": 0.15, "other": 0.4}
    first = decide(prior, [("sharp", "heads")], [sharp])
    assert first["loaded"].status == "undecided"
    made = [("sharp", "heads"), ("straight", "heads"), ("straight", "heads")]
    # .45 × .95 × .25 = .107; .15 × .9 × .0004 and .4 × .05 × .25 = .005 are left.
    after = decide(prior, made, [sharp, straight])
    assert after["loaded"].status == "confirmed"
    assert after["bent"].status == "refuted"


def test_a_cause_is_refuted_by_what_took_its_probability_away():
    sharp = Experiment(**{**vars(COIN), "otherwise": (0.01, 0.99), "key": "sharp"})
    prior = {"loaded": 0.3, "other": 0.7}
    # .3 × .95 × .05 = .014 against .7 × .5 × .99 = .347
    decisions = decide(prior, [("coin", "heads"), ("sharp", "tails")], [COIN, sharp])
    assert decisions["loaded"].status == "refuted"
    assert decisions["loaded"].decided_by == "sharp"
    assert decisions["other"].status == "undecided"


def test_what_is_no_longer_declared_decides_nothing():
    prior = {"loaded": 0.97, "other": 0.03}
    decisions = decide(prior, [("gone", "heads"), ("coin", "edge")], [COIN])
    assert decisions["loaded"].status == "undecided"
    assert decisions["loaded"].probability == 0.97


def make_result(key: str, outcome: str) -> ExperimentResult:
    return ExperimentResult(
        key=key,
        title=experiment_named(key).title,
        done="",
        outcome=outcome,
        meaning="",
        sentence="Kappa {0.9} is 90%.",
        created="2026-12-01T00:00:00.000+00:00",
    )


def test_a_diagnosis_puts_a_confirmed_cause_first_and_a_refuted_one_last():
    dead = Cause("network-dead", "Dead", (), (), (), "", probability=0.4)
    leaks = Cause("split-leaks", "Leaks", (), (), (), "", probability=0.4)
    results = [make_result("without-leaks", "holds"), make_result("lower-rate", "same")]
    posterior = {"network-dead": 0.4, "split-leaks": 0.4, OTHER: 0.2}
    decisions = decisions_of(posterior, results)
    assert decisions["split-leaks"].before == pytest.approx(0.36 + 0.1 / 37, abs=1e-3)
    assert decisions["split-leaks"].probability < decisions["split-leaks"].before
    confirmed = [make_result("lower-rate", "cures"), results[0]]
    decisions = decisions_of(posterior, confirmed)
    assert decisions["network-dead"].status == "confirmed"
    order = in_order([leaks, dead], decisions, confirmed)
    assert [cause.key for cause in order] == ["network-dead", "split-leaks"]


def test_a_confirmed_cause_is_listed_though_no_finding_suggested_it():
    results = [make_result("modes", "restored")]
    decisions = {"modes-differ": Decision("confirmed", "modes", 0.95, 0.3)}
    (cause,) = in_order([], decisions, results)
    assert cause.title == "Training mode and inference mode differ"
    assert cause.evidence == "Kappa {0.9} is 90%."
    assert told(decisions["modes-differ"]).startswith("confirmed by the experiment")


def test_an_outcome_that_a_cause_makes_unlikely_does_not_confirm_it():
    rare = Experiment(
        **{**vars(COIN), "otherwise": (0.004, 0.996), "key": "rare"}
        | {"expects": {"loaded": (0.05, 0.95)}}
    )
    decisions = decide({"loaded": 0.9, "other": 0.1}, [("rare", "heads")], [rare])
    # Twelve times likelier than under another cause, and a surprise all the same.
    assert decisions["loaded"].probability > 0.99
    assert decisions["loaded"].status == "undecided"
