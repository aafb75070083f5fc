"""Ejecta around fresh craters: rays, halos and lobes."""

from __future__ import annotations

import numpy as np

from hirise.dataset.simulated.craters import dig
from hirise.dataset.simulated.fields import Field, Rng, around, fractal, polar, step
from hirise.dataset.simulated.ground import Ground, Look


def impact_ejecta(ground: Ground, look: Look, rng: Rng) -> Ground:
    """A small fresh crater amid what it threw out: mostly rays, else lobes."""
    x, y = rng.normal(0, 11, 2)
    make = _rays if rng.random() < 0.88 else _lobes
    return make(ground, rng, x=x, y=y)


def _rays(ground: Ground, rng: Rng, *, x: float, y: float) -> Ground:
    """Dust blown away or thrown out in rays: dark, or rarely bright."""
    distance, theta = polar(x, y)
    reach = float(np.exp(rng.uniform(np.log(36), np.log(88))))
    few = around(theta, rng, n=10, low=2, high=14)
    many = around(theta, rng, n=26, low=12, high=60)
    downrange = 1 + rng.uniform(0, 0.7) * np.cos(theta - rng.uniform(-np.pi, np.pi))
    length = reach * np.clip(0.75 + 0.28 * few + 0.2 * many, 0.15, 2.0) * downrange
    rays = np.exp(-((distance / length) ** 2) * 1.4) * (0.75 + 0.25 * np.tanh(many))
    halo = np.exp(-((distance / (0.42 * reach)) ** 2))
    speckle = 1 + 0.3 * fractal(rng, exponent=2.2)
    cover = np.clip((0.8 * rays + 0.6 * halo) * speckle, 0, 1)
    strength = rng.uniform(0.42, 0.7)
    bright = rng.random() < 0.12
    ground = ground.painted(1 + cover * (strength if bright else -strength))
    ground = _splashes(ground, rng, x=x, y=y, reach=reach, sign=1 if bright else -1)
    radius = max(2.5, reach * rng.uniform(0.07, 0.17))
    return dig(ground, rng, x=x, y=y, radius=radius, freshness=1.0)


def _splashes(
    ground: Ground, rng: Rng, *, x: float, y: float, reach: float, sign: int
) -> Ground:
    """Spots of what fell far out."""
    spots = np.zeros_like(ground.albedo)
    n = int(rng.integers(0, 40))
    turn, far = rng.uniform(0, 2 * np.pi, n), reach * rng.uniform(0.7, 1.9, n)
    size = rng.uniform(0.8, 2.2, n)
    for at, off, radius in zip(turn, far, size, strict=True):
        column = round(x + off * np.cos(at) + spots.shape[1] / 2)
        row = round(y + off * np.sin(at) + spots.shape[0] / 2)
        half = round(radius)
        rows = slice(max(row - half, 0), max(row + half + 1, 0))
        spots[rows, max(column - half, 0) : max(column + half + 1, 0)] = 1
    return ground.painted(1 + (0.25 * sign) * spots)


def _lobes(ground: Ground, rng: Rng, *, x: float, y: float) -> Ground:
    """A muddy blanket with a rampart at its lobed edge."""
    distance, theta = polar(x, y)
    radius = rng.uniform(13, 27)
    reach = radius * rng.uniform(2.1, 3.2)
    uneven = around(theta, rng, n=40, low=2, high=24)
    edge = distance / (reach * (1 + rng.uniform(0.06, 0.11) * uneven))
    blanket = 1 - step((edge - 0.9) / 0.12)
    rampart = np.exp(-(((edge - 0.88) / 0.09) ** 2))
    grooves = around(theta, rng, n=30, low=14, high=50) * blanket
    thick = radius * 0.09
    height: Field = thick * (blanket + 0.6 * rampart) + 0.16 * grooves
    ground = ground.smoothed(blanket, 0.5).raised(height)
    ground = ground.painted(1 + blanket * rng.uniform(-0.16, 0.1))
    return dig(ground, rng, x=x, y=y, radius=radius, freshness=rng.uniform(0.8, 1))
