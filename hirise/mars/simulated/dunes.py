"""Dune fields and slope streaks: what wind and dust make."""

from __future__ import annotations

import numpy as np

from hirise.mars.simulated.fields import Field, Rng, along, around, band, fractal, step
from hirise.mars.simulated.ground import Ground, Look


def dark_dune(ground: Ground, look: Look, rng: Rng) -> Ground:
    """Dark sand: a field of waves, a few crescents, or the edge of a sheet.

    Examples
    --------
    >>> from hirise.mars.simulated.ground import draw_look
    >>> rng, flat = np.random.default_rng(0), np.zeros_like(along(0.0)[0])
    >>> ground = dark_dune(Ground(flat, flat + 1), draw_look("dark dunes", rng), rng)
    >>> bool(ground.albedo.min() < 0.6 and ground.height.max() > 1)
    True
    """
    kind = rng.choice(3, p=(0.3, 0.62, 0.08))
    make = (_dark_field, _crescents, _sand_sheet)[kind]
    return make(ground, look, rng)


def bright_dune(ground: Ground, look: Look, rng: Rng) -> Ground:
    """Frosted dunes with dark spots at their foot, or a field of bright ripples."""
    return (_frosted if rng.random() < 0.9 else _bright_field)(ground, look, rng)


def ripple_field(look: Look, rng: Rng, *, wavelength: float) -> Field:
    """Crests of dunes between 0 and 1: a slow rise, then a steep slip face.

    Examples
    --------
    >>> from hirise.mars.simulated.ground import draw_look
    >>> rng = np.random.default_rng(0)
    >>> crests = ripple_field(draw_look("dark dunes", rng), rng, wavelength=30)
    >>> bool(crests.min() >= 0 and crests.max() <= 1)
    True
    """
    downwind, _ = along(look.wind)
    bends = fractal(rng, exponent=5.0) * rng.uniform(0.3, 0.9)
    breaks = band(rng, wavelength=wavelength * 2.0, width=0.4) * 0.17
    phase = downwind / wavelength + bends + breaks
    phase = phase - np.floor(phase)
    rise = rng.uniform(0.6, 0.75)
    crest = np.where(phase < rise, phase / rise, (1 - phase) / (1 - rise))
    strength = step(0.75 + 0.5 * band(rng, wavelength=wavelength * 2.5, width=0.5))
    field: Field = step(crest) * strength
    return field


def fine_ripples(look: Look, rng: Rng) -> Field:
    """Small ripples on sand, across the wind, in pixels."""
    angle = look.wind + rng.normal(0, 0.4)
    fine = band(rng, wavelength=rng.uniform(4.5, 6.5), angle=angle, spread=0.25)
    patches = step(0.5 + 0.6 * fractal(rng, exponent=3.0))
    ripples: Field = fine * patches * rng.uniform(0.1, 0.3)
    return ripples


def _dark_field(ground: Ground, look: Look, rng: Rng) -> Ground:
    wavelength = float(np.exp(rng.uniform(np.log(26), np.log(60))))
    crest = ripple_field(look, rng, wavelength=wavelength)
    # The floor shows between the dunes; some of it is bright.
    sand = step((crest - rng.uniform(-0.1, 0.25)) / 0.2)
    frost = step(0.2 + 0.8 * fractal(rng, exponent=2.6)) * (1 - sand)
    albedo = 1 - sand * rng.uniform(0.4, 0.6)
    albedo = albedo * (1 + frost * rng.uniform(0, 0.6))
    height = crest * (wavelength * rng.uniform(0.15, 0.22))
    sandy = ground.smoothed(sand, 0.1).raised(height + sand * fine_ripples(look, rng))
    return sandy.painted(albedo)


def _crescents(ground: Ground, look: Look, rng: Rng) -> Ground:
    """Barchans: two horns downwind, with the slip face between them."""
    n = int(rng.integers(1, 4))
    wind = look.wind + rng.normal(0, 0.15)
    for number in range(n):
        reach = 12 if number == 0 else 75
        x, y = rng.uniform(-reach, reach, 2)
        size = rng.uniform(20, 52) / np.sqrt(n)
        ahead, across = along(wind, x=x, y=y)
        across = across * rng.uniform(0.75, 1.15)
        bend = ahead + across**2 * (-0.25 / size)
        body = 1 - (bend / size) ** 2 - (across / (1.2 * size)) ** 2
        hollow = step((ahead - across**2 / (1.1 * size) - 0.1 * size) / (0.22 * size))
        # The upwind edge fades out, the brink is sharp.
        sand = step(body / rng.uniform(0.3, 0.9) + 0.25) * (1 - hollow)
        height = np.sqrt(np.clip(body, 0, 1)) * (1 - hollow) * (0.24 * size)
        height = height + sand * fine_ripples(look, rng)
        sandy = ground.smoothed(sand, 0.1).raised(height)
        dark = rng.uniform(0.42, 0.65)
        ground = sandy.painted(1 - dark * sand)
    return ground


