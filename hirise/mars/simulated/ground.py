"""What a scene consists of: the ground, and the look that an observation shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hirise.mars.simulated.fields import Field, Rng

TERRAINS = (
    "rolling",
    "hummocks",
    "grains",
    "ripples",
    "lineations",
    "layers",
    "mesas",
    "cracks",
    "boulders",
    "ridges",
)


@dataclass(frozen=True, eq=False)
class Ground:
    """Height in pixels, and albedo (1 is usual), both (SIZE, SIZE)."""

    height: Field
    albedo: Field

    def raised(self, height: Field) -> Ground:
        """The ground with `height` added."""
        return Ground(self.height + height, self.albedo)

    def painted(self, albedo: Field) -> Ground:
        """The ground with its albedo times `albedo`."""
        return Ground(self.height, self.albedo * albedo)

    def smoothed(self, where: Field, keep: float) -> Ground:
        """The ground with only a share `keep` of its relief where `where` is 1."""
        return Ground(self.height * (1 - where * (1 - keep)), self.albedo)


@dataclass(frozen=True)
class Look:
    """What all landmarks of an observation have in common.

    Attributes
    ----------
    sun : float
        Direction towards the sun in radians; 0 is right, π/2 is down.
    elevation : float
        Of the sun, in radians.
    brightness, contrast : float
        Mean and deviation of the grey levels.
    terrain : str
        One of `TERRAINS`.
    grain : float
        Wavelength of the texture in pixels.
    wind : float
        Direction of ripples, dunes and lineations, in radians.
    roughness : float
        Exponent of the relief's power spectrum; low is rough.
    swath : float
        Direction of the edge of the picture, in radians.
    frosted : bool
        Whether the ground is dark with bright frost.
    """

    sun: float
    elevation: float
    brightness: float
    contrast: float
    terrain: str
    grain: float
    wind: float
    roughness: float
    swath: float
    frosted: bool


BRIGHTNESS = {
    "plains": (117.0, 27.0),
    "craters": (117.0, 27.0),
    "slopes": (163.0, 28.0),
    "dark dunes": (46.0, 20.0),
    "frosted dunes": (154.0, 14.0),
    "swiss cheese": (122.0, 10.0),
    "spiders": (147.0, 12.0),
}
"""Mean grey level per theme, and how it differs between observations (real images)."""

FROSTED_BRIGHTNESS = 42.0


def draw_look(theme: str, rng: Rng) -> Look:
    """The look of an observation of `theme`.

    Examples
    --------
    >>> draw_look("plains", np.random.default_rng(0)).frosted
    False
    """
    frosted = theme == "spiders" and bool(rng.random() < 0.6)
    mean, spread = BRIGHTNESS[theme]
    polar = theme in ("frosted dunes", "swiss cheese", "spiders")
    brightness = FROSTED_BRIGHTNESS if frosted else rng.normal(mean, spread)
    terrain = str(rng.choice(TERRAINS))
    if polar:
        terrain = str(rng.choice(("rolling", "grains", "hummocks")))
    return Look(
        # In the afternoon, the sun stands in the west; at the poles, anywhere.
        sun=rng.uniform(0, 2 * np.pi) if polar else rng.normal(np.pi, 0.45),
        elevation=np.radians(rng.uniform(16, 30 if polar else 40)),
        brightness=float(np.clip(brightness, 30, 195)),
        contrast=float(17 * np.exp(rng.normal(0, 0.15))),
        terrain=terrain,
        grain=float(np.exp(rng.uniform(np.log(5), np.log(16)))),
        wind=rng.uniform(0, np.pi),
        roughness=rng.uniform(3.6, 5.0),
        swath=np.radians(rng.normal(83, 4)) if not polar else rng.uniform(0, np.pi),
        frosted=frosted,
    )
