"""Which landmarks a simulated release has: class shares, observations and split."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.dataset.simulated.naming import (
    LIMIT,
    class_of,
    draw,
    observation_name,
)
from hirise.errors import InputError

DEFAULT_LANDMARKS = 1_800
FEWEST, MOST = 40, 20_000
PER_OBSERVATION = 25
FEWEST_OBSERVATIONS = 36
CANDIDATES = 36
"""Numbers looked at per observation; more where a class needs them."""

SIDES = {"train": 6, "val": 1, "test": 3}
"""Parts of the landmarks on each side.

v3.2 has 4 to 1 to 1. Here the test split, whose landmarks have no copies, is larger, so
that more of the rare classes can be judged on a set that is trained in minutes.
"""

FEWEST_PER_SIDE = 10
"""A little more than there are classes, each of which has a landmark on each side."""

TRAIN_WEIGHTS = (7_320, 699, 101, 220, 234, 66, 256, 125)
TEST_WEIGHTS = (1_482, 131, 59, 35, 13, 14, 40, 19)
"""Landmarks of v3.2 per class; the test split has other shares, as the real one."""


def plan_landmarks(n: int, seed: int) -> pd.DataFrame:
    """Choose `n` landmarks.

    Returns
    -------
    DataFrame, one row per landmark, sorted by name
        Columns `landmark`, `label` (class id) and `split` (train, val or test).

    Raises
    ------
    InputError
        If `n` or `seed` is out of range.
    """
    if not FEWEST <= n <= MOST:
        raise InputError(f"--landmarks must be from {FEWEST} to {MOST:,}, got {n}.")
    if not 0 <= seed < LIMIT:
        raise InputError(f"--seed must be from 0 to {LIMIT - 1}, got {seed}.")
    counts = side_counts(n)
    wanted = np.sum(list(counts.values()), axis=0)
    chosen = []
    candidates = _enough(n, seed, wanted)
    for label, n_class in enumerate(wanted):
        # Landmarks are spread over the observations that show their class; of the
        # rest, an observation has as many as its theme has room for.
        order = ["turn", "draw"] if label else ["draw"]
        found = candidates[candidates["label"] == label].sort_values(order)[:n_class]
        sides = np.repeat(list(counts), [counts[side][label] for side in counts])
        chosen.append(found.sort_values("draw").assign(split=sides))
    plan = pd.concat(chosen).sort_values("landmark", ignore_index=True)
    return plan[["landmark", "label", "split"]]


def side_counts(n: int) -> dict[str, NDArray[np.int64]]:
    """Landmarks per side and class, with at least one of each."""
    sizes = dict(zip(SIDES, _shared(n, tuple(SIDES.values())), strict=True))
    lacking = max(FEWEST_PER_SIDE - int(sizes["val"]), 0)
    sizes["val"] += lacking
    sizes["train"] -= lacking
    weights = {"train": TRAIN_WEIGHTS, "val": TRAIN_WEIGHTS, "test": TEST_WEIGHTS}
    return {side: _shared(int(sizes[side]), weights[side]) for side in SIDES}


def _shared(n: int, weights: tuple[int, ...]) -> NDArray[np.int64]:
    """`n` in whole parts by `weights`, none empty; the largest takes the rest."""
    exact = n * np.asarray(weights) / sum(weights)
    parts = np.maximum(np.rint(exact), 1).astype(np.int64)
    parts[exact.argmax()] += n - parts.sum()
    return parts


def _enough(n: int, seed: int, wanted: NDArray[np.int64]) -> pd.DataFrame:
    """Candidates with at least `wanted` of each class."""
    per_observation = CANDIDATES
    while True:
        found = _candidates(n, seed, per_observation)
        counts = np.bincount(found["label"], minlength=len(wanted))
        if (counts >= wanted).all():
            return found
        per_observation += CANDIDATES // 4


def _candidates(n: int, seed: int, per_observation: int) -> pd.DataFrame:
    """Landmarks to choose from; `turn` counts those of a class in an observation."""
    n_observations = max(n // PER_OBSERVATION, FEWEST_OBSERVATIONS)
    rows = []
    for number in range(n_observations):
        observation = observation_name(seed, number)
        for index in range(per_observation):
            landmark = f"{observation}_RED-{index:04d}"
            label = class_of(landmark, number)
            rows.append((observation, landmark, label, draw(f"order {landmark}")))
    found = pd.DataFrame(rows, columns=["observation", "landmark", "label", "draw"])
    turn = found.groupby(["observation", "label"]).cumcount()
    return found.assign(turn=turn)
