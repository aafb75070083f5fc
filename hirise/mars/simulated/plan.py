"""Which landmarks a simulated release has, and their names."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError, parameter
from hirise.mars.names import parse_names
from hirise.mars.simulated.fields import Rng

LIMIT = 1_000
"""Seeds, and observations of a seed, go from 0 to one less."""

RARE_UNTIL = 48
"""Observations beyond the first ones show plains and slopes: rare stays rare."""

FIRST_THEMES = (
    *("plains", "craters", "plains", "dark dunes", "slopes", "plains"),
    *("frosted dunes", "plains", "swiss cheese", "craters", "spiders", "plains"),
)
LATER_THEMES = ("plains", "craters", "plains", "slopes")

CLASS_MIX = {
    "plains": (0.95, 0.03, 0, 0, 0, 0.02, 0, 0),
    "craters": (0.58, 0.38, 0, 0, 0, 0.04, 0, 0),
    "slopes": (0.50, 0.02, 0, 0.48, 0, 0, 0, 0),
    "dark dunes": (0.14, 0.01, 0.85, 0, 0, 0, 0, 0),
    "frosted dunes": (0.14, 0.01, 0, 0, 0.85, 0, 0, 0),
    "swiss cheese": (0.14, 0.01, 0, 0, 0, 0, 0.85, 0),
    "spiders": (0.14, 0.01, 0, 0, 0, 0, 0, 0.85),
}
"""Share of each class, in the order of the ids, among the landmarks of a theme."""

LATITUDES = {
    "plains": (1350, 2200),
    "craters": (1350, 2200),
    "slopes": (1700, 2200),
    "dark dunes": (1250, 2500),
    "frosted dunes": (2560, 2640),
    "swiss cheese": (920, 960),
    "spiders": (930, 1000),
}
"""Tenths of a degree along the orbit: 900 is the south pole, 1800 the equator."""


@dataclass(frozen=True)
class Place:
    """Where a simulated landmark belongs: observation, theme and class."""

    landmark: str
    observation: str
    theme: str
    label: int


def observation_name(seed: int, number: int) -> str:
    """The name of observation `number`, 0 to 999, of `seed`, 0 to 999.

    Examples
    --------
    >>> observation_name(seed=0, number=12)
    'ESP_000012_1901'
    """
    for value in (seed, number):
        if not 0 <= value < LIMIT:
            raise ValueError(f"`seed` and `number` must be 0 to 999, got {value}.")
    rng = rng_of(f"observation {seed} {number}")
    latitude = rng.integers(*LATITUDES[theme_of(number)])
    mission = "ESP" if rng.random() < 0.7 else "PSP"
    return f"{mission}_{seed:03d}{number:03d}_{latitude:04d}"


def theme_of(number: int) -> str:
    """What observation `number` shows.

    Examples
    --------
    >>> [theme_of(number) for number in (0, 10, 998)]
    ['plains', 'spiders', 'plains']
    """
    themes = FIRST_THEMES if number < RARE_UNTIL else LATER_THEMES
    return themes[number % len(themes)]


def place_of(landmark: str) -> Place:
    """Observation, theme and class of a landmark.

    Raises
    ------
    ValueError
        If this is not the name of a simulated landmark.

    Examples
    --------
    >>> place = place_of("PSP_000003_1434_RED-0031")
    >>> place.theme, place.label
    ('dark dunes', 2)
    """
    observation = parse_names([landmark + ".jpg"])["observation"].iloc[0]
    digits = observation[4:10]
    seed, number = (int(digits[:3]), int(digits[3:])) if digits else (-1, -1)
    if not digits or observation != observation_name(seed, number):
        raise ValueError(f"`landmark` '{landmark}' is not one of simulated Mars.")
    return Place(landmark, observation, theme_of(number), class_of(landmark, number))


def class_of(landmark: str, number: int) -> int:
    """The class id of a landmark of observation `number`.

    Examples
    --------
    >>> [class_of(f"PSP_000003_1434_RED-{index:04d}", 3) for index in range(8)]
    [2, 2, 2, 2, 2, 2, 2, 0]
    """
    steps = list(accumulate(CLASS_MIX[theme_of(number)]))
    return bisect(steps, draw(f"class {landmark}") * steps[-1])


def draw(text: str) -> float:
    """A number in [0, 1) that only `text` decides.

    Examples
    --------
    >>> round(draw("one text"), 3), round(draw("another text"), 3)
    (0.339, 0.524)
    """
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest()) / 2**48


def rng_of(text: str) -> Rng:
    """A generator that only `text` decides.

    Examples
    --------
    >>> rng_of("a landmark").integers(0, 100, 3).tolist()
    [29, 93, 29]
    """
    digest = blake2b(text.encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest))


DEFAULT_LANDMARKS = 1_800
FEWEST, MOST = 40, 20_000
PER_OBSERVATION = 25
FEWEST_OBSERVATIONS = 36
CANDIDATES = 36
"""Numbers looked at per observation; more where a class needs them."""

SPLIT_PARTS = {"train": 6, "val": 1, "test": 3}
"""Parts of the landmarks in each split.

