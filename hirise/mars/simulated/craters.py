"""Craters, from fresh to worn, and the ejecta around fresh ones."""

from __future__ import annotations

import numpy as np

from hirise.mars.simulated.fields import Field, Rng, around, band, fractal, polar, step
from hirise.mars.simulated.ground import Ground, Look


def crater(ground: Ground, look: Look, rng: Rng) -> Ground:
    """One crater near the middle, some with smaller ones beside.

    Examples
    --------
    >>> from hirise.mars.simulated.ground import draw_look
    >>> rng, flat = np.random.default_rng(0), np.zeros_like(polar(0, 0)[0])
    >>> ground = crater(Ground(flat, flat + 1), draw_look("craters", rng), rng)
    >>> bool(ground.height.min() < -3)  # pixels
    True
    """
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

    Examples
    --------
    >>> rng, flat = np.random.default_rng(0), np.zeros_like(polar(0, 0)[0])
    >>> bowl = dig(Ground(flat, flat + 1), rng, x=0, y=0, radius=40, freshness=1).height
    >>> bool(bowl[128, 128] < 0 < bowl[128, 128 + 42])
    True
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
    """A few small craters anywhere.

    Examples
    --------
    >>> rng, flat = np.random.default_rng(0), np.zeros_like(polar(0, 0)[0])
    >>> pits = pock(Ground(flat, flat + 1), rng, most=3).height
    >>> bool(pits.min() < 0 < pits.max())
    True
    """
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


def impact_ejecta(ground: Ground, look: Look, rng: Rng) -> Ground:
    """A small fresh crater amid what it threw out: mostly rays, else lobes.

    Examples
    --------
    >>> from hirise.mars.simulated.ground import draw_look
    >>> rng, flat = np.random.default_rng(0), np.zeros_like(polar(0, 0)[0])
    >>> ground = impact_ejecta(Ground(flat, flat + 1), draw_look("craters", rng), rng)
    >>> bool(ground.albedo.min() < 0.6)  # dark rays
    True
    """
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
