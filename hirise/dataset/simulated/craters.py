"""Craters: a bowl with a rim and a floor, from fresh to worn."""

from __future__ import annotations

import numpy as np

from hirise.dataset.simulated.fields import (
    Field,
    Rng,
    around,
    band,
    fractal,
    polar,
    step,
)
from hirise.dataset.simulated.ground import Ground, Look


def crater(ground: Ground, look: Look, rng: Rng) -> Ground:
    """One crater near the middle, some with smaller ones beside."""
    radius = float(np.exp(rng.uniform(np.log(19), np.log(66))))
    x, y = rng.normal(0, 9, 2)
    ground = dig(ground, rng, x=x, y=y, radius=radius, freshness=rng.uniform(0.4, 1))
    if rng.random() < 0.35:
        ground = _rippled_floor(ground, look, rng, x=x, y=y, radius=radius)
    return pock(ground, rng, most=5) if rng.random() < 0.5 else ground


def dig(
    ground: Ground, rng: Rng, *, x: float, y: float, radius: float, freshness: float
) -> Ground:
    """A crater at (x, y).

    Parameters
    ----------
    freshness : float
        1 for a deep bowl with a sharp rim, 0 for nothing but level ground.
    """
    distance, theta = polar(x, y)
    uneven = around(theta, rng, n=8, low=2, high=12)
    ring = distance / (radius * (1 + rng.uniform(0.015, 0.06) * uneven))
    depth = 0.3 * freshness * radius
    rim = 0.075 * freshness * radius
    floor = depth * rng.uniform(0.45, 1.0)
    bowl = (depth + rim) * ring**2 - depth
    # The wall runs out into the floor without a kink.
    inside = (bowl - floor + np.hypot(bowl + floor, 0.12 * depth)) / 2
    outside = rim * np.exp(-(np.maximum(ring, 1) - 1) / rng.uniform(0.16, 0.4))
    # The rim of a worn crater is round.
    edge = step((ring - 1) / (0.06 + 0.3 * (1 - freshness)) + 0.5)
    shape = inside * (1 - edge) + outside * edge
    rough = np.exp(-(((ring - 1) / 0.35) ** 2)) * fractal(rng, exponent=3.2)
    shape = shape + rough * (0.028 * freshness * radius)
    covered = 1 - step((ring - 0.8) / 0.3)
    return ground.smoothed(covered, 1 - 0.6 * freshness).raised(shape)


def pock(ground: Ground, rng: Rng, *, most: int) -> Ground:
    """A few small craters anywhere."""
    for _ in range(rng.integers(1, most + 1)):
        x, y = rng.uniform(-110, 110, 2)
        radius, freshness = rng.uniform(2.5, 8), rng.uniform(0.3, 0.9)
        ground = _pit(ground, x=x, y=y, radius=radius, freshness=freshness)
    return ground


def _pit(
    ground: Ground, *, x: float, y: float, radius: float, freshness: float
) -> Ground:
    """A crater too small for details."""
    ring = polar(x, y)[0] / radius
    depth = 0.3 * freshness * radius
    bowl = np.where(ring < 1, 1.3 * ring**2 - 1, 0.3 * np.exp(-(ring - 1) / 0.3))
    return ground.raised(bowl * depth)


def _rippled_floor(
    ground: Ground, look: Look, rng: Rng, *, x: float, y: float, radius: float
) -> Ground:
    """Sand ripples on the floor."""
    distance, _ = polar(x, y)
    floor = 1 - step((distance / radius - 0.45) / 0.25)
    crests: Field = band(rng, wavelength=rng.uniform(5, 8), angle=look.wind, spread=0.2)
    ground = ground.raised(floor * crests * 0.35)
    return ground.painted(1 - floor * rng.uniform(-0.1, 0.2))
