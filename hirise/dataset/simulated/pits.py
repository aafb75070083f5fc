"""Swiss cheese: flat-floored pits with steep walls in a smooth layer of ice."""

from __future__ import annotations

import numpy as np

from hirise.dataset.simulated.fields import Field, Rng, band, fractal, polar, step
from hirise.dataset.simulated.ground import Ground, Look


def swiss_cheese(ground: Ground, look: Look, rng: Rng) -> Ground:
    """Pits: round ones that run into each other, or winding ones."""
    ice = ground.smoothed(np.ones_like(ground.height), rng.uniform(0.25, 0.8))
    round_ = rng.random() < 0.78
    inside = _round_pits(rng) if round_ else _winding_pits(rng)
    wall = rng.uniform(3, 8)
    depth = rng.uniform(2.6, 6.0)
    pit = step(inside / wall + 0.5)
    floor = step(inside / wall - 0.6)
    # Some pits have a moat at the foot of the wall, some a raised lip.
    moat = np.exp(-(((inside - wall) / 3) ** 2)) * rng.uniform(0, 0.25)
    lip = np.exp(-(((inside + wall) / 3) ** 2)) * rng.uniform(0, 0.18)
    rubble = floor * fractal(rng, exponent=2.8) * rng.uniform(0.1, 0.8)
    height = depth * (lip - pit - moat) + rubble
    ice = ice.raised(height)
    walls = pit * (1 - floor)
    albedo = 1 + floor * rng.uniform(-0.14, 0.1) - walls * rng.uniform(0, 0.2)
    return ice.painted(albedo)


def _round_pits(rng: Rng) -> Field:
    """Pixels inside the edge of the nearest pit; negative outside."""
    n = int(rng.choice((1, 2, 4, 7, 12), p=(0.1, 0.2, 0.3, 0.25, 0.15)))
    largest = float(np.clip(120 / n**0.5, 16, 62))
    inside = np.full_like(polar(0, 0)[0], -200)
    uneven = fractal(rng, exponent=3.6) * rng.uniform(1.5, 5)
    for number in range(n):
        reach = 14 if number == 0 else 115
        x, y = rng.uniform(-reach, reach, 2)
        radius = largest * rng.uniform(0.45, 1)
        distance, theta = polar(x, y)
        # Heart and kidney shapes: the wall grows away from the sun's side.
        bulge = 1 + rng.uniform(0, 0.22) * np.cos(
            rng.integers(1, 4) * theta + rng.uniform(0, 6)
        )
        inside = np.maximum(inside, (radius * bulge - distance))
    inside = inside + uneven
    if n < 4 and rng.random() < 0.5:
        # What is left of the layer stands as an island in the largest pit.
        inside = np.minimum(inside, np.abs(inside - largest * 0.62) + 2 - largest * 0.1)
    return inside


def _winding_pits(rng: Rng) -> Field:
    wavelength = rng.uniform(36, 66)
    shape = band(rng, wavelength=wavelength, width=0.3)
    shape = shape + 0.3 * fractal(rng, exponent=3.2) + fractal(rng, exponent=5.0)
    inside: Field = (shape - rng.uniform(-0.2, 1.2)) * wavelength / 5
    return inside
