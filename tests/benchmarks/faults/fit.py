"""Fit the weights of the signs to the answers, and score them on families left out.

    python tests/benchmarks/faults/fit.py ANSWERS.jsonl [--write]

Each family of images is scored with weights that were fitted on the others. With
`--write`, the weights that are fitted on all families become those of the product.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from plant import IMAGES
from score import print_scores
from truth import acceptable, label, with_effect

from hirise.diagnosis.causes import weights as product
from hirise.diagnosis.causes.catalogue import CAUSES, NONE
from hirise.diagnosis.causes.ranking import is_told
from hirise.diagnosis.causes.signs import SIGNS, curves, predictions
from hirise.diagnosis.causes.weights import DECIBAN, HYPOTHESES, Weights, prior

LEAST = 0.003
"""The smallest rate that so few trainings can show."""
PSEUDO = 12.0
"""Trainings that the general rate of a sign counts as, where a cause has few."""
PSEUDO_NONE = 1.0
PSEUDO_DEFINED = 4.0
DEFINED = 0.95
"""Rate of a defining sign before anything was seen."""
LEAST_WEIGHT = 2
"""Decibans below which a weight is left out."""
WITHOUT = -12
"""Decibans that the absence of all defining signs takes at least."""
CAP, CAP_NONE = 3.0, 5.0
"""Nats that a sign can weigh."""
TEMPER = 0.6
"""What symptoms count: those of one training depend on each other."""
SHARP = (
    *("HR207", "curves-contradict", "other-epoch", "modes-differ", "memorised"),
    *(
        "tiny-missed",
        "HR404:below chance",
        "was-better",
        "accuracy-cost",
        "HR405",
        "HR405:late",
    ),
)
"""Signs in predictions and curves that belong to one cause."""
SYMPTOMS = {s.key for s in (*predictions.SIGNS, *curves.SIGNS)} - set(SHARP)
_OF_CLASSES = (
    "class-absent-from-training",
    "class-mislabelled",
    "class-too-rare",
    "classes-differ",
    "priors-differ",
)
OF_DATA = {
    "tiny-class": ("class-too-rare",),
    "few-images": ("class-too-rare", "overfitted"),
    "HR106": _OF_CLASSES,
    "frequencies-exchanged": _OF_CLASSES,
    "frequencies-tilted": _OF_CLASSES,
}
"""Signs that describe the data, and the causes that they speak of beside their owners.

