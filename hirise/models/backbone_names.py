"""Which trained networks a recipe may name, checked without Keras."""

from __future__ import annotations

import os
from pathlib import Path

from hirise.errors import InputError, nearest
from hirise.models.inspection import inspect_model

APPLICATIONS = (
    *(f"EfficientNetB{n}" for n in range(8)),
    *(f"EfficientNetV2{size}" for size in ("B0", "B1", "B2", "B3", "S", "M", "L")),
    "MobileNetV3Small",
    "MobileNetV3Large",
    *(f"ConvNeXt{size}" for size in ("Tiny", "Small", "Base", "Large", "XLarge")),
)
"""Networks of `keras.applications` that take pixels of 0 to 255 as they are."""


KERAS = (".keras", ".h5", ".hdf5")


def check_backbone(text: str) -> None:
    """Refuse what `hirise.models.backbones` cannot load, as far as is seen at once.

    Parameters
    ----------
    text : str
        One of `APPLICATIONS`, or the path of a `.keras` or `.h5` file.

    Raises
    ------
    InputError
        Unknown, not there, or unsafe.

    Examples
    --------
    >>> check_backbone("EfficientNetB0")
    >>> check_backbone("EffnetB0")
    Traceback (most recent call last):
        ...
    hirise.errors.InputError: No backbone 'EffnetB0'. ...
    """
    path = Path(text).expanduser()
    if path.suffix.lower() in KERAS:
        inspect_model(path)
    elif text not in APPLICATIONS:
        raise InputError(
            f"No backbone '{text}'.{nearest(text, APPLICATIONS)} Give a .keras file, "
            f"or one of keras.applications: {', '.join(APPLICATIONS)}."
        )


def is_downloaded(name: str) -> bool:
    """Whether Keras has the weights of one of `APPLICATIONS` on this machine."""
    home = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
    return any((home / "models").glob(f"{name.lower()}*no*top*.h5"))
