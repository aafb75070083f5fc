"""The image of one simulated landmark: scene, light and camera."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from hirise.mars.names import parse_names
from hirise.mars.simulated.craters import crater, impact_ejecta
from hirise.mars.simulated.dunes import bright_dune, dark_dune, slope_streak
from hirise.mars.simulated.fields import SIZE, Field, Rng, along, blur
from hirise.mars.simulated.ground import Ground, Look, draw_look
from hirise.mars.simulated.plain_ground import draw_terrain, other
from hirise.mars.simulated.plan import place_of, rng_of
from hirise.mars.simulated.polar import spider, swiss_cheese

Pixels = NDArray[np.uint8]

IMAGE_SIZE = 227
EDGE_SHARE = 0.18
"""Landmarks at the edge of the swath, beyond which an image is black."""


def photograph(light: Field, look: Look, rng: Rng) -> Pixels:
    """The image of a landmark, (IMAGE_SIZE, IMAGE_SIZE) uint8.

    Crops are enlarged from different sizes, so that some are soft and others crisp.

    Examples
    --------
    >>> from hirise.mars.simulated.ground import draw_look
    >>> rng = np.random.default_rng(0)
    >>> image = photograph(np.ones((SIZE, SIZE)), draw_look("plains", rng), rng)
    >>> image.shape, image.dtype.name
    ((227, 227), 'uint8')
    """
    sharp = blur(light, float(np.exp(rng.normal(np.log(1.15), 0.4))))
    margin = (SIZE - IMAGE_SIZE) // 2
    inside = slice(margin, margin + IMAGE_SIZE)
    crop = sharp[inside, inside]
    contrast = look.contrast * np.exp(rng.normal(0, 0.13))
    brightness = np.clip(look.brightness + rng.normal(0, 9), 24, 205)
    # A very dark picture cannot vary as much as a bright one.
    contrast = min(contrast, brightness / 2.2)
    levels = (crop - crop.mean()) * (contrast / (crop.std() + 1e-6)) + brightness
    levels = levels + rng.normal(0, rng.uniform(0.3, 1.6), crop.shape)
    if rng.random() < EDGE_SHARE:
        levels = np.where(_beyond_edge(look, rng)[inside, inside], 0, levels)
    return grey(levels)


def grey(levels: Field) -> Pixels:
    """The nearest grey levels from 0 to 255.

    Examples
    --------
    >>> grey(np.array([-3.0, 12.6, 300.0])).tolist()
    [0, 13, 255]
    """
    rounded: Pixels = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return rounded


def _beyond_edge(look: Look, rng: Rng) -> NDArray[np.bool_]:
    """Where the picture ends, with the steps of an enlarged edge."""
    side = look.swath + (np.pi / 2) * (1 if rng.random() < 0.5 else -1)
    pixel = rng.integers(1, 5)
    distance = along(side)[0]
    coarse = distance[::pixel, ::pixel].repeat(pixel, axis=0).repeat(pixel, axis=1)
    return coarse[:SIZE, :SIZE] > rng.uniform(45, 105)


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

    Examples
    --------
    >>> flat = Ground(np.zeros((SIZE, SIZE)), np.ones((SIZE, SIZE)))
    >>> round(float(shade(flat, sun=0.0, elevation=0.5).mean()), 6)
    1.0
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
    """Share of the sun that is hidden behind higher ground, with a soft edge.

    Examples
    --------
    >>> wall = np.zeros((SIZE, SIZE))
    >>> wall[:, 200:] = 10
    >>> cover = shadow(wall, sun=0.0, elevation=0.5)
    >>> [round(float(cover[0, column]), 2) for column in (150, 190, 210)]
    [0.0, 1.0, 0.0]
    """
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


COPIES = ("r90", "r180", "r270", "fh", "fv", "brt")
"""The augmented copies that a release has of a landmark, beside the original."""

BRT_GAIN, BRT_LIFT = 0.92, 35.0
"""What `brt` does to grey levels, as measured on real copies."""


def simulate_image(name: str) -> Pixels:
    """The image called `name`, such as `ESP_000012_1985_RED-0031-r90.jpg`.

    The same name gives the same image; the seed is part of the name.

    Parameters
    ----------
    name : str
        A file name of simulated Mars, or a path that ends in one.

    Returns
    -------
    (227, 227) uint8
        Grey levels, before they are compressed as JPEG.

    Raises
    ------
    ValueError
        If this is not the name of a simulated image.

    Examples
    --------
    >>> landmark = "PSP_000003_1434_RED-0031"
    >>> image = simulate_image(f"{landmark}.jpg")
    >>> turned = simulate_image(f"{landmark}-r180.jpg")
    >>> image.shape, bool((image[::-1, ::-1] == turned).all())
    ((227, 227), True)
    """
    parts = parse_names([PurePosixPath(name).name]).iloc[0]
    return augmented(simulate_landmark(parts["landmark"]), parts["augmentation"])


def simulate_landmark(landmark: str) -> Pixels:
    """The original image of a landmark; see `simulate_image`.

    Examples
    --------
    >>> simulate_landmark("PSP_000003_1434_RED-0031").shape
    (227, 227)
    """
    place = place_of(landmark)
    look = draw_look(place.theme, rng_of(f"look {place.observation}"))
    rng = rng_of(f"image {landmark}")
    ground = FEATURES[place.label](draw_terrain(look, rng), look, rng)
    light = shade(ground, sun=look.sun, elevation=look.elevation)
    return photograph(light, look, rng)


def augmented(image: Pixels, augmentation: str) -> Pixels:
    """A copy of `image`: turned clockwise, flipped, or brighter; "" is the original.

    Examples
    --------
    >>> image = np.array([[0, 100], [200, 255]], np.uint8)
    >>> augmented(image, "r90").tolist(), augmented(image, "brt").tolist()
    ([[200, 0], [255, 100]], [[35, 127], [219, 255]])
    """
    if augmentation == "brt":
        return grey(image * BRT_GAIN + BRT_LIFT)
    turned = {
        "": image,
        "r90": np.rot90(image, -1),
        "r180": np.rot90(image, 2),
        "r270": np.rot90(image, 1),
        "fh": image[:, ::-1],
        "fv": image[::-1],
    }
    return turned[augmentation]


FEATURES: tuple[Callable[[Ground, Look, Rng], Ground], ...] = (
    other,
    crater,
    dark_dune,
    slope_streak,
    bright_dune,
    impact_ejecta,
    swiss_cheese,
    spider,
)
"""What makes each class, in the order of the ids."""
