"""Slope streaks: dust avalanches that start at a point and fan out downhill."""

from __future__ import annotations

import numpy as np

from hirise.dataset.simulated.fields import Field, Rng, along, fractal, step
from hirise.dataset.simulated.ground import Ground, Look


def slope_streak(ground: Ground, look: Look, rng: Rng) -> Ground:
    """One or several streaks on a slope; the youngest are the darkest."""
    downhill = look.wind + rng.normal(0, 0.35)
    ground = _slope(ground, rng, downhill)
    n = int(rng.choice((1, 2, 3, 5, 8, 12), p=(0.2, 0.2, 0.2, 0.2, 0.12, 0.08)))
    dark = rng.uniform(0.25, 0.48)
    light = rng.random() < 0.06
    wander = fractal(rng, exponent=4.0)
    for number in range(n):
        reach = 14 if number == 0 else 85
        x, y = rng.uniform(-reach, reach, 2)
        length = float(np.exp(rng.uniform(np.log(70), np.log(170))))
        streak = _streak(rng, wander, downhill, x=x, y=y, length=length)
        strength = dark * (rng.uniform(0.4, 1) if number else 1)
        ground = ground.painted(1 + streak * (strength if light else -strength))
    return ground


def _slope(ground: Ground, rng: Rng, downhill: float) -> Ground:
    """A slope with faint grooves, often below a ridge."""
    ahead, across = along(downhill)
    tilt = -ahead * rng.uniform(0.05, 0.15)
    grooves = fractal(rng, exponent=3.2, angle=downhill, stretch=6.0)
    height = tilt + grooves * rng.uniform(0.05, 0.35)
    if rng.random() < 0.5:
        crest = ahead + 5 * fractal(rng, exponent=3.4) + rng.uniform(55, 100)
        height = height - np.abs(crest) * rng.uniform(0.04, 0.1)
    return ground.smoothed(np.ones_like(across), rng.uniform(0.15, 0.4)).raised(height)


def _streak(
    rng: Rng, wander: Field, downhill: float, *, x: float, y: float, length: float
) -> Field:
    """1 inside the streak, 0 outside; its middle is at (x, y)."""
    ahead, across = along(downhill + rng.normal(0, 0.06), x=x, y=y)
    t = ahead / length + 0.5
    width = length * rng.uniform(0.025, 0.085) + 1.3
    bend = across + wander * rng.uniform(0.5, 2.5)
    # A point at the top; at the foot, fingers.
    fingers = np.cos(bend * rng.uniform(0.6, 1.2) + rng.uniform(0, 6))
    end = 1 - rng.uniform(0.02, 0.12) * (1 + fingers) - (bend / width) ** 2 / 9
    half = width * np.sqrt(np.clip(t, 0, 1)) * np.sqrt(np.clip((end - t) * 6, 0, 1))
    inside = step((half - np.abs(bend)) / 1.6 + 0.5) * (half > 0)
    streak: Field = inside * (1 - rng.uniform(0, 0.35) * np.clip(t, 0, 1))
    return streak