v3.2 has 4 to 1 to 1. Here the test split, whose landmarks have no copies, is larger, so
that more of the rare classes can be evaluated on a set that is trained in minutes.
"""

FEWEST_PER_SPLIT = 10
"""A little more than there are classes, each of which has a landmark in each split."""

TRAIN_WEIGHTS = (7_320, 699, 101, 220, 234, 66, 256, 125)
TEST_WEIGHTS = (1_482, 131, 59, 35, 13, 14, 40, 19)
"""Landmarks of v3.2 per class; those of test are distributed differently, as there."""


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

    Examples
    --------
    >>> plan = plan_landmarks(100, seed=0)
    >>> plan["split"].value_counts().to_dict()
    {'train': 60, 'test': 30, 'val': 10}
    """
    if not FEWEST <= n <= MOST:
        raise InputError(
            f"{parameter('landmarks')} must be from {FEWEST} to {MOST:,}, got {n}."
        )
    if not 0 <= seed < LIMIT:
        raise InputError(
            f"{parameter('seed')} must be from 0 to {LIMIT - 1}, got {seed}."
        )
    counts = split_counts(n)
    wanted = np.sum(list(counts.values()), axis=0)
    chosen = []
    candidates = _enough(n, seed, wanted)
    for label, n_class in enumerate(wanted):
        # Landmarks are spread over the observations that show their class; of the
        # rest, an observation has as many as its theme has room for.
        order = ["turn", "draw"] if label else ["draw"]
        of_class = candidates[candidates["label"] == label].sort_values(order)[:n_class]
        splits = np.repeat(list(counts), [counts[split][label] for split in counts])
        chosen.append(of_class.sort_values("draw").assign(split=splits))
    plan = pd.concat(chosen).sort_values("landmark", ignore_index=True)
    return plan[["landmark", "label", "split"]]


def split_counts(n: int) -> dict[str, NDArray[np.int64]]:
    """Landmarks per split and class, with at least one of each.

    Examples
    --------
    >>> {split: int(counts.sum()) for split, counts in split_counts(100).items()}
    {'train': 60, 'val': 10, 'test': 30}
    """
    sizes = dict(zip(SPLIT_PARTS, _shared(n, tuple(SPLIT_PARTS.values())), strict=True))
    lacking = max(FEWEST_PER_SPLIT - int(sizes["val"]), 0)
    sizes["val"] += lacking
    sizes["train"] -= lacking
    weights = {"train": TRAIN_WEIGHTS, "val": TRAIN_WEIGHTS, "test": TEST_WEIGHTS}
    return {split: _shared(int(sizes[split]), weights[split]) for split in SPLIT_PARTS}


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
        candidates = _candidates(n, seed, per_observation)
        counts = np.bincount(candidates["label"], minlength=len(wanted))
        if (counts >= wanted).all():
            return candidates
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
    candidates = pd.DataFrame(
        rows, columns=["observation", "landmark", "label", "draw"]
    )
    turn = candidates.groupby(["observation", "label"]).cumcount()
    return candidates.assign(turn=turn)
