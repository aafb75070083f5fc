"""What experiments decide: the probability and the status of each cause after them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hirise.diagnosis.causes.catalogue import CAUSES, NONE, OTHER
from hirise.diagnosis.causes.cause import Cause
from hirise.diagnosis.causes.experiment import Experiment
from hirise.diagnosis.causes.experiments import EXPERIMENTS, experiment_named
from hirise.diagnosis.wording import Phrase
from hirise.runs.experiments import ExperimentResult

CONFIRMED, REFUTED = 0.9, 0.05
"""Probability from which a cause is confirmed, and below which it is refuted."""
TIMES = 3.0
"""How much likelier an outcome must be under a cause than under each rival."""
EXPECTED = 0.1
"""Least probability of an outcome under the cause that it confirms."""
RIVAL = REFUTED
"""Probability from which another cause is a rival."""
Status = Literal["confirmed", "refuted", "undecided"]
Probabilities = Mapping[str, float]
Outcome = tuple[str, str]
"""Key of an experiment, and what came out."""

DOUBT = 0.1
"""How much of the probability is spread over all causes, and an unknown one, before
experiments: findings may mislead, and an experiment must be able to say so."""


@dataclass(frozen=True)
class Decision:
    """Whether experiments decided a cause.

    Attributes
    ----------
    status : {"confirmed", "refuted", "undecided"}
    decided_by : str
        Key of the experiment; "" while undecided.
    probability : float
        Of the cause, after all experiments.
    before : float
        Of the cause, before them.
    """

    status: Status = "undecided"
    decided_by: str = ""
    probability: float = 0.0
    before: float = 0.0


def cause_keys(experiments: Sequence[Experiment] = EXPERIMENTS) -> tuple[str, ...]:
    """All causes of the catalogue, and those that an experiment speaks about."""
    named = list(_titles())
    named += [key for experiment in experiments for key in experiment.expects]
    return tuple(key for key in dict.fromkeys(named) if key not in (NONE, OTHER))


def title_of(cause: str) -> str:
    """What a cause is called, for people.

    Examples
    --------
    >>> title_of("modes-differ"), title_of("dropout-too-strong")
    ('Training mode and inference mode differ', 'Dropout leaves too few units')
    """
    if cause == NONE:
        return "No fault"
    if cause == OTHER:
        return "Another cause"
    return _titles().get(cause, cause.replace("-", " ").capitalize())


def _titles() -> dict[str, str]:
    return {cause.key: cause.title for cause in CAUSES}


def prior_of(posterior: Probabilities) -> dict[str, float]:
    """The probability of every cause before experiments, given what findings say.

    Examples
    --------
    >>> prior = prior_of({"none": 0.2, "network-dead": 0.8})
    >>> round(prior["none"], 2), round(prior["network-dead"], 3)
    (0.18, 0.723)
    """
    keys = (*cause_keys(), OTHER)
    spread = dict.fromkeys(keys, DOUBT / len(keys))
    mixed = {
        key: (1 - DOUBT) * posterior.get(key, 0.0) + spread.get(key, 0.0)
        for key in (*keys, NONE)
    }
    total = sum(mixed.values())
    return {key: value / total for key, value in mixed.items()}


def updated(
    before: Probabilities, experiment: Experiment, outcome: str
) -> dict[str, float]:
    """The probabilities after one outcome, by Bayes' rule.

    Examples
    --------
    >>> from hirise.diagnosis.causes.experiments import experiment_named
    >>> before = {"split-leaks": 0.5, "other": 0.5}
    >>> after = updated(before, experiment_named("without-leaks"), "falls")
    >>> round(after["split-leaks"], 3)
    0.968
    """
    joint = {
        cause: probability * experiment.probability(outcome, cause)
        for cause, probability in before.items()
    }
    total = sum(joint.values())
    return {cause: value / total for cause, value in joint.items()}


def decide(
    prior: Probabilities,
    outcomes: Sequence[Outcome],
    experiments: Sequence[Experiment] = EXPERIMENTS,
) -> dict[str, Decision]:
    """Whether each cause is confirmed, refuted or undecided after all outcomes.

    A cause is confirmed if its probability is at least .9 and an experiment that
    decides it came out in a way that is at least three times likelier under it than
    under an unknown cause and under each rival that is left, and no surprise under it
    (.1 or more). It is refuted if its probability fell below .05. Outcomes that are no
    longer declared count for nothing.

    Examples
    --------
    >>> prior = {"split-leaks": 0.5, "other": 0.5}
    >>> decisions = decide(prior, [("without-leaks", "falls")])
    >>> decisions["split-leaks"].status, decisions["other"].status
    ('confirmed', 'refuted')
    """
    known = {experiment.key: experiment for experiment in experiments}
    made = [
        (known[key], outcome)
        for key, outcome in outcomes
        if key in known and outcome in known[key].outcomes
    ]
    current = dict(prior)
    refuting: dict[str, tuple[float, str]] = {}
    for experiment, outcome in made:
        after = updated(current, experiment, outcome)
        for cause in current:
            fall = current[cause] - after[cause]
            refuting[cause] = max(
                refuting.get(cause, (0.0, "")), (fall, experiment.key)
            )
        current = after
    confirming = {
        cause: experiment.key
        for experiment, outcome in made
        for cause in current
        if _is_singled_out(cause, current, experiment, outcome)
    }
    return {
        cause: _decision(
            prior[cause], current[cause], confirming.get(cause, ""), refuting.get(cause)
        )
        for cause in prior
    }


def decisions_of(
    posterior: Probabilities, results: Sequence[ExperimentResult]
) -> dict[str, Decision]:
    """What experiments decide about causes of which findings say `posterior`.

    Examples
    --------
    >>> decisions_of({"none": 1.0}, [])["network-dead"].status
    'undecided'
    """
    outcomes = [(result.key, result.outcome) for result in results]
    return decide(prior_of(posterior), outcomes)


def in_order(
    causes: Sequence[Cause],
    decisions: Mapping[str, Decision],
    results: Sequence[ExperimentResult],
) -> tuple[Cause, ...]:
    """`causes`, a confirmed one first, though it was not listed, and refuted ones last.

    Examples
    --------
    >>> in_order([], {}, [])
    ()
    """
    listed = {cause.key for cause in causes}
    confirmed = [
        _confirmed_cause(key, decision, results)
        for key, decision in decisions.items()
        if decision.status == "confirmed" and key not in (*listed, NONE, OTHER)
    ]
    order = ("confirmed", "undecided", "refuted")

    def place(cause: Cause) -> int:
        return order.index(decisions.get(cause.key, Decision()).status)

    return tuple(sorted([*confirmed, *causes], key=place))


def _confirmed_cause(
    key: str, decision: Decision, results: Sequence[ExperimentResult]
) -> Cause:
    """A cause that the findings did not suggest, and an experiment confirmed."""
    result = next(r for r in results if r.key == decision.decided_by)
    known = next((cause for cause in CAUSES if cause.key == key), None)
    return Cause(
        key=key,
        title=title_of(key),
        statements=(Phrase("{sentence}", {"sentence": result.sentence}),),
        for_=(),
        against=(),
        experiment=result.title if known is None else known.experiment,
        remedies=() if known is None else known.remedies,
    )


def meaning_of_outcome(key: str, outcome: str) -> str:
    """What an outcome of an experiment says; "" if it is not declared.

    Examples
    --------
    >>> meaning_of_outcome("memorise", "memorised")
    '50 images are memorised'
    """
    known = {experiment.key: experiment for experiment in EXPERIMENTS}
    return known[key].outcomes.get(outcome, "") if key in known else ""


def told(decision: Decision) -> str:
    """Which experiment confirmed or refuted a cause; "" while it is undecided.

    Examples
    --------
    >>> told(Decision("confirmed", "modes", 0.95))
    "confirmed by the experiment 'Compare training mode with inference mode'"
    """
    if decision.status == "undecided":
        return ""
    title = experiment_named(decision.decided_by).title
    return f"{decision.status} by the experiment '{title}'"


def _is_singled_out(
    cause: str, current: Probabilities, experiment: Experiment, outcome: str
) -> bool:
    """Whether an experiment that decides `cause` came out as it alone makes likely."""
    own = experiment.probability(outcome, cause)
    usual = experiment.probability(outcome, OTHER)
    if cause not in experiment.decides or own < max(TIMES * usual, EXPECTED):
        return False
    return all(
        own >= TIMES * experiment.probability(outcome, rival)
        for rival, probability in current.items()
        if rival != cause and probability >= RIVAL
    )


def _decision(
    before: float, after: float, confirmed_by: str, fall: tuple[float, str] | None
) -> Decision:
    if after >= CONFIRMED and confirmed_by:
        return Decision("confirmed", confirmed_by, after, before)
    if after < REFUTED and after < before and fall is not None and fall[0] > 0:
        return Decision("refuted", fall[1], after, before)
    return Decision(probability=after, before=before)
