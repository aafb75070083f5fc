"""What an examination decided, in one sentence."""

from __future__ import annotations

from hirise.diagnosis.causes.catalogue import NONE, OTHER
from hirise.diagnosis.causes.decisions import title_of
from hirise.diagnosis.causes.experiments import experiment_named
from hirise.diagnosis.causes.ranking import TOLD
from hirise.experiments.examination import Examination


def conclusion(examination: Examination) -> str:
    """Which cause was confirmed, by what; else what remains possible."""
    n = len(examination.results)
    made = f"{n} experiment{'' if n == 1 else 's'}"
    cause = examination.confirmed
    if cause is not None:
        decision = examination.decisions[cause]
        title = experiment_named(decision.decided_by).title
        return (
            f"Confirmed: {title_of(cause)} (probability {decision.probability:.0%} "
            f"after {made}, decided by '{title}')."
        )
    likeliest = max(
        (key for key in examination.posterior if key not in (NONE, OTHER)),
        key=lambda key: examination.posterior[key],
    )
    if not n:
        return (
            "No experiment that can be made on this run is expected to tell more about "
            "the cause."
        )
    if examination.posterior[likeliest] < TOLD:
        return (
            f"No cause is left after {made}: each has a probability below {TOLD:.0%}."
        )
    return (
        f"Undecided after {made}: no cause reaches the probability and the proof that "
        f"a confirmation needs. The likeliest is: {title_of(likeliest)} "
        f"({examination.posterior[likeliest]:.0%})."
    )
