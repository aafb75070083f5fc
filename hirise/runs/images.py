"""The images of a run: their pixels, thumbnails, and stored features."""

from __future__ import annotations

import hashlib
import io
import os
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from hirise.arrays import Pixels
from hirise.data import Catalog, Decoded
from hirise.data.cache import cache_folder, mark_used, trim
from hirise.data.decoding import MOST_BYTES, decode, quiet_pillow
from hirise.data.features import image_features, write_image_features
from hirise.data.resizing import PLAIN, STRETCH, Resizing, parse_resizing
from hirise.errors import InputError, Refusal
from hirise.files import read_bytes_or_none
from hirise.mars.releases import ARCHIVES, SIMULATED_LAYOUT, Archive
from hirise.progress import Progress
from hirise.runs.folder import IMAGE_FEATURES, Run
from hirise.runs.writer import RunWriter

SIZE = 227
"""Height and width in pixels, those of HiRISE landmarks."""

DOWNLOADS = Path("data")
"""Where `hirise data download` puts a release."""


@dataclass(frozen=True, eq=False)
class RunImages:
    """Some images of a run.

    Attributes
    ----------
    pixels : mapping of image name to (size, size, channels) uint8
        Images that cannot be read are left out.
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
    """The pixels of the images `names`, as far as they can be read or simulated.

    They have the colour, and are resized in the way, that the run's model was given.
    `size` is their height and width, `root` the folder of the dataset where it is not
    the one that the run names. Where neither is there, images of simulated Mars are
    simulated again, and published ones are looked for where `hirise data download`
    puts them.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from PIL import Image
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     Image.new("L", (8, 8), 200).save(Path(folder, "a.png"))
    ...     run = create_run(Path(folder), title="Small", class_names=["a", "b"]).read()
    ...     images = run_images(run, ["a.png"], size=4, root=Path(folder))
    >>> images.pixels["a.png"][0, 0].tolist()
    [200, 200, 200]
    """
    root = root or images_folder(run)
    if root is not None:
        return _read(run, names, root, size)
    if _can_be_simulated(run):
        return _simulated(names, size)
    return RunImages({}, reason=str(explain_no_images(run)))


def images_folder(run: Run) -> Path | None:
    """The dataset folder of a run, if it is on this machine."""
    archive = _published(run)
    known = run.dataset_path
    downloaded = DOWNLOADS / Path(archive.file).stem if archive else None
    places = (known, downloaded)
    return next((place for place in places if place and place.is_dir()), None)


def explain_no_images(run: Run) -> Refusal:
    """Why the images of a run cannot be shown, and what to do."""
    archive, folder = _published(run), run.dataset_path
    gone = f" ({folder} is gone)" if folder is not None else ""
    if archive is not None:
        return Refusal(
            f"The images of this run are not on this machine{gone}. They are published "
            f"by NASA/JPL-Caltech as release {archive.release}.",
            how="Run `hirise data download` in the folder where the dashboard was "
            "started to bring them here.",
        )
    if folder is not None:
        return Refusal(
            f"The folder of the images, {folder}, no longer exists.",
            how="Restore it to see the images here.",
        )
    return Refusal(
        "These predictions came without the folder of their images.",
        how="Import them again with it to see the images here.",
    )


def check_images(run: Run) -> Refusal | None:
    """Why no image of a run can be read or simulated here; None if some can.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     run = create_run(
    ...         Path(folder),
    ...         title="Simulated",
    ...         class_names=["a", "b"],
    ...         dataset={"layout": "simulated"},
    ...     ).read()
    ...     check_images(run) is None
    True
    """
    if images_folder(run) is not None or _can_be_simulated(run):
        return None
    return explain_no_images(run)


def _can_be_simulated(run: Run) -> bool:
    return (run.info.dataset or {}).get("layout") == SIMULATED_LAYOUT


def _published(run: Run) -> Archive | None:
    """The archive that the images come in, if they are published."""
    layout = (run.info.dataset or {}).get("layout")
    return next((a for a in ARCHIVES if layout == f"hirise-{a.release}"), None)


def _read(run: Run, names: Sequence[str], root: Path, size: int) -> RunImages:
    catalog = run.catalog()
    paths: dict[str, str] = {}
    if catalog is not None and {"image", "path"} <= set(catalog.columns):
        wanted = catalog[catalog["image"].isin(list(names))]
        paths = dict(zip(wanted["image"], wanted["path"], strict=True))
    found: dict[str, Pixels] = {}
    faults = []
    channels, resizing = shown_channels(run), resizing_of(run)
    with quiet_pillow():
        for name in names:
            pixels = _decoded(
                root, paths.get(name, name), size, channels=channels, resizing=resizing
            )
            if isinstance(pixels, str):
                faults.append(f"{name}: {pixels}")
            else:
                found[name] = pixels
    if not faults:
        return RunImages(found)
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return RunImages(found, reason=f"{faults[0]}{more} (in {root}).")


def shown_channels(run: Run) -> int:
    """1 where the images of a run are known to be grey, else 3."""
    return 1 if (run.info.dataset or {}).get("channels") == 1 else 3


def resizing_of(run: Run) -> Resizing:
    """How the images were brought to the size of the run's model."""
    recorded = run.info.model or {}
    text, method = recorded.get("resize"), recorded.get("interpolation")
    try:
        return parse_resizing(str(text or STRETCH), str(method or "bilinear"))
    except InputError:  # written by hand, or by a later version
        return PLAIN


