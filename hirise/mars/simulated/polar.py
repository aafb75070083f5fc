"""Landforms of polar ice: swiss cheese and spiders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hirise.mars.simulated.fields import (
    SIZE,
    Field,
    Rng,
    band,
    blur,
    fractal,
    polar,
    step,
)
from hirise.mars.simulated.ground import Ground, Look


def swiss_cheese(ground: Ground, look: Look, rng: Rng) -> Ground:
    """Pits: round ones that run into each other, or winding ones.

    Examples
    --------
    >>> from hirise.mars.simulated.ground import draw_look
    >>> rng, flat = np.random.default_rng(0), np.zeros((SIZE, SIZE))
    >>> ground = swiss_cheese(
    ...     Ground(flat, flat + 1), draw_look("swiss cheese", rng), rng
    ... )
    >>> bool(ground.height.min() < -2)  # pits
    True
    """
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


@dataclass(frozen=True)
class Arm:
    """A trough from (x, y) on: direction in radians, length and width in pixels."""

    x: float
    y: float
    turn: float
    length: float
    width: float


def spider(ground: Ground, look: Look, rng: Rng) -> Ground:
    """One to five spiders: dark, or filled with bright frost where the ground is."""
    n = int(rng.choice((1, 2, 3, 5), p=(0.45, 0.25, 0.2, 0.1)))
    size = rng.uniform(38, 85) / n**0.3
    troughs = np.zeros((SIZE, SIZE), dtype=np.float32)
    fans = np.zeros_like(troughs)
    for number in range(n):
        reach = 12 if number == 0 else 88
        x, y = rng.uniform(-reach, reach, 2)
        draw_spider(troughs, rng, x=x, y=y, size=size * rng.uniform(0.6, 1.1))
        distance, _ = polar(x, y)
        fans = np.maximum(fans, np.exp(-((distance / (0.3 * size)) ** 2)))
    lines = np.clip(blur(troughs, rng.uniform(0.6, 1.1)) * 2.4, 0, 1)
    depth = rng.uniform(0.4, 1.4)
    ground = ground.raised(-depth * lines)
    speckle = np.clip(0.5 + 0.4 * fractal(rng, exponent=2.4), 0, 1)
    fan = fans * speckle * rng.uniform(0.1, 1.0)
    if look.frosted:
        return ground.painted(1 + rng.uniform(0.7, 1.5) * lines + 0.8 * fan)
    return ground.painted(1 - rng.uniform(0.16, 0.36) * lines - 0.3 * fan)


def draw_spider(troughs: Field, rng: Rng, *, x: float, y: float, size: float) -> None:
    """Draw the arms of a spider into `troughs`.

    Examples
    --------
    >>> troughs = np.zeros((SIZE, SIZE), dtype=np.float32)
    >>> draw_spider(troughs, np.random.default_rng(0), x=0, y=0, size=60)
    >>> bool(0 < (troughs > 0).mean() < 0.1)
    True
    """
    n = int(rng.integers(6, 13))
    turns = (np.arange(n) + rng.uniform(-0.35, 0.35, n)) * (2 * np.pi / n)
    lengths = size * rng.uniform(0.45, 1, n)
    arms = [
        Arm(x, y, float(turn), float(length), 1.0)
        for turn, length in zip(turns, lengths, strict=True)
    ]
    while arms:
        arms.extend(_draw_arm(troughs, rng, arms.pop()))


def _draw_arm(troughs: Field, rng: Rng, arm: Arm) -> list[Arm]:
    """Draw one arm; the branches that leave it."""
    n = max(int(arm.length), 2)
    turns = arm.turn + np.cumsum(rng.normal(0, 0.16, n))
    x = arm.x + np.cumsum(np.cos(turns))
    y = arm.y + np.cumsum(np.sin(turns))
    fade = np.linspace(1, 0.35, n)
    _splat(troughs, x, y, arm.width * fade)
    if arm.length < 7:
        return []
    branches = []
    for _ in range(rng.integers(2, 5)):
        at = int(n * rng.uniform(0.25, 0.9))
        turn = float(turns[at] + rng.choice((-1, 1)) * rng.uniform(0.4, 0.95))
        length = arm.length * rng.uniform(0.25, 0.55)
        branch = Arm(float(x[at]), float(y[at]), turn, length, arm.width * 0.8)
        branches.append(branch)
    return branches


def _splat(field: Field, x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> None:
    """Add `weight` to the pixel at each point; points outside are left out."""
    column = np.rint(x + SIZE / 2).astype(int)
    row = np.rint(y + SIZE / 2).astype(int)
    inside = (column >= 0) & (column < SIZE) & (row >= 0) & (row < SIZE)
    np.maximum.at(field, (row[inside], column[inside]), weight[inside])
