"""The HiRISE releases: where they are published, and where one keeps its files."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hirise.errors import InputError, entry_named
from hirise.files import IMAGE_SUFFIXES, image_names, subfolders
from hirise.mars.labels import find_class_map, find_label_file, find_split_file

SIMULATED = "SIMULATED.txt"
"""A release with this file in it was computed, not photographed."""
SIMULATED_LAYOUT = "simulated"

# v1 and v3 reuse file names for different crops: never take the images of the other.
IMAGE_FOLDERS = {
    "hirise-v1": re.compile(r"map-proj", re.IGNORECASE),
    "hirise-v3": re.compile(r"map-proj[-_]v3", re.IGNORECASE),
    "hirise-v3.2": re.compile(r"map-proj[-_]v3[-_.]?2", re.IGNORECASE),
}


@dataclass(frozen=True)
class Layout:
    """The pieces of a release in the folder `root`.

    `class_map` is None where the release has none (its ids are known then), and
    `split_file` where it has no official split.
    """

    root: Path
    name: str
    label_file: Path
    class_map: Path | None
    split_file: Path | None
    image_folder: Path
    image_names: tuple[str, ...]


def find_layout(root: Path) -> Layout | None:
    """The release in `root`, in its only subfolder that holds one, or around `root`.

    Raises
    ------
    InputError
        If there are several releases, or a label file but no images.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "map-proj-v3").mkdir()
    ...     Path(folder, "map-proj-v3", "a.jpg").touch()
    ...     _ = Path(folder, "labels-map-proj-v3.txt").write_text("a.jpg 0")
    ...     layout = find_layout(Path(folder))
    ...     layout.name, layout.image_names
    ('hirise-v3', ('a.jpg',))
    """
    folder = _release_folder(root)
    label_file = folder and find_label_file(folder)
    if not folder or not label_file:
        return None
    name = _release_name(label_file)
    image_folder, names = _image_folder(folder, name)
    return Layout(
        root=folder,
        name=SIMULATED_LAYOUT if (folder / SIMULATED).is_file() else name,
        label_file=label_file,
        class_map=None if name == "hirise-v1" else find_class_map(folder),
        split_file=find_split_file(folder),
        image_folder=image_folder,
        image_names=names,
    )


def _release_name(label_file: Path) -> str:
    if "v3" not in label_file.name.lower():
        return "hirise-v1"
    later = re.search(r"v3[-_.]?2", label_file.name, re.IGNORECASE)
    return "hirise-v3.2" if later else "hirise-v3"


def _release_folder(root: Path) -> Path | None:
    """`root`, a subfolder (a zip unpacked into its own folder) or the folder above."""
    if find_label_file(root):
        return root
    inside = [folder for folder in subfolders(root) if _has_label_file(folder)]
    if len(inside) > 1:
        names = ", ".join(folder.name for folder in inside)
        raise InputError(
            f"This holds several releases: {names}.",
            where=root,
            how="Name one of them.",
        )
    if inside:
        return inside[0]
    above = root.resolve().parent
    return above if image_names(root) and _has_label_file(above) else None


def _has_label_file(folder: Path) -> bool:
    try:
        return find_label_file(folder) is not None
    except OSError:
        return False


def _image_folder(folder: Path, release: str) -> tuple[Path, tuple[str, ...]]:
    """The image folder of the release, by its name, else the one with most images."""
    names_in = {}
    for candidate in (folder, *subfolders(folder)):
        with suppress(InputError):
            names_in[candidate] = image_names(candidate)
    for candidate, names in names_in.items():
        if names and IMAGE_FOLDERS[release].fullmatch(candidate.name):
            return candidate, names
    others = [one for one in names_in if one == folder or not _is_foreign(one, release)]
    best = max(others, key=lambda one: len(names_in[one]), default=folder)
    if not names_in.get(best):
        raise InputError(
            f"This folder holds labels but no images of {release}. Files "
            f"{', '.join(IMAGE_SUFFIXES)} were looked for in it and in its subfolders.",
            where=folder,
            how="Unpack the release here.",
        )
    return best, names_in[best]


def _is_foreign(folder: Path, release: str) -> bool:
    """Whether `folder` is named as that of v1 for a later release, or the reverse."""
    first = IMAGE_FOLDERS["hirise-v1"].fullmatch(folder.name)
    later = re.match(r"map-proj[-_]v3", folder.name, re.IGNORECASE)
    return bool(later if release == "hirise-v1" else first)


CREDIT = "Wagstaff, Lu, Doran, Mandrake (NASA/JPL-Caltech)"


@dataclass(frozen=True)
class Archive:
    """A zip file of a release.

    Attributes
    ----------
    release : str
        v1, v3 or v3.2.
    page : str
        The page of the record, which states its licence.
    url : str
    licence : str or None
        None where only the page tells.
    n_bytes, md5 : int and str, or None
        None where they are not known; then only the checksums inside the zip tell
        whether the file is whole.
    """

    release: str
    page: str
    url: str
    licence: str | None = None
    n_bytes: int | None = None
    md5: str | None = None

    @property
    def file(self) -> str:
        """The name of the zip file."""
        # Zenodo's addresses end in `?download=1`.
        return self.url.partition("?")[0].rpartition("/")[2]


def archive_named(release: str) -> Archive:
    """The archive of `release`, one of v3.2, v3 and v1.

    Examples
    --------
    >>> archive_named("v3").file, archive_named("v3").licence
    ('hirise-map-proj-v3.zip', 'CC BY 4.0')
    """
    archives = {archive.release: archive for archive in ARCHIVES}
    return entry_named(archives, release, unknown="There is no release")


ARCHIVES = (
    Archive(
        release="v3.2",
        page="https://zenodo.org/records/4002935",
        url="https://zenodo.org/records/4002935/files/hirise-map-proj-v3_2.zip?download=1",
        n_bytes=911_235_740,
        md5="236d9c627db1a5970e77a01a8c8a035a",
    ),
    Archive(
        release="v3",
        page="https://zenodo.org/records/2538136",
        url="https://zenodo.org/records/2538136/files/hirise-map-proj-v3.zip?download=1",
        licence="CC BY 4.0",
        n_bytes=985_889_206,
        md5="cab4aeb474f76d82b7188a8f342a608b",
    ),
    Archive(
        release="v1",
        page="https://zenodo.org/records/1048301",
        url="https://zenodo.org/records/1048301/files/hirise-map-proj.zip?download=1",
    ),
)