def picture_of(pixels: Pixels) -> Image.Image:
    """(height, width, channels) pixels for Pillow, which knows no single channel.

    Examples
    --------
    >>> picture_of(np.zeros((2, 3, 1), dtype=np.uint8)).mode
    'L'
    """
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def _decoded(
    root: Path, path: str, size: int, *, channels: int, resizing: Resizing
) -> Pixels | str:
    """The pixels of a file below `root`, or why there are none."""
    # A run may come from elsewhere: its paths must not climb out by `..`.
    base = Path(os.path.normpath(root))
    file = Path(os.path.normpath(base / path))
    if not file.is_relative_to(base):
        return "its path leaves the folder of the images"
    try:
        if not file.is_file():  # a named pipe would be waited for
            return "is not there, or cannot be read"
        if file.stat().st_size > MOST_BYTES:
            return "is too large"
        content = file.read_bytes()
        return decode(content, size, channels=channels, resizing=resizing)
    except (OSError, ValueError):
        return "is not there, or cannot be read"


def _simulated(names: Sequence[str], size: int) -> RunImages:
    # Numpy code that most pages never need.
    from hirise.mars.simulated import simulate_image

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
    """(height, width) grey levels as `decode` resizes them."""
    image = PLAIN.apply(Image.fromarray(pixels), size)
    return np.asarray(image, dtype=np.uint8)[..., None]


THUMBNAIL_SIZE = 160
"""Height and width in pixels: sharp on screens of two pixels per point."""

# Enters the key: raise it when the same image gives another picture.
VERSION = 2
QUALITY = 80


@dataclass(frozen=True, eq=False)
class Thumbnails:
    """Pictures of some images.

    Attributes
    ----------
    pictures : mapping of image name to the bytes of a WebP file
        Images that cannot be read are left out.
    simulated, reason
        See `RunImages`.
    """

    pictures: Mapping[str, bytes]
    simulated: bool = False
    reason: str = ""


def thumbnails(run: Run, names: Sequence[str]) -> Thumbnails:
    """Pictures of the images `names`, as far as they can be read or simulated."""
    folder = _thumbnail_folder(run)
    read = {name: read_bytes_or_none(folder / _file_name(name)) for name in names}
    cached = {name: picture for name, picture in read.items() if picture}
    missing = [name for name in names if name not in cached]
    if not missing:
        mark_used(folder)
        simulated = images_folder(run) is None and _can_be_simulated(run)
        return Thumbnails(cached, simulated)
    images = run_images(run, missing)
    made = {name: _make_thumbnail(pixels) for name, pixels in images.pixels.items()}
    _cache_thumbnails(folder, made)
    return Thumbnails({**cached, **made}, images.simulated, images.reason)


def _thumbnail_folder(run: Run) -> Path:
    """The folder of the cache for pictures of this dataset, where it now lies."""
    dataset = run.info.dataset or {}
    place = str(images_folder(run) or dataset.get("layout", ""))
    text = f"{place}\0{dataset.get('fingerprint', '')}\0{resizing_of(run)}"
    mark = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    return cache_folder() / f"thumbnails-v{VERSION}-{THUMBNAIL_SIZE}-{mark}"


def _file_name(name: str) -> str:
    # Names may hold slashes, and be too long for a file with a suffix.
    return hashlib.blake2b(name.encode(), digest_size=12).hexdigest() + ".webp"


def _make_thumbnail(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    picture_of(pixels).resize(
        (THUMBNAIL_SIZE, THUMBNAIL_SIZE), Image.Resampling.LANCZOS
    ).save(buffer, "WEBP", quality=QUALITY, method=2)
    return buffer.getvalue()


def _cache_thumbnails(folder: Path, pictures: Mapping[str, bytes]) -> None:
    """Cache new thumbnails; a full disk costs only speed, so it is not told."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, picture in pictures.items():
            # Two threads of one process may make the same picture at once.
            beside = folder / f"{uuid.uuid4().hex}.part"
            beside.write_bytes(picture)
            beside.replace(folder / _file_name(name))
        trim(folder.parent, keep=folder.name)
    except OSError:
        return


def store_image_features(
    writer: RunWriter, catalog: Catalog, decoded: Decoded | None = None
) -> None:
    """Write `image_features.parquet`; see `hirise.data.features`."""
    found = image_features(catalog, decoded)
    writer.write_file(IMAGE_FEATURES, lambda path: write_image_features(found, path))


def load_image_features(
    run: Run, catalog: Catalog, *, progress: Progress | None = None
) -> pd.DataFrame:
    """The stored features of a run, else those of the images in `catalog`.

    Stored ones of an older version lack the pictures that confirm near-duplicates, and
    are made again. New ones are stored in the run's folder, unless it is an example,
    was made of other images, or cannot be written.

    Raises
    ------
    InputError
        If none of the run's images is in `catalog`.
    """
    stored = run.image_features()
    if stored is not None and not _lacks_pictures(stored):
        return stored
    known = run.catalog()
    if known is not None and not known["image"].isin(catalog.table["image"]).any():
        raise InputError(
            f"This holds none of the images of run {run.info.id}, the first of which "
            f"is {known['image'].iloc[0]}.",
            where=catalog.root,
            how="Name the folder of the run's own images.",
        )
    features = image_features(catalog, progress=progress)
    same = (run.info.dataset or {}).get("fingerprint") == catalog.fingerprint
    if same and not run.is_example:
        with suppress(InputError):
            RunWriter(run.folder).write_file(
                IMAGE_FEATURES, lambda path: write_image_features(features, path)
            )
    return features


def _lacks_pictures(features: pd.DataFrame) -> bool:
    hashed = features["hash"] > 0
    return bool(hashed.any() and features.loc[hashed, "coarse"].isna().all())
