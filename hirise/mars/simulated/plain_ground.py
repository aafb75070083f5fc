"""Plain ground: terrain before anything happened to it, and what is no landmark."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hirise.mars.simulated.craters import dig, pock
from hirise.mars.simulated.dunes import ripple_field
from hirise.mars.simulated.fields import (
    Field,
    Rng,
    along,
    band,
    fractal,
    polar,
    polygons,
    step,
    with_slope,
)
from hirise.mars.simulated.ground import TERRAINS, Ground, Look

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

STRAY = 0.25
"""Landmarks whose terrain is not that of their observation."""


def draw_terrain(look: Look, rng: Rng) -> Ground:
    """Ground in the look of an observation.

    Examples
    --------
    >>> from hirise.mars.simulated.fields import steepness
    >>> from hirise.mars.simulated.ground import draw_look
    >>> rng = np.random.default_rng(0)
    >>> ground = draw_terrain(draw_look("plains", rng), rng)
    >>> 0.01 < steepness(ground.height) < 0.5
    True
    """
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
