"""The image of one simulated landmark, made from its name alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

import numpy as np

from hirise.mars.names import parse_names
from hirise.mars.simulated.camera import Pixels, grey, photograph, shade
from hirise.mars.simulated.craters import crater, impact_ejecta
from hirise.mars.simulated.dunes import bright_dune, dark_dune, slope_streak
from hirise.mars.simulated.fields import Rng
from hirise.mars.simulated.ground import Ground, Look, draw_look
from hirise.mars.simulated.plain_ground import draw_terrain, other
from hirise.mars.simulated.plan import place_of, rng_of
from hirise.mars.simulated.polar import spider, swiss_cheese

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
