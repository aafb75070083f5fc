"""Experiments one after the other, until a cause is decided or the budget is spent."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hirise.diagnosis import Diagnosis
from hirise.diagnosis.causes import posterior_of
from hirise.diagnosis.causes.decisions import (
    Decision,
    decide,
    prior_of,
    title_of,
    updated,
)
from hirise.diagnosis.causes.experiment import Experiment
from hirise.diagnosis.finding import NotApplicable
from hirise.diagnosis.wording import capitalised
from hirise.errors import InputError, error_line
from hirise.experiments.materials import Materials, Observation
from hirise.experiments.planner import Candidate, next_one
from hirise.experiments.running import feasible, reestimated, runner_of
from hirise.runs.experiments import Expected, ExperimentResult

SHOWN = 0.03
"""Probability from which a rival's prediction is kept with a result."""


@dataclass(frozen=True)
class Examination:
    """What an examination came to.

    Attributes
    ----------
    prior, posterior : mapping
        Probability of each cause before and after.
    results : tuple of ExperimentResult
        In the order in which they were made.
    decisions : mapping
        Of each cause, by its key.
    refusals : mapping
        Why other experiments could not be run, by their key.
    """

    prior: dict[str, float]
    posterior: dict[str, float]
    results: tuple[ExperimentResult, ...]
    decisions: dict[str, Decision]
    refusals: dict[str, str]

    @property
    def confirmed(self) -> str | None:
        """The cause that was confirmed."""
        found = [k for k, d in self.decisions.items() if d.status == "confirmed"]
        return found[0] if found else None


def examine(
    materials: Materials,
    *,
    budget: float,
    keep: Callable[[ExperimentResult], None] = lambda result: None,
) -> Examination:
    """Run the experiments that are expected to tell most, within `budget` seconds.

    Parameters
    ----------
    materials : Materials
    budget : float
        Seconds. An experiment that is expected to take longer than what is left is not
        begun.
    keep : function
        Called with each result as soon as it is there.
    """
    started = time.monotonic()
    materials.kept["ends"] = started + budget
    candidates, refusals = feasible(materials)
    prior = prior_for(materials.diagnosis)
    current, results = dict(prior), list[ExperimentResult]()
    while True:
        outcomes = [(result.key, result.outcome) for result in results]
        decisions = decide(prior, outcomes)
        left = budget - (time.monotonic() - started)
        is_decided = any(d.status == "confirmed" for d in decisions.values())
        candidates = [reestimated(c, materials) for c in candidates]
        chosen = None
        if not is_decided:
            chosen = next_one(current, candidates, left)
        if chosen is None:
            return Examination(prior, current, tuple(results), decisions, refusals)
        candidates = [c for c in candidates if c.experiment is not chosen.experiment]
        made = _make(chosen, materials, refusals)
        if made is None:
            continue
        observation, seconds = made
        after = updated(current, chosen.experiment, observation.outcome)
        result = _result(chosen.experiment, observation, seconds, current, after)
        keep(result)
        results.append(result)
        current = after


def examination_of(
    diagnosis: Diagnosis, results: Sequence[ExperimentResult]
) -> Examination:
    """What the experiments that a diagnosis read have decided."""
    decisions = dict(diagnosis.decisions)
    return Examination(
        prior={key: decision.before for key, decision in decisions.items()},
        posterior={key: decision.probability for key, decision in decisions.items()},
        results=tuple(results),
        decisions=decisions,
        refusals={},
    )


def prior_for(diagnosis: Diagnosis) -> dict[str, float]:
    """The probability of each cause before any experiment.

    `diagnosis` must have been made without earlier ones.
    """
    assert diagnosis.evidence is not None
    posterior = posterior_of(
        diagnosis.evidence, diagnosis.verdict, diagnosis.findings, diagnosis.passed
    )
    return prior_of(posterior)


def _make(
    chosen: Candidate, materials: Materials, refusals: dict[str, str]
) -> tuple[Observation, float] | None:
    """What came out, and the seconds it took; a refusal is noted instead."""
    experiment, began = chosen.experiment, time.monotonic()
    materials.progress.say(f"{experiment.title}: about {max(chosen.seconds, 1):.0f} s.")
    runner = runner_of(experiment)
    if runner is None:
        raise ValueError(f"`{experiment.key}` has no runner.")
    try:
        observation = runner.run(materials)
    except (InputError, NotApplicable) as error:
        refusals[experiment.key] = error_line(error)
        materials.progress.say(f"It could not be made: {error_line(error)}")
        return None
    meaning = experiment.outcomes[observation.outcome]
    materials.progress.say(f"{capitalised(meaning)}. {observation.sentence}")
    return observation, round(time.monotonic() - began, 2)


def _result(
    experiment: Experiment,
    observation: Observation,
    seconds: float,
    before: dict[str, float],
    after: dict[str, float],
) -> ExperimentResult:
    shown = [key for key in before if max(before[key], after[key]) >= SHOWN]
    shown.sort(key=lambda key: -after[key])
    expected = tuple(
        Expected(
            cause=key,
            title=title_of(key),
            outcome=experiment.prediction(key),
            probability=experiment.probability(observation.outcome, key),
            before=round(before[key], 4),
            after=round(after[key], 4),
        )
        for key in shown
    )
    return ExperimentResult(
        key=experiment.key,
        title=experiment.title,
        done=experiment.done,
        outcome=observation.outcome,
        meaning=experiment.outcomes[observation.outcome],
        sentence=observation.sentence,
        numbers=_rounded(observation),
        expected=expected,
        seconds=seconds,
        created=datetime.now().astimezone().isoformat(timespec="milliseconds"),
    )


def _rounded(observation: Observation) -> dict[str, float | int | str | None]:
    numbers = observation.numbers.items()
    return {k: round(v, 6) if isinstance(v, float) else v for k, v in numbers}
