"""The ground before anything happened to it: one function per kind of terrain."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hirise.dataset.simulated.craters import pock
from hirise.dataset.simulated.fields import (
    Field,
    Rng,
    band,
    fractal,
    polygons,
    step,
    with_slope,
)
from hirise.dataset.simulated.ground import TERRAINS, Ground, Look

STRAY = 0.25
"""Landmarks whose terrain is not that of their observation."""


def draw_terrain(look: Look, rng: Rng) -> Ground:
    """Ground in the look of an observation."""
    kind = str(rng.choice(TERRAINS)) if rng.random() < STRAY else look.terrain
    base = fractal(rng, exponent=look.roughness + rng.normal(0, 0.25))
    height = with_slope(base, rng.uniform(0.02, 0.07))
    detail = KINDS[kind](look, rng)
    height = height + with_slope(detail, rng.uniform(0.04, 0.15))
    albedo = 1 + rng.uniform(0.01, 0.05) * fractal(rng, exponent=3.0)
    ground = Ground(height, albedo)
    return pock(ground, rng, most=4) if rng.random() < 0.3 else ground


def rolling(look: Look, rng: Rng) -> Field:
    """Hills of every size."""
    return fractal(rng, exponent=3.4)


def hummocks(look: Look, rng: Rng) -> Field:
    """Mounds of one size."""
    return band(rng, wavelength=look.grain * 1.6, width=0.5)


def grains(look: Look, rng: Rng) -> Field:
    """Small pits and mounds, not of equal depth everywhere."""
    fine = band(rng, wavelength=max(5.0, look.grain * 0.7), width=0.35)
    return fine * (1 + 0.5 * fractal(rng, exponent=3.0))


def ripples(look: Look, rng: Rng) -> Field:
    """Sand in waves."""
    wave = band(rng, wavelength=look.grain * 1.3, angle=look.wind, spread=0.25)
    return np.where(wave > 0, wave, wave * 0.4)


def lineations(look: Look, rng: Rng) -> Field:
    """Ground grooved by the wind."""
    return fractal(rng, exponent=3.2, angle=look.wind, stretch=rng.uniform(3, 7))


def layers(look: Look, rng: Rng) -> Field:
    """A slope of terraces, each with a steep front."""
    n = rng.uniform(2.5, 6)
    smooth = fractal(rng, exponent=4.2, angle=look.wind, stretch=2.0) * n
    part = smooth - np.floor(smooth)
    terraces: Field = np.floor(smooth) + step((part - 0.65) / 0.35) + 0.25 * part
    return terraces


def mesas(look: Look, rng: Rng) -> Field:
    """Flat tops with ragged steep sides above a plain."""
    shape = fractal(rng, exponent=2.6)
    return step((shape - rng.uniform(0.3, 1.3)) / 0.35) * look.grain


def cracks(look: Look, rng: Rng) -> Field:
    """Polygons between narrow troughs."""
    depth = step(0.7 + fractal(rng, exponent=3.4))
    lines = polygons(rng, size=look.grain * 2.5, width=rng.uniform(1.5, 3))
    return 0.7 * fractal(rng, exponent=3.4) - lines * depth


def boulders(look: Look, rng: Rng) -> Field:
    """Rocks strewn over smooth ground, in swarms."""
    rocks = np.clip(fractal(rng, exponent=1.6) - rng.uniform(1.3, 2.0), 0, None)
    swarm = step(0.4 + 0.8 * fractal(rng, exponent=3.4))
    strewn: Field = rocks * swarm * 3 + fractal(rng, exponent=4.5)
    return strewn


def ridges(look: Look, rng: Rng) -> Field:
    """Lone sand ridges, each apart from the next."""
    wave = band(rng, wavelength=look.grain * 3.0, angle=look.wind, spread=0.22)
    far_apart = np.clip(wave - rng.uniform(0.8, 1.6), 0, None)
    apart: Field = far_apart * 4 + fractal(rng, exponent=4.2)
    return apart


KINDS: dict[str, Callable[[Look, Rng], Field]] = {
    "rolling": rolling,
    "hummocks": hummocks,
    "grains": grains,
    "ripples": ripples,
    "lineations": lineations,
    "layers": layers,
    "mesas": mesas,
    "cracks": cracks,
    "boulders": boulders,
    "ridges": ridges,
}
