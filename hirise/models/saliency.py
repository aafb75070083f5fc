"""Saliency maps of a model: Grad-CAM where it has feature maps, else occlusion."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hirise.arrays import Bools, Floats, Ints, Maps, Pixels
from hirise.models.formats.image_model import ImageModel
from hirise.models.outputs import decode_outputs, normalise_maps
from hirise.models.pixel_scales import Encoding, as_input

GRAD_CAM, OCCLUSION = "grad-cam", "occlusion"
EXPLAINED_AT_ONCE = 64
PATCHES = 8
"""Patches per side of an image; they overlap by half."""
BLACK = 4
"""Grey levels up to this count as black: compression makes some of the zeros so."""


def explain(
    model: ImageModel, pixels: Pixels, outputs: Ints, encoding: Encoding
) -> tuple[str, Maps]:
    """How much each place of an image is evidence for one of the model's outputs.

    Parameters
    ----------
    model : ImageModel
    pixels : (n_images, size, size) uint8
    outputs : (n_images,) int
        The output that is explained; 0 or 1 where a single one separates two classes.
    encoding : Encoding

    Returns
    -------
    str
        "grad-cam"; "occlusion" for networks without feature maps, and for those of
        which the layers are not known.
    (n_images, size, size) float32
        As `grad_cam` and `occlusion` return them.
    """
    # Grad-CAM averages over axes 1 and 2, which are places in NHWC alone.
    if model.keras is not None and model.layout == "NHWC":
        from hirise.models.grad_cam import NoFeatureMap, grad_cam

        try:
            images = as_input(pixels, model.channels, encoding)
            return GRAD_CAM, grad_cam(model.keras, images, outputs)
        except NoFeatureMap:
            pass
    return OCCLUSION, occlusion(
        lambda covered: _probabilities(model, covered, encoding), pixels, outputs
    )


def _probabilities(model: ImageModel, pixels: Pixels, encoding: Encoding) -> Floats:
    batches = np.split(pixels, range(EXPLAINED_AT_ONCE, len(pixels), EXPLAINED_AT_ONCE))
    parts = [
        model.predict(as_input(batch, model.channels, encoding)) for batch in batches
    ]
    outputs = np.concatenate(parts)
    proba = decode_outputs(outputs, ("", "")).proba
    # One sigmoid per class: each is a probability by itself.
    finite: Floats = np.nan_to_num(outputs if proba is None else proba)
    return finite


def occlusion(
    probabilities: Callable[[Pixels], Floats],
    images: Pixels,
    classes: Ints,
    *,
    patches: int = PATCHES,
) -> Maps:
    """How much of a class' probability is lost when each place is covered.

    Each patch of an eighth of a side, in steps of half of it, is painted in the image's
    mean colour. The loss is spread over its pixels; gains count as nothing.

    Parameters
    ----------
    probabilities : callable
        (n, height, width, channels) bytes to (n, n_classes).
    images : (n_images, height, width, channels) uint8
    classes : (n_images,) int
    patches : int

    Returns
    -------
    (n_images, height, width) float32
        Not negative; each image sums to 1, or is 0 everywhere.

    References
    ----------
    Zeiler and Fergus (2014), Visualizing and Understanding Convolutional Networks,
    arXiv:1311.2901.

    Examples
    --------
    >>> images = np.array([[[0, 0, 0, 0], [0, 0, 0, 200]]], dtype=np.uint8)[..., None]
    >>> bright = lambda x: x.max(axis=(1, 2)) / 255
    >>> occlusion(bright, images, np.array([0]), patches=2)[0].round(2)
    array([[0. , 0. , 0. , 0. ],
           [0. , 0. , 0.5, 0.5]], dtype=float32)
    """
    places = _places(images.shape[1:3], patches)
    maps = np.zeros(images.shape[:3], dtype=np.float32)
    for number, image in enumerate(images):
        covered = np.repeat(image[None], len(places) + 1, axis=0)
        for copy, (rows, columns) in zip(covered[1:], places, strict=True):
            copy[rows, columns] = image.mean(axis=(0, 1)).round()
        of_class = probabilities(covered)[:, classes[number]]
        losses = of_class[0] - of_class[1:]
        for loss, (rows, columns) in zip(losses, places, strict=True):
            maps[number, rows, columns] += max(float(loss), 0.0)
    return normalise_maps(maps)


def _places(shape: tuple[int, ...], patches: int) -> list[tuple[slice, slice]]:
    height, width = shape
    tall, wide = (-(-side // patches) for side in (height, width))
    tops = range(0, max(height - tall, 0) + 1, max(1, tall // 2))
    lefts = range(0, max(width - wide, 0) + 1, max(1, wide // 2))
    return [
        (slice(top, top + tall), slice(left, left + wide))
        for top in tops
        for left in lefts
    ]


def no_data_border(image: Pixels, *, black: int = BLACK) -> Bools:
    """The black pixels from which black leads to the edge of the image.

    Steps go up, down, left and right. Dark places that touch no edge are no border; a
    dark landform at the edge is one, if it is as dark as that.

    Parameters
    ----------
    image : (height, width) uint8
        Brightness, 0 to 255.
    black : int
        The brightest level that counts as black.

    Returns
    -------
    (height, width) bool

    Examples
    --------
    >>> image = np.array([[0, 9, 9, 9], [9, 9, 0, 9], [9, 9, 9, 9]], dtype=np.uint8)
    >>> no_data_border(image).astype(int)
    array([[1, 0, 0, 0],
           [0, 0, 0, 0],
           [0, 0, 0, 0]])
    """
    dark = image <= black
    reached = np.zeros_like(dark)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        reached[edge] = dark[edge]
    n_before = -1
    # One round follows a straight path; a winding border takes several.
    while (n := int(reached.sum())) > n_before:
        n_before = n
        for view, allowed in ((reached, dark), (reached.T, dark.T)):
            _sweep(view, allowed)
            _sweep(view[::-1], allowed[::-1])
    return reached


def _sweep(reached: Bools, dark: Bools) -> None:
    """Go on from each row to the next, as far as it is dark; changes `reached`."""
    for above, row, allowed in zip(reached[:-1], reached[1:], dark[1:], strict=True):
        row |= above & allowed
