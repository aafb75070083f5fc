"""Ground in the light of a low sun."""

from __future__ import annotations

import numpy as np

from hirise.dataset.simulated.fields import Field
from hirise.dataset.simulated.ground import Ground

SHADOW_REACH = 48
"""How far shadows are followed, in pixels."""
SHADOW_STEP = 2
SKYLIGHT = 0.18
"""Light in a shadow, as a share of that on level ground."""


def shade(ground: Ground, *, sun: float, elevation: float) -> Field:
    """Brightness of `ground`: Lambert's law, cast shadows and skylight.

    Returns
    -------
    (SIZE, SIZE) float
        1 on level ground of albedo 1.
    """
    right, down = float(np.cos(sun)), float(np.sin(sun))
    low, high = float(np.cos(elevation)), float(np.sin(elevation))
    slope_down, slope_right = np.gradient(ground.height)
    rise = right * slope_right + down * slope_down
    direct = (high - low * rise) / np.sqrt(1 + slope_right**2 + slope_down**2)
    lit = np.clip(direct / high, 0, None) * (1 - shadow(ground.height, sun, elevation))
    light: Field = ground.albedo * (SKYLIGHT + (1 - SKYLIGHT) * lit)
    return light


def shadow(height: Field, sun: float, elevation: float) -> Field:
    """Share of the sun that is hidden behind higher ground, with a soft edge."""
    fall = float(np.tan(elevation))
    cover = np.zeros_like(height)
    highest = height.max() - height.min()
    # Nothing outside throws a shadow into the scene.
    wide = np.pad(height, SHADOW_REACH, constant_values=height.min())
    rows, columns = height.shape
    for distance in range(SHADOW_STEP, SHADOW_REACH, SHADOW_STEP):
        if highest < distance * fall:
            break
        top = SHADOW_REACH + round(distance * np.sin(sun))
        left = SHADOW_REACH + round(distance * np.cos(sun))
        towards_sun = wide[top : top + rows, left : left + columns]
        np.maximum(cover, towards_sun - distance * fall - height, out=cover)
    return np.clip(cover, 0, 1)
