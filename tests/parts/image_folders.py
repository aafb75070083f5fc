"""Folders of tiny images and files of labels, in the layouts that others use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image


def make_folder(
    root: Path, images: Sequence[str], texts: Mapping[str, str] | None = None
) -> Path:
    """`root` with an image of 8 × 8 pixels at each path, and text files beside."""
    for number, name in enumerate(images):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (number % 256, 90, 200)).save(path)
    for name, text in (texts or {}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root
