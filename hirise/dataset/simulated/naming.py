"""Names of simulated landmarks; a name says everything that its image depends on.

The first three digits of an observation's number are the seed, the others count the
observations: `ESP_007012_1985_RED-0031` is landmark 31 of observation 12 of seed 7.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate

import numpy as np

from hirise.dataset.simulated.fields import Rng
from hirise.names import parse_names

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
    """The name of observation `number`, 0 to 999, of `seed`, 0 to 999."""
    for value in (seed, number):
        if not 0 <= value < LIMIT:
            raise ValueError(f"`seed` and `number` must be 0 to 999, got {value}.")
    rng = rng_of(f"observation {seed} {number}")
    latitude = rng.integers(*LATITUDES[theme_of(number)])
    mission = "ESP" if rng.random() < 0.7 else "PSP"
    return f"{mission}_{seed:03d}{number:03d}_{latitude:04d}"


def theme_of(number: int) -> str:
    """What observation `number` shows."""
    themes = FIRST_THEMES if number < RARE_UNTIL else LATER_THEMES
    return themes[number % len(themes)]


def place_of(landmark: str) -> Place:
    """Observation, theme and class of a landmark.

    Raises
    ------
    ValueError
        If this is not the name of a simulated landmark.
    """
    observation = parse_names([landmark + ".jpg"])["observation"].iloc[0]
    digits = observation[4:10]
    seed, number = (int(digits[:3]), int(digits[3:])) if digits else (-1, -1)
    if not digits or observation != observation_name(seed, number):
        raise ValueError(f"`landmark` '{landmark}' is not one of simulated Mars.")
    return Place(landmark, observation, theme_of(number), class_of(landmark, number))


def class_of(landmark: str, number: int) -> int:
    """The class id of a landmark of observation `number`."""
    steps = list(accumulate(CLASS_MIX[theme_of(number)]))
    return bisect(steps, draw(f"class {landmark}") * steps[-1])


def draw(text: str) -> float:
    """A number in [0, 1) that only `text` decides."""
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest()) / 2**48


def rng_of(text: str) -> Rng:
    """A generator that only `text` decides."""
    digest = blake2b(text.encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest))
