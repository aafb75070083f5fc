"""Predictions renamed, or joined with the labels in another order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hirise.arrays import Ints
from hirise.experiments.materials import Materials, Observation, kappa_of
from hirise.metrics import metrics
from hirise.metrics.assignment import best_relabelling

GAIN, ENOUGH = 0.3, 0.4
"""Kappa that another order must gain, and reach, on images that did not choose it."""
SHIFTS = 50


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
    restored = moved > 0 and _is_restored(before, after)
    return Observation(
        "restored" if restored else "unchanged",
        f"Cohen's kappa on the other {int((~first).sum()):,} images: {before:.2f} with "
        f"the classes as they are, {after:.2f} after renaming {moved} of them.",
        {"kappa_before": before, "kappa_after": after, "n_renamed": moved},
    )


def rejoin(materials: Materials) -> Observation:
    """The best of many orders of the rows on half, measured on the other half."""
    truth, predicted = materials.truth, materials.predictions.y_pred
    first, n = materials.first_half, materials.n_classes
    tried = list(_orders(materials))
    scores = [kappa_of(truth[first], predicted[order][first], n) for _, order in tried]
    name, order = tried[int(np.argmax(scores))]
    before = kappa_of(truth[~first], predicted[~first], n)
    after = kappa_of(truth[~first], predicted[order][~first], n)
    restored = _is_restored(before, after)
    return Observation(
        "restored" if restored else "unchanged",
        f"{len(tried)} orders were tried. The best on half of the images ({name}) "
        f"gives Cohen's kappa {after:.2f} on the other half, and the order as it is "
        f"{before:.2f}.",
        {"kappa_before": before, "kappa_after": after, "order": name},
    )


def _orders(materials: Materials) -> Iterator[tuple[str, Ints]]:
    """For each order of the rows its name and, per label, the row of its prediction."""
    rows = np.arange(len(materials.truth))
    for shift in range(1, min(SHIFTS, len(rows) - 1) + 1):
        yield f"predictions moved down by {shift}", np.roll(rows, shift)
        yield f"predictions moved up by {shift}", np.roll(rows, -shift)
    yield "predictions reversed", rows[::-1]
    keys = {"class": np.argsort(materials.truth, kind="stable")}
    if materials.predictions.image is not None:
        names = np.asarray(materials.predictions.image, dtype=object).astype(str)
        keys["name"] = np.argsort(names, kind="stable")
        files = np.array([name.rpartition("/")[2] for name in names])
        keys["file name"] = np.argsort(files, kind="stable")
    for key, order in keys.items():
        back = np.empty_like(order)
        back[order] = rows
        yield f"predictions in the order of the labels sorted by {key}", back
        yield f"labels in the order of the predictions sorted by {key}", order


def _is_restored(before: float, after: float) -> bool:
    return after >= ENOUGH and after - before >= GAIN
