"""What is true of a training, from its record: the planted fault, and what it did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from make import fault_named
from plant import ALL, BOTH, FILE, IMAGES, RUN, SOUND, Setup

LEARNED = 0.7
"""Balanced accuracy from which a training has learned its classes."""
GAP = 0.2
"""Accuracy on training above validation, and rise of the validation loss in nats, from
which a network has memorised its training images, whatever was planted."""
MISSED = 0.5
FEW, FEW_SHARE = 10, 0.01
"""Training labels of a class, or of all labels, below which a missed class is rare."""

ON_THE_WAY = {
    "classes in another order": (BOTH, FILE),
    "predictions in another order": (BOTH, FILE),
    "predictions of another epoch": (BOTH, FILE),
    "the first epoch kept": (RUN, IMAGES, BOTH, FILE),
    "evaluated images copied from training": (IMAGES,),
}
"""Faults that not all forms have, and those that have them."""


def facts_of(
    setup: Setup, record: Any, history: list[dict[str, float]]
) -> dict[str, Any]:
    """What the record shows, measured without the product."""
    hits = {
        split: record[f"{split}.last"].argmax(axis=1)
        == setup.given[split][: len(record[f"{split}.last"])]
        for split in ("train", "val")
    }
    truth = setup.given["val"][: len(hits["val"])]
    present = np.unique(truth)
    recall = np.array([hits["val"][truth == c].mean() for c in present])
    counts = np.bincount(setup.given["train"], minlength=len(setup.class_names))
    missed = present[recall < MISSED]
    few = max(FEW, FEW_SHARE * counts.sum())
    losses = np.array([row["val_loss"] for row in history], dtype=float)
    gap = hits["train"].mean() - hits["val"].mean()
    rise = losses[-1] - np.nanmin(losses) if np.isfinite(losses[-1]) else 0.0
    return {
        "balanced": float(recall.mean()),
        "overfitted": bool(gap >= GAP and rise >= GAP),
        "rare": bool(
            len(missed) and len(missed) < len(present) and (counts[missed] < few).all()
        ),
    }


def acceptable(answer: dict[str, Any]) -> set[str]:
    """First causes that are right of an answer; "" for none."""
    fault, facts = fault_named(answer["fault"]), answer["facts"]
    causes = {fault.cause, *fault.also}
    if not is_present(answer):
        causes = {""}
    if facts["overfitted"]:
        causes.add("overfitted")
    if facts["rare"]:
        causes.add("class-too-rare")
    if not fault.cause:
        causes.add("")
    return causes


def label(answer: dict[str, Any]) -> str:
    """The one cause that an answer is fitted to; `none` for no fault."""
    fault, facts = fault_named(answer["fault"]), answer["facts"]
    if fault.cause and is_present(answer):
        return fault.cause
    if facts["overfitted"]:
        return "overfitted"
    return "class-too-rare" if facts["rare"] else "none"


def is_present(answer: dict[str, Any]) -> bool:
    """Whether this form of the evidence has the fault."""
    forms = ON_THE_WAY.get(answer["fault"], ALL)
    return bool(fault_named(answer["fault"]).cause) and answer["form"] in forms


def is_sound(answer: dict[str, Any]) -> bool:
    """No fault was planted, the classes were learned, and nothing else was measured."""
    facts = answer["facts"]
    is_fine = not (facts["overfitted"] or facts["rare"])
    return answer["fault"] == SOUND and facts["balanced"] >= LEARNED and is_fine


def is_told(answer: dict[str, Any]) -> bool:
    """Whether the fault can be told from this form of the evidence."""
    fault, form = fault_named(answer["fault"]), answer["form"]
    # Images take nothing away; what only they tell has no other form.
    is_of_run = form == IMAGES and (RUN in fault.forms or not fault.forms)
    return bool(fault.cause) and (form in fault.forms or is_of_run)


def with_effect(answers: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Answers, less those on faults that did no harm and sound trainings that failed.

    A fault did no harm where the verdict is healthy in spite of it.
    """
    return [answer for answer in answers if _has_effect(answer)]


def _has_effect(answer: dict[str, Any]) -> bool:
    fault, facts = fault_named(answer["fault"]), answer["facts"]
    failed = answer["facts"]["verdict"] in FAILING
    if fault.key == "overfitted":
        return bool(facts["overfitted"])
    if not fault.cause or not is_present(answer):
        return not failed
    return not (facts["verdict"] == "healthy" and fault.key not in ON_THE_WAY) and not (
        fault.key in ON_THE_WAY and answer["verdict"] == "healthy"
    )


FAILING = ("collapsed", "partly-collapsed", "uninformed")
