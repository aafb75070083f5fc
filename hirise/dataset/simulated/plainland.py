"""What is none of the landmarks: plain ground, and ground that comes close to one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hirise.dataset.simulated.craters import dig, pock
from hirise.dataset.simulated.dunes import ripple_field
from hirise.dataset.simulated.fields import (
    Rng,
    along,
    band,
    fractal,
    polar,
    polygons,
    step,
)
from hirise.dataset.simulated.ground import Ground, Look

Change = Callable[[Ground, Look, Rng], Ground]

PLAIN = 0.3
"""Share of landmarks that are nothing but terrain."""


def other(ground: Ground, look: Look, rng: Rng) -> Ground:
    """Terrain, most of it with something that is not quite a landmark."""
    if rng.random() < PLAIN:
        return ground
    return CHANGES[rng.integers(len(CHANGES))](ground, look, rng)


def ghost_crater(ground: Ground, look: Look, rng: Rng) -> Ground:
    """A crater worn down to a faint ring."""
    radius, (x, y) = rng.uniform(18, 60), rng.normal(0, 14, 2)
    freshness = rng.uniform(0.05, 0.17)
    return dig(ground, rng, x=x, y=y, radius=radius, freshness=freshness)


def cut_crater(ground: Ground, look: Look, rng: Rng) -> Ground:
    """The edge of a crater whose middle lies outside the image."""
    turn, off = rng.uniform(0, 2 * np.pi), rng.uniform(112, 135)
    return dig(
        ground,
        rng,
        x=off * np.cos(turn),
        y=off * np.sin(turn),
        radius=rng.uniform(22, 58),
        freshness=rng.uniform(0.3, 0.9),
    )


def small_craters(ground: Ground, look: Look, rng: Rng) -> Ground:
    """Craters too small to be the landmark."""
    return pock(ground, rng, most=9)


def knob(ground: Ground, look: Look, rng: Rng) -> Ground:
    """A hill, which in this light looks much like a pit."""
    distance, _ = polar(*rng.normal(0, 16, 2))
    uneven = 1 + 0.22 * fractal(rng, exponent=3.2)
    ring = distance / (rng.uniform(16, 48) * uneven)
    hill = np.exp(-(ring**2)) * rng.uniform(3, 11)
    return ground.raised(hill)


def scarp(ground: Ground, look: Look, rng: Rng) -> Ground:
    """A winding cliff with gullies below it."""
    turn = rng.uniform(0, 2 * np.pi)
    ahead, _ = along(turn)
    edge = ahead + 12 * fractal(rng, exponent=3.0) + rng.uniform(-40, 40)
    gullies = fractal(rng, exponent=2.8, angle=turn, stretch=6.0)
    below = step(edge / 8) * np.exp(-np.clip(edge, 0, None) / 50)
    drop = -step(edge / rng.uniform(10, 30)) * rng.uniform(3, 10)
    return ground.raised(drop + below * gullies)


def dark_patch(ground: Ground, look: Look, rng: Rng) -> Ground:
    """Ground a little darker or brighter, without relief of its own."""
    patch = step(fractal(rng, exponent=3.6) / rng.uniform(0.4, 1.2) + 0.3)
    return ground.painted(1 - patch * rng.uniform(-0.12, 0.2))


def faint_ripples(ground: Ground, look: Look, rng: Rng) -> Ground:
    """Ripples of the ground's own brightness, in patches."""
    wavelength = rng.uniform(8, 30)
    crest = ripple_field(look, rng, wavelength=wavelength)
    patch = step(0.4 + fractal(rng, exponent=3.4))
    return ground.raised(crest * patch * (0.08 * wavelength))


def grooves(ground: Ground, look: Look, rng: Rng) -> Ground:
    """Long faint stripes, dark and bright, that neither start nor fan out."""
    turn = look.wind + rng.normal(0, 0.3)
    stripes = fractal(rng, exponent=2.6, angle=turn, stretch=14.0)
    return ground.painted(1 + 0.07 * np.clip(stripes, -1.6, 1.6))


def smudge(ground: Ground, look: Look, rng: Rng) -> Ground:
    """A soft dark or bright spot without rays or crater."""
    distance, _ = polar(*rng.normal(0, 20, 2))
    cover = np.exp(-((distance / rng.uniform(12, 45)) ** 2))
    cover = cover * (1 + 0.5 * fractal(rng, exponent=2.6))
    shade = rng.uniform(0.08, 0.2) * rng.choice((-1, 1))
    return ground.painted(1 + shade * cover)


def hollows(ground: Ground, look: Look, rng: Rng) -> Ground:
    """Shallow hollows with gentle walls and no flat floor."""
    shape = band(rng, wavelength=rng.uniform(28, 60), width=0.6)
    shape = shape + 0.4 * fractal(rng, exponent=3.0) + fractal(rng, exponent=5.0)
    hollow = np.clip(shape - 0.9, 0, None) * (-rng.uniform(1.2, 3.5))
    return ground.raised(hollow)


def troughs(ground: Ground, look: Look, rng: Rng) -> Ground:
    """A net of troughs without a centre."""
    lines = polygons(rng, size=rng.uniform(30, 80), width=rng.uniform(2, 5))
    ground = ground.raised(-lines * rng.uniform(0.4, 1.2))
    return ground.painted(1 - lines * rng.uniform(0, 0.14))


def outcrop(ground: Ground, look: Look, rng: Rng) -> Ground:
    """Bright layered rock that sticks out of the ground."""
    shape = fractal(rng, exponent=3.0, angle=look.wind, stretch=2.0)
    rock = step((shape - rng.uniform(0.2, 1.0)) / 0.25)
    beds = np.sin(shape * rng.uniform(8, 16))
    ground = ground.raised(rock * (2.0 + 0.7 * beds))
    return ground.painted(1 + rock * rng.uniform(-0.05, 0.22))


CHANGES: tuple[Change, ...] = (
    ghost_crater,
    cut_crater,
    small_craters,
    knob,
    scarp,
    dark_patch,
    faint_ripples,
    grooves,
    smudge,
    hollows,
    troughs,
    outcrop,
)