What else they would say of a cause is which data the fault happened to be planted in.
"""
OWNERS = {
    sign.key: [c.key for c in CAUSES if sign.key in c.defined_by] for sign in SIGNS
}

Answers = list[dict[str, Any]]


def fit(answers: Answers) -> Weights:
    """The weights of the signs, from answers whose causes are known."""
    by_cause: dict[str, Answers] = defaultdict(list)
    for answer in answers:
        by_cause[label(answer)].append(answer)
    general = {sign.key: _general(sign.key, by_cause) for sign in SIGNS}
    signs: dict[str, dict[str, tuple[int, int]]] = {}
    defining = {}
    for cause, own in by_cause.items():
        hypothesis = HYPOTHESES.get(cause)
        defined = () if hypothesis is None else hypothesis.defined_by
        table = {
            key: _weight(key, cause, own, rate)
            for key, rate in general.items()
            if key not in defined and cause in OF_DATA.get(key, (cause,))
        }
        signs[cause] = {key: pair for key, pair in table.items() if any(pair)}
        pair = _defining(cause, defined, by_cause) if defined else None
        if pair is not None:
            defining[cause] = pair
    return Weights(prior(), signs, defining)


def _general(key: str, by_cause: dict[str, Answers]) -> float:
    """How often a sign is seen under causes that it does not define, each the same."""
    rates = [
        seen / known
        for cause, own in by_cause.items()
        if cause not in OWNERS[key]
        for seen, known in [_counts(own, (key,))]
        if known
    ]
    return float(np.clip(np.mean(rates), LEAST, 0.95)) if rates else 0.05


def _counts(answers: Answers, keys: tuple[str, ...]) -> tuple[int, int]:
    """In how many any of the signs is seen, and in how many one is known."""
    states = [[answer["signs"].get(key) for key in keys] for answer in answers]
    return (
        sum(any(state) for state in states),
        sum(any(s is not None for s in state) for state in states),
    )


def _weight(key: str, cause: str, own: Answers, general: float) -> tuple[int, int]:
    seen, known = _counts(own, (key,))
    pseudo = PSEUDO_NONE if cause == NONE else PSEUDO
    rate = (seen + pseudo * general) / (known + pseudo)
    rate = float(np.clip(rate, LEAST / 2, 1 - LEAST / 2))
    cap = CAP_NONE if cause == NONE else CAP
    temper = TEMPER if key in SYMPTOMS else 1.0
    pair = math.log(rate / general), math.log((1 - rate) / (1 - general))
    first, second = (
        round(DECIBAN * temper * max(-cap, min(cap, nats))) for nats in pair
    )
    return _counted(first), _counted(second)


def _counted(weight: int) -> int:
    return weight if abs(weight) >= LEAST_WEIGHT else 0


def _defining(
    cause: str, keys: tuple[str, ...], by_cause: dict[str, Answers]
) -> tuple[int, int] | None:
    rates = [
        seen / known
        for other, own in by_cause.items()
        if other != cause
        # A training may have overfitted beside its planted fault.
        for untrue in [[a for a in own if cause not in acceptable(a)]]
        for seen, known in [_counts(untrue, keys)]
        if known
    ]
    seen, known = _counts(by_cause[cause], keys)
    if not rates or not known:
        return None
    general = float(np.clip(np.mean(rates), LEAST, 0.9))
    if seen < known / 2:
        # The planted fault did not have the effect that defines the cause.
        seen = known = 0
    rate = min((seen + PSEUDO_DEFINED * DEFINED) / (known + PSEUDO_DEFINED), 0.995)
    without = round(DECIBAN * math.log((1 - rate) / (1 - general)))
    return round(DECIBAN * math.log(rate / general)), min(without, WITHOUT)


def fitted_to(answers: Answers) -> Answers:
    """Those that weights are fitted to: a run counts once, with its images or not."""
    return with_effect(a for a in answers if a["form"] != IMAGES)


def left_out(answers: Answers) -> Answers:
    """The answers, each with the causes by weights of the other families."""
    found = []
    for family in dict.fromkeys(answer["family"] for answer in answers):
        others = [answer for answer in answers if answer["family"] != family]
        weights = fit(fitted_to(others))
        for answer in answers:
            if answer["family"] == family:
                posterior = weights.posterior(answer["signs"])
                found.append(answer | {"causes": _told(answer, posterior)})
    return found


def _told(answer: dict[str, Any], posterior: dict[str, float]) -> list[dict[str, Any]]:
    if answer["is_silent"]:
        return []
    causes = [
        {"key": key, "probability": p}
        for key, p in posterior.items()
        if key in HYPOTHESES
        and is_told(
            HYPOTHESES[key],
            p,
            answer["signs"],
            healthy=answer["verdict"] == "healthy",
        )
    ]
    return sorted(causes, key=lambda cause: -cause["probability"])


def write(weights: Weights) -> None:
    """Make the table of the product."""
    path = Path(product.__file__).with_name(product.FILE)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("cause", "sign", "seen", "not_seen"))
        for cause in (NONE, *HYPOTHESES):
            if cause in weights.defining:
                writer.writerow((cause, "", *weights.defining[cause]))
            for key, pair in weights.signs.get(cause, {}).items():
                writer.writerow((cause, key, *pair))


def main() -> None:
    """Score weights on families left out, and write those of all families."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("answers", type=Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    lines = options.answers.read_text("utf-8").splitlines()
    answers = [json.loads(line) for line in lines]
    answers = [answer for answer in answers if "error" not in answer]
    print_scores(left_out(answers))
    if options.write:
        write(fit(fitted_to(answers)))


if __name__ == "__main__":
    main()
