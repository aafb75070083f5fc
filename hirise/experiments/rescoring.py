"""The same predictions, adjusted or on fewer images."""

from __future__ import annotations

import numpy as np

from hirise.errors import InputError
from hirise.experiments.materials import (
    Materials,
    Observation,
    macro_f1_of,
)
from hirise.metrics.cells import kappa_of
from hirise.remedies.logit_adjustment import frequency_offsets
from hirise.remedies.tau import TAUS

GAIN = 0.10
"""Macro-F1 that logit adjustment must gain on images that did not choose τ."""
LOSS = 0.05
"""Kappa of all images that must be lost without shared ones: a few copies whose own
score differs do not make a score."""
FEWEST = 30
"""Evaluated images that must be left."""
LEAST = 1e-45


def adjust_logits(materials: Materials) -> Observation:
    """τ chosen on half of the images by macro-F1, measured on the other half."""
    proba, truth = materials.predictions.proba, materials.truth
    if proba is None:
        raise InputError("There are no probabilities, only labels.")
    n, first = materials.n_classes, materials.first_half
    logs = np.log(np.maximum(proba, LEAST))
    offsets = frequency_offsets(_frequencies(materials))
    predicted = [(logs + tau * offsets).argmax(axis=1) for tau in TAUS]
    scores = [macro_f1_of(truth[first], labels[first], n) for labels in predicted]
    best = int(np.argmax(scores))
    before = macro_f1_of(truth[~first], predicted[0][~first], n)
    after = macro_f1_of(truth[~first], predicted[best][~first], n)
    return Observation(
        "rises" if after - before >= GAIN else "stays",
        f"τ = {TAUS[best]:g} was chosen on half of the images. On the other half "
        f"macro-F1 is {before:.2f} without and {after:.2f} with it.",
        {"tau": float(TAUS[best]), "macro_f1_before": before, "macro_f1_after": after},
    )


def _frequencies(materials: Materials) -> np.ndarray:
    """Class frequencies of training, else of the half that chooses τ."""
    shares = materials.evidence.training_shares
    names = list(materials.predictions.class_names)
    if shares is not None:
        return shares.reindex(names).fillna(0.0).to_numpy(dtype=float)
    chosen = materials.truth[materials.first_half]
    return np.bincount(chosen, minlength=len(names)) / max(len(chosen), 1)


def without_leaks(materials: Materials) -> Observation:
    """The score on images that share no copy and no group with training."""
    leakage = materials.evidence.leakage
    if leakage is None:
        raise InputError("The training images are not known.")
    evaluated, labelled = leakage.evaluated, leakage.evaluated.labelled
    is_shared = leakage.shared.to_numpy(dtype=bool).any(axis=1)
    n_alone = int((~is_shared & labelled).sum())
    if n_alone < FEWEST:
        # Nearly every image shares an observation: then copies alone are left out.
        is_shared = leakage.shared["copy"].to_numpy(dtype=bool)
    n_left = int((~is_shared & labelled).sum())
    if n_alone >= FEWEST and not is_shared.any():
        return Observation("holds", "No evaluated image shares anything with training.")
    if n_left < FEWEST or evaluated.y_true is None:
        raise InputError(
            f"Only {n_left} evaluated images share nothing with training, and "
            f"{FEWEST} are needed."
        )
    n = len(evaluated.class_names)
    all_, without = (
        kappa_of(evaluated.y_true[rows], evaluated.y_pred[rows], n)
        for rows in (labelled, ~is_shared & labelled)
    )
    is_lower = all_ - without >= LOSS
    if n_alone < FEWEST and not is_lower:
        raise InputError(
            f"Only {n_alone} evaluated images share nothing with training, and "
            f"{FEWEST} are needed. Without copies alone the score holds."
        )
    n_shared = int((is_shared & labelled).sum())
    return Observation(
        "falls" if is_lower else "holds",
        f"Cohen's kappa is {all_:.2f} on all {int(labelled.sum()):,} images, and "
        f"{without:.2f} without the {n_shared:,} that share something with training.",
        {"kappa_all": all_, "kappa_without": without, "n_without": n_left},
    )
