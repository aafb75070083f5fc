"""The pixels of a run's images: from their folder, simulated again, or absent."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from hirise.dataset.decode import Pixels, decode
from hirise.dataset.layout import SIMULATED_LAYOUT
from hirise.dataset.probe import MOST_BYTES, quiet_pillow
from hirise.dataset.zenodo import ARCHIVES
from hirise.runs.folder import Run

SIZE = 227
"""Height and width in pixels, those of HiRISE landmarks."""

DOWNLOADS = Path("data")
"""Where `hirise data download` puts a release."""


@dataclass(frozen=True, eq=False)
class RunImages:
    """Some images of a run.

    Attributes
    ----------
    pixels : mapping of image name to (size, size) uint8
        Grey levels; images that could not be had are left out.
    simulated : bool
        Whether they were simulated again, no file being there.
    reason : str
        Why images are left out, and how to get them; "" if none is.
    """

    pixels: Mapping[str, Pixels]
    simulated: bool = False
    reason: str = ""


def run_images(
    run: Run, names: Sequence[str], *, size: int = SIZE, root: Path | None = None
) -> RunImages:
    """The pixels of the images called `names`, as far as they can be had.

    `size` is their height and width, `root` the folder of the dataset where it is not
    the one that the run names. Where neither is there, images of simulated Mars are
    simulated again, and published ones are looked for where `hirise data download`
    puts them.
    """
    root = root or images_folder(run)
    if root is not None:
        return _read(run, names, root, size)
    if _can_be_simulated(run):
        return _simulated(names, size)
    return RunImages({}, reason=why_no_images(run))


def images_folder(run: Run) -> Path | None:
    """The dataset folder of a run, if it is on this machine."""
    archive = _published(run)
    known = run.dataset_path
    downloaded = DOWNLOADS / Path(archive[1]).stem if archive else None
    places = (known, downloaded)
    return next((place for place in places if place and place.is_dir()), None)


def why_no_images(run: Run) -> str:
    """Why the images of a run cannot be shown, and what to do."""
    archive, folder = _published(run), run.dataset_path
    gone = f" ({folder} is gone)" if folder is not None else ""
    if archive is not None:
        return (
            f"The images of this run are not on this machine{gone}. They are published "
            f"by NASA/JPL-Caltech: hirise data download --release {archive[0]} in the "
            "folder where the dashboard was started brings them here."
        )
    if folder is not None:
        return f"The folder of the images, {folder}, is not there any more."
    return (
        "These predictions came without the folder of their images. Import them again "
        "with it to see the images here."
    )


def why_none_can_be_had(run: Run) -> str:
    """Why no image of a run can be had here at all, and what to do; else ""."""
    if images_folder(run) is not None or _can_be_simulated(run):
        return ""
    return why_no_images(run)


def _can_be_simulated(run: Run) -> bool:
    return (run.info.dataset or {}).get("layout") == SIMULATED_LAYOUT


def _published(run: Run) -> tuple[str, str] | None:
    """Release and file of the zip that the images come in, if they are published."""
    layout = (run.info.dataset or {}).get("layout")
    for archive in ARCHIVES:
        if layout == f"hirise-{archive.release}":
            return archive.release, archive.file
    return None


def _read(run: Run, names: Sequence[str], root: Path, size: int) -> RunImages:
    catalog = run.catalog()
    paths: dict[str, str] = {}
    if catalog is not None and {"image", "path"} <= set(catalog.columns):
        wanted = catalog[catalog["image"].isin(list(names))]
        paths = dict(zip(wanted["image"], wanted["path"], strict=True))
    found: dict[str, Pixels] = {}
    faults = []
    with quiet_pillow():
        for name in names:
            pixels = _decoded(root, paths.get(name, name), size)
            if isinstance(pixels, str):
                faults.append(f"{name}: {pixels}")
            else:
                found[name] = pixels
    if not faults:
        return RunImages(found)
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return RunImages(found, reason=f"{faults[0]}{more} (in {root}).")


def _decoded(root: Path, path: str, size: int) -> Pixels | str:
    """The pixels of a file below `root`, or why there are none."""
    base = Path(os.path.normpath(root))
    file = Path(os.path.normpath(base / path))
    if not file.is_relative_to(base):
        return "its path leaves the folder of the images"
    try:
        if file.stat().st_size > MOST_BYTES:
            return "is too large"
        return decode(file.read_bytes(), size)
    except (OSError, ValueError):
        return "is not there, or cannot be read"


def _simulated(names: Sequence[str], size: int) -> RunImages:
    # Numpy code that most pages never need.
    from hirise.dataset.simulated import simulate_image

    found: dict[str, Pixels] = {}
    for name in names:
        try:
            found[name] = _resized(simulate_image(name), size)
        except ValueError:
            return RunImages(
                found,
                simulated=True,
                reason=f"{name} is not the name of a simulated image.",
            )
    return RunImages(found, simulated=True)


def _resized(pixels: Pixels, size: int) -> Pixels:
    """As `decode` resizes."""
    if pixels.shape == (size, size):
        return pixels
    image = Image.fromarray(pixels).resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.uint8)
