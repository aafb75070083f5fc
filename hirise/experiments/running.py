"""The runner of each experiment, by its key, and how long it takes on a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from hirise.diagnosis.causes.experiment import Experiment
from hirise.diagnosis.causes.experiments import EXPERIMENTS
from hirise.experiments import (
    brief,
    labels,
    probing,
    relabelling,
    repredicting,
    rescoring,
    retraining,
)
from hirise.experiments.materials import Materials, Observation
from hirise.experiments.planner import Candidate

Run = Callable[[Materials], Observation]


def _as_declared(materials: Materials, experiment: Experiment) -> float:
    return experiment.seconds


@dataclass(frozen=True)
class Runner:
    """How an experiment is run.

    Attributes
    ----------
    key : str
    run : function
    estimate : function
        Seconds that it takes on this run.
    refuse : function
        Why it cannot tell anything on this run; "" if it can.
    """

    key: str
    run: Run
    estimate: Callable[[Materials, Experiment], float] = _as_declared
    refuse: Callable[[Materials], str] = lambda materials: ""


def _needs_probabilities(materials: Materials) -> str:
    has = materials.predictions.proba is not None
    return "" if has else "There are no probabilities, only labels."


RUNNERS: tuple[Runner, ...] = (
    Runner("relabel", relabelling.relabel),
    Runner("rejoin", relabelling.rejoin),
    Runner("repaired-labels", labels.repaired_labels),
    Runner("training-labels", labels.training_labels),
    Runner("adjust-logits", rescoring.adjust_logits, refuse=_needs_probabilities),
    Runner("without-leaks", rescoring.without_leaks),
    Runner(
        "predict-again",
        repredicting.predict_again,
        refuse=repredicting.refuse_names,
    ),
    Runner("other-input", repredicting.other_input, refuse=repredicting.refuse_names),
    Runner(
        "training-images",
        repredicting.training_images,
        refuse=repredicting.refuse_training_images,
    ),
    Runner("kept-epochs", repredicting.kept_epochs, refuse=repredicting.refuse_epochs),
    Runner("modes", repredicting.modes, refuse=repredicting.refuse_modes),
    Runner("memorise", retraining.memorise, retraining.memorise_seconds),
    Runner("lower-rate", retraining.lower_rate, brief.estimate_brief),
    Runner("higher-rate", retraining.higher_rate, brief.estimate_brief),
    Runner(
        "without-augmentation",
        retraining.without_augmentation,
        brief.estimate_brief,
        retraining.refuse_augmentation,
    ),
    Runner(
        "without-dropout",
        retraining.without_dropout,
        brief.estimate_brief,
        retraining.refuse_dropout,
    ),
    Runner(
        "without-regularisation",
        retraining.without_regularisation,
        brief.estimate_brief,
        retraining.refuse_regularisation,
    ),
    Runner("standardised-input", retraining.standardised_input, brief.estimate_brief),
    Runner("probe", probing.probe, probing.probe_seconds, probing.refuse_probe),
    Runner("half-images", retraining.half_images, retraining.whole_seconds),
    Runner(
        "resume",
        retraining.resume,
        retraining.whole_seconds,
        retraining.refuse_resume,
    ),
)


def runner_of(experiment: Experiment) -> Runner | None:
    """How an experiment is run; None where a person has to run it."""
    return next((r for r in RUNNERS if r.key == experiment.key), None)


def feasible(materials: Materials) -> tuple[list[Candidate], dict[str, str]]:
    """The experiments that this run allows, and why the others cannot be run."""
    candidates: list[Candidate] = []
    reasons: dict[str, str] = {}
    for experiment in EXPERIMENTS:
        runner = runner_of(experiment)
        if runner is None:
            continue
        reason = materials.refusal(experiment) or runner.refuse(materials)
        if reason:
            reasons[experiment.key] = reason
        else:
            seconds = runner.estimate(materials, experiment)
            candidates.append(Candidate(experiment, seconds))
    return candidates, reasons


def reestimated(candidate: Candidate, materials: Materials) -> Candidate:
    """A candidate with the seconds that it takes now that others were made."""
    runner = runner_of(candidate.experiment)
    if runner is None:
        return candidate
    return replace(candidate, seconds=runner.estimate(materials, candidate.experiment))