def _sand_sheet(ground: Ground, look: Look, rng: Rng) -> Ground:
    ahead, across = along(rng.uniform(0, 2 * np.pi))
    wander = fractal(rng, exponent=3.4) * rng.uniform(10, 26)
    edge = ahead + wander + across**2 * rng.uniform(0, 0.004)
    sand = step(edge / rng.uniform(4, 14) + 0.5)
    hills = fractal(rng, exponent=4.5) * rng.uniform(1.0, 3.5)
    mound = np.clip(edge / 40, 0, 1) * rng.uniform(4, 14) + hills
    sandy = ground.smoothed(sand, 0.12)
    sandy = sandy.raised(sand * (mound + fine_ripples(look, rng)))
    return sandy.painted(1 - sand * rng.uniform(0.4, 0.6))


def _frosted(ground: Ground, look: Look, rng: Rng) -> Ground:
    n = int(rng.integers(1, 7))
    turn = rng.uniform(0, np.pi)
    for number in range(n):
        t = (number - (n - 1) / 2) / max(n - 1, 1)
        along_chain, off_chain = t * rng.uniform(60, 170), rng.normal(0, 16)
        x = along_chain * np.cos(turn) - off_chain * np.sin(turn)
        y = along_chain * np.sin(turn) + off_chain * np.cos(turn)
        size = rng.uniform(12, 34) / n**0.35
        ground = _frosted_dune(ground, look, rng, x=x, y=y, size=size)
    return ground


def _frosted_dune(
    ground: Ground, look: Look, rng: Rng, *, x: float, y: float, size: float
) -> Ground:
    """A bright mound; where it thaws first, at its foot, it is spotted dark."""
    ahead, across = along(look.wind + rng.normal(0, 0.2), x=x, y=y)
    across = across * rng.uniform(0.55, 1.1)
    bend = ahead + across**2 * (rng.uniform(-0.5, 0.5) / size)
    theta = np.arctan2(across, bend)
    uneven = around(theta, rng, n=6, low=2, high=8)
    ring = np.hypot(bend, across) / size
    ring = ring * (1 - 0.07 * uneven * np.minimum(ring, 1) ** 2)
    dome = np.clip(1 - ring**2, 0, 1) * (0.36 * size)
    frost = 1 - step((ring - 0.55) / 0.5)
    ground = ground.smoothed(frost, 0.15).raised(dome)
    fringe = np.exp(-(((ring - 1.05) / 0.14) ** 2)) * (0.5 + 0.5 * np.tanh(uneven))
    albedo = 1 + frost * rng.uniform(0.3, 0.6) - fringe * rng.uniform(0, 0.35)
    ground = ground.painted(albedo)
    for _ in range(rng.integers(3, 13)):
        turn, off = rng.uniform(-np.pi, np.pi), size * rng.normal(1.04, 0.09)
        distance = np.hypot(bend - off * np.cos(turn), across - off * np.sin(turn))
        spot = 1 - step((distance / rng.uniform(1.4, 3.8) - 0.4) / 0.9)
        ground = ground.painted(1 - spot * rng.uniform(0.45, 0.8))
    return ground


def _bright_field(ground: Ground, look: Look, rng: Rng) -> Ground:
    wavelength = rng.uniform(10, 24)
    crest = ripple_field(look, rng, wavelength=wavelength)
    patch = step((fractal(rng, exponent=3.4) + rng.uniform(0.1, 1.2)) / 0.5)
    sand = step((crest - 0.1) / 0.5) * patch
    ground = ground.smoothed(patch, 0.4)
    ground = ground.raised(crest * patch * (0.12 * wavelength))
    return ground.painted(1 + sand * rng.uniform(0.25, 0.5))


def slope_streak(ground: Ground, look: Look, rng: Rng) -> Ground:
    """One or several streaks on a slope; the youngest are the darkest.

    Examples
    --------
    >>> from hirise.mars.simulated.ground import draw_look
    >>> rng, flat = np.random.default_rng(0), np.zeros_like(along(0.0)[0])
    >>> ground = slope_streak(Ground(flat, flat + 1), draw_look("slopes", rng), rng)
    >>> bool(ground.albedo.min() < 0.9)
    True
    """
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
