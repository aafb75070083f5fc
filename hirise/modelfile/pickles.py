"""Files that are pickles, or may be: they are never loaded."""

from __future__ import annotations

import zipfile
from pathlib import Path

from hirise.errors import InputError

PICKLES = (
    ".bin",
    ".ckpt",
    ".dill",
    ".joblib",
    ".pickle",
    ".pkl",
    ".pt",
    ".pth",
)
"""Suffixes under which models are pickled, by PyTorch, scikit-learn and others."""

_WAY_OUT = (
    "Predict where you trust it and import the probabilities (`hirise import`), or "
    "export it to ONNX."
)


def refuse_pickle(path: Path) -> None:
    """Refuse a pickle, by its name or by what it begins with.

    Raises
    ------
    InputError
        With the reason and the way out.
    """
    if path.suffix.lower() in PICKLES or _begins_like_one(path):
        raise InputError(
            f"{path}: is a pickle, or may be one; loading it would run whatever code "
            f"it carries, so it is not loaded. {_WAY_OUT}"
        )
    if path.suffix.lower() == ".safetensors":
        raise InputError(
            f"{path}: holds weights alone, without the network. {_WAY_OUT}"
        )


def _begins_like_one(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(4)
    # PROTO of versions 2 to 5; what torch.save writes is a zip with a pickle in it.
    if start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return True
    if start != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False
    return "config.json" not in names and any(n.endswith("data.pkl") for n in names)
