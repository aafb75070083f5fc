"""Where a model of any format looks: Grad-CAM where its maps can be had."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hirise.inference.formats.image_model import ImageModel
from hirise.inference.occlusion import occlusion
from hirise.inference.scales import as_input
from hirise.inference.scores import read_outputs

GRAD_CAM, OCCLUSION = "grad-cam", "occlusion"
BATCH = 64

Floats = NDArray[np.float64]
Maps = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Ints = NDArray[np.int64]


def explain(
    model: ImageModel, pixels: Pixels, outputs: Ints, scale: str
) -> tuple[str, Maps]:
    """How much each place of an image speaks for one of the model's outputs.

    Parameters
    ----------
    model : ImageModel
    pixels : (n_images, size, size) uint8
    outputs : (n_images,) int
        The output that is asked about; 0 or 1 where a single one tells two classes.
    scale : str
        A key of `SCALES`.

    Returns
    -------
    str
        "grad-cam"; "occlusion" for networks without maps of features, and for those
        that cannot be looked into.
    (n_images, size, size) float32
        As `grad_cam` and `occlusion` return them.
    """
    if model.keras is not None and model.layout == "NHWC":
        from hirise.inference.saliency import NoFeatureMap, grad_cam

        try:
            images = as_input(pixels, model.channels, scale)
            return GRAD_CAM, grad_cam(model.keras, images, outputs)
        except NoFeatureMap:
            pass
    return OCCLUSION, occlusion(
        lambda covered: _probabilities(model, covered, scale), pixels, outputs
    )


def _probabilities(model: ImageModel, pixels: Pixels, scale: str) -> Floats:
    found = np.concatenate(
        [
            model.predict(
                as_input(pixels[start : start + BATCH], model.channels, scale)
            )
            for start in range(0, len(pixels), BATCH)
        ]
    )
    read = read_outputs(found, ("", "")).proba
    # One sigmoid per class: each is a probability by itself.
    return np.nan_to_num(found if read is None else read)
