"""The most expected information per second, within what is left of the budget."""

from __future__ import annotations

import pytest

from hirise.diagnosis.causes.experiment import Experiment
from hirise.experiments.planner import (
    Candidate,
    choose,
    deciding,
    expected_bits,
    next_one,
)


def make_experiment(key: str, p: float, **how) -> Experiment:
    return Experiment(
        key=key,
        title=key,
        done="",
        needs=(),
        seconds=1,
        outcomes={"yes": "yes", "no": "no"},
        otherwise=(1 - p, p),
        expects={"a": (p, 1 - p)},
        **how,
    )


SURE, FAIR = make_experiment("sure", 0.999999), make_experiment("fair", 0.5)
EVEN = {"a": 0.5, "b": 0.5}


def test_an_experiment_that_tells_two_even_causes_apart_gives_one_bit():
    assert expected_bits(EVEN, SURE) == pytest.approx(1, abs=1e-4)
    assert expected_bits(EVEN, FAIR) == 0
    # What is known already cannot be told.
    assert expected_bits({"a": 1.0, "b": 0.0}, SURE) == pytest.approx(0, abs=1e-6)


def test_information_per_second_decides_within_the_budget():
    good = make_experiment("good", 0.9)
    slow, quick = Candidate(SURE, 100), Candidate(good, 10)
    # .53 bits in 10 s are more per second than 1 bit in 100 s.
    chosen = choose(EVEN, [slow, quick], 200)
    assert chosen is not None
    assert chosen.experiment is good
    assert choose(EVEN, [slow], 99) is None
    assert choose(EVEN, [Candidate(FAIR, 1)], 200) is None


def test_the_proof_of_the_likeliest_cause_is_not_left_out():
    proof = make_experiment("proof", 0.9, decides=("a",))
    likely = {"a": 0.999, "b": 0.001}
    assert choose(likely, [Candidate(proof, 5)], 60) is None
    chosen = deciding(likely, [Candidate(proof, 5), Candidate(SURE, 1)], 60)
    assert chosen is not None
    assert chosen.experiment is proof
    assert deciding(EVEN, [Candidate(proof, 5)], 60) is None
    assert deciding(likely, [Candidate(proof, 90)], 60) is None


def test_what_tells_more_leaves_the_time_for_the_proof():
    proof = Candidate(make_experiment("proof", 0.9, decides=("a",)), 50)
    quick = Candidate(SURE, 20)
    likely = {"a": 0.7, "b": 0.3}
    assert next_one(likely, [proof, quick], 70) is not None
    for seconds, expected in ((70, SURE), (69, proof.experiment), (49, SURE)):
        chosen = next_one(likely, [proof, quick], seconds)
        assert chosen is not None
        assert chosen.experiment is expected
    assert next_one(likely, [proof, quick], 19) is None
