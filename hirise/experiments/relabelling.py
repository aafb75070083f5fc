"""Predictions renamed, or joined with the labels in another order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hirise.experiments.materials import Materials, Observation
from hirise.metrics import metrics
from hirise.metrics.assignment import best_relabelling
from hirise.metrics.cells import kappa_of
from hirise.remedies.rejoin import ENOUGH, GAIN, search_order


def relabel(materials: Materials) -> Observation:
    """The best renaming of the classes on half, measured on the other half."""
    truth, predicted = materials.truth, materials.predictions.y_pred
    first, n = materials.first_half, materials.n_classes
    counts = metrics.confusion_counts(truth[first], predicted[first], n)
    # Of equally good orders the one that changes less.
    stands_for = best_relabelling(counts * (n + 1) + np.eye(n, dtype=np.int64))
    before = kappa_of(truth[~first], predicted[~first], n)
    after = kappa_of(truth[~first], stands_for[predicted[~first]], n)
    moved = int((stands_for != np.arange(n)).sum())
    restored = moved > 0 and after >= ENOUGH and after - before >= GAIN
    return Observation(
        "restored" if restored else "unchanged",
        f"Cohen's kappa on the other {int((~first).sum()):,} images: {before:.2f} with "
        f"the classes as they are, {after:.2f} after renaming {moved} of them.",
        {"kappa_before": before, "kappa_after": after, "n_renamed": moved},
    )


def rejoin(materials: Materials) -> Observation:
    """The best of many orders of the rows on half, measured on the other half."""
    found = search_order(replace(materials.predictions, y_true=materials.truth))
    return Observation(
        "restored" if found.is_restored else "unchanged",
        f"{found.n_tried} orders were tried. The best on half of the images "
        f"({found.best.name}) gives Cohen's kappa {found.after:.2f} on the other half, "
        f"and the order as it is {found.before:.2f}.",
        {
            "kappa_before": found.before,
            "kappa_after": found.after,
            "order": found.best.name,
        },
    )
