"""A dataset folder as a table: one row per image, and the problems beside it."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from hirise.data.decoding import count_channels, probe_images
from hirise.data.layouts.reading import list_images
from hirise.data.listing import SPLITS, Listing, find_image_problems, resolve_labels
from hirise.errors import InputError, nearest, shown
from hirise.mars.labels import read_label_file, read_text
from hirise.mars.names import parse_names


@dataclass(frozen=True)
class ImageSizes:
    """The range of widths and heights, in pixels.

    Examples
    --------
    >>> str(ImageSizes(400, 400, 300, 533)), str(ImageSizes(227, 227, 227, 227))
    ('400 × 300–533 pixels', '227 × 227 pixels')
    """

    least_width: int
    most_width: int
    least_height: int
    most_height: int

    def __str__(self) -> str:
        width = _range(self.least_width, self.most_width)
        return f"{width} × {_range(self.least_height, self.most_height)} pixels"


def _range(least: int, most: int) -> str:
    return f"{least}" if least == most else f"{least}–{most}"


@dataclass(frozen=True, eq=False)
class Catalog:
    """The images of a dataset folder.

    Attributes
    ----------
    root : Path
        The dataset folder.
    table : DataFrame, one row per image that is present, labelled and not corrupt
        Sorted by `image`, index 0, 1, 2, … Columns `image` (the file name in a HiRISE
        release, else the same as `path`), `path` (relative to `root`, with /), `label`
        (id), `class_name`, `observation`, `landmark`, `augmentation` ("" for an
        original) and `split` ("" if none).
    problems : DataFrame, one row per image and problem
        Columns `image`, `problem` and `detail`. Images: corrupt, unlabelled, repeated,
        conflicting, ambiguous (a name that fits several files) or resized; repeated
        and resized ones are in `table`, the others are not. Folders: empty (a class
        without images) or unreadable. Absent images have no row; `n_absent` counts
        them.
    class_names : tuple of str
        In the order of the ids 0, 1, 2, …
    layout : str
        `hirise-v1`, `hirise-v3`, `hirise-v3.2`, `simulated`, `csv`, `roboflow`,
        `imagefolder`, `coco` or `folder-per-class`.
    n_labels : int
        Images that have a label, each once; present or not.
    n_absent : int
        Those of them that have no file.
    labelled : tuple of int
        Images per class that have a label, in the order of the ids.
    channels : {1, 3}
        3 if any image has colour.
    split_names : dict of str to str
        How the dataset names its splits, and which of train, val and test each is.
    notes : tuple of str
        How the dataset was read, where that is not obvious, as sentences.
    sizes : ImageSizes or None
        The sizes of the images; None if they were not looked at.
    label_column : str
        The column of labels that was chosen; "" where none had to be.
    """

    root: Path
    table: pd.DataFrame
    problems: pd.DataFrame
    class_names: tuple[str, ...]
    layout: str
    n_labels: int
    n_absent: int = 0
    labelled: tuple[int, ...] = ()
    channels: int = 1
    split_names: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    sizes: ImageSizes | None = None
    label_column: str = ""

    @property
    def fingerprint(self) -> str:
        """A hash of the image names, their labels and the class names, 16 hex digits.

        The same on any machine; the pixels do not enter it.
        """
        digest = hashlib.sha256("\n".join(self.class_names).encode())
        rows = zip(self.table["image"], self.table["label"], strict=True)
        digest.update("\n".join(f"{image}\t{label}" for image, label in rows).encode())
        return digest.hexdigest()[:16]

    @property
    def chosen(self) -> dict[str, str]:
        """What was said of the labels to read them, as the run folder keeps it."""
        return {"label_column": self.label_column} if self.label_column else {}

    @property
    def class_counts(self) -> tuple[int, ...]:
        """Images per class in `table`, in the order of the ids."""
        return _counts(self.table["label"], self.class_names)

    @property
    def problem_counts(self) -> dict[str, int]:
        """How many images have each problem, the most frequent first, then `absent`."""
        counts = self.problems["problem"].value_counts()
        named = {str(problem): int(n) for problem, n in counts.items()}
        return named | ({"absent": self.n_absent} if self.n_absent else {})

    @property
    def split_counts(self) -> dict[str, int]:
        """Images in `table` per split that the dataset comes with."""
        counts = self.table["split"].value_counts()
        return {name: int(counts[name]) for name in SPLITS if name in counts}

    @property
    def remarks(self) -> tuple[str, ...]:
        """How the dataset was read, as sentences: splits, sizes, then `notes`."""
        said = []
        counts = self.split_counts
        if counts:
            parts = [
                f"{n:,} {name}{self._names_of(name)}" for name, n in counts.items()
            ]
            rest = len(self.table) - sum(counts.values())
            without = f" {rest:,} images are in no split." if rest else ""
            said.append(f"It comes with splits: {', '.join(parts)}.{without}")
        if self.sizes is not None:
            colour = "in colour" if self.channels == 3 else "grey"
            said.append(f"Images are {colour}, {self.sizes}.")
        return (*said, *self.notes)

    def _names_of(self, split: str) -> str:
        """How the dataset itself names the split, where that differs."""
        names = [name for name, one in self.split_names.items() if one == split]
        others = [shown(name) for name in names if name != split]
        return f" (named {' and '.join(others)})" if others else ""


def read_catalog(root: Path, *, label_column: str | None = None) -> Catalog:
    """Read a dataset folder; see `list_images` for the layouts.

    Files are looked at, not decoded: what only decoding shows is found by
    `load_images`.

    Parameters
    ----------
    root : Path
        The dataset folder, or a CSV or COCO file, whose folder it then is.
    label_column : str, optional
        The column of labels, where several could be it.

    Raises
    ------
    InputError
        If there is no such folder, dataset, label or image, or a file is malformed; the
        message names the file and the line.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from PIL import Image
    >>> with TemporaryDirectory() as folder:
    ...     for image in ("crater/a.png", "other/b.png"):
    ...         Path(folder, image).parent.mkdir()
    ...         Image.new("L", (8, 8)).save(Path(folder, image))
    ...     catalog = read_catalog(Path(folder))
    >>> catalog.table[["image", "label", "class_name"]]
              image  label class_name
    0  crater/a.png      0     crater
    1   other/b.png      1      other
    """
    listing = list_images(Path(root), label_column=label_column or "")
    labels, doubtful = resolve_labels(listing.lines, listing.class_names)
    table, seen, sizes = _sound_images(labels, listing)
    paths = [listing.root / path for path in table["path"]]
    named = set(listing.lines["image"])
    return Catalog(
        root=listing.root,
        table=_complete(table, listing),
        problems=pd.concat([doubtful, listing.problems, seen], ignore_index=True),
        class_names=listing.class_names,
        layout=listing.layout,
        n_labels=len(named),
        n_absent=len(named) - len(listing.paths),
        labelled=_counts(labels["label"], listing.class_names),
        channels=count_channels(paths, table["mode"].tolist()),
        split_names=listing.split_names,
        notes=listing.notes,
        sizes=sizes,
        label_column=label_column or "",
    )


def _counts(labels: pd.Series[int], class_names: Sequence[str]) -> tuple[int, ...]:
    """Images per class, in the order of the ids."""
    counts = np.bincount(labels, minlength=len(class_names))
    return tuple(int(count) for count in counts)


def _sound_images(
    labels: pd.DataFrame, listing: Listing
) -> tuple[pd.DataFrame, pd.DataFrame, ImageSizes]:
    """The labelled images whose file is there and looks sound, by name.

    Also the problems that were seen, and the sizes of the sound ones.
    """
    table = labels.assign(path=labels["image"].map(listing.paths))
    table = table.dropna(subset="path").sort_values("image", ignore_index=True)
    if table.empty:
        first = shown(labels["image"].iloc[0]) if len(labels) else "none"
        raise InputError(
            f"None of the {len(labels):,} images in {listing.source} is in "
            f"{listing.place}. The first is {first}.",
            how="These may be labels of another release, or paths relative to another "
            "folder.",
        )
    probed = probe_images([listing.root / path for path in table["path"]])
    sound = probed["detail"] == ""
    if not sound.any():
        raise InputError(
            f"All {len(probed):,} labelled images are corrupt, such as "
            f"{shown(table['image'][0])}: {probed['detail'][0]}.",
            where=listing.place,
            how="Download or copy the images again.",
        )
    problems = find_image_problems(probed.assign(image=table["image"]))
    table = table.assign(mode=probed["mode"])
    return table[sound].reset_index(drop=True), problems, _sizes(probed[sound])


def _sizes(probed: pd.DataFrame) -> ImageSizes:
    width, height = probed["width"], probed["height"]
    return ImageSizes(
        *(int(n) for n in (width.min(), width.max(), height.min(), height.max()))
    )


def _complete(table: pd.DataFrame, listing: Listing) -> pd.DataFrame:
    """The columns of `Catalog.table`."""
    names = pd.Series(listing.class_names, dtype="str")
    table = table[["image", "path", "label"]].astype({"path": "str"})
    table = table.assign(class_name=names.loc[table["label"]].to_numpy())
    splits = [listing.split.get(image, "") for image in table["image"]]
    return table.join(parse_names(table["image"])).assign(
        split=pd.Series(splits, table.index, dtype="str")
    )


FEWEST_CLASSES = 2


def read_labels(path: Path, class_names: Sequence[str]) -> pd.DataFrame:
    r"""Labels that a person brings, as `hirise check --write-labels` writes them.

    Parameters
    ----------
    path : Path
        `.csv` with the columns `image` and `class_name`, else lines of `image id`.
    class_names : sequence of str
        In the order of the ids.

    Returns
    -------
    DataFrame, one row per image
        Columns `image` and `class_name`.

    Raises
    ------
    InputError
        A file that cannot be read, an unknown class, or an image with two labels.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels.csv")
    ...     _ = path.write_text("image,class_name\na.jpg,crater\n")
    ...     read_labels(path, ("crater", "other"))
       image class_name
    0  a.jpg     crater
    """
    if path.suffix.lower() == ".csv":
        table = _read_csv(path)
    else:
        ids = read_label_file(path)[["image", "label"]]
        known = dict(enumerate(class_names))
        table = ids.assign(class_name=ids["label"].map(known).astype(object))
        # An id without a class is refused below, by its number.
        table["class_name"] = table["class_name"].fillna("id " + ids["label"].map(str))
    table = table[["image", "class_name"]].drop_duplicates(ignore_index=True)
    unknown = table.loc[~table["class_name"].isin(class_names), "class_name"]
    if len(unknown):
        name = str(unknown.iloc[0])
        raise InputError(
            f"{shown(name)!r} is not a class of the images."
            f"{nearest(name, class_names)}",
            where=path,
            how=f"There are: {', '.join(map(shown, class_names))}.",
        )
    twice = table.loc[table["image"].duplicated(), "image"]
    if len(twice):
        raise InputError(
            f"{shown(str(twice.iloc[0]))} has two labels.",
            where=path,
            how="Remove one of them.",
        )
    return table


def _read_csv(path: Path) -> pd.DataFrame:
    reader = csv.DictReader(read_text(path).splitlines())
    header = [name.strip().lower() for name in reader.fieldnames or []]
    if not {"image", "class_name"} <= set(header):
        raise InputError(
            f"The columns are {','.join(header)[:80]!r}.",
            where=f"{path}, line 1",
            how="Expected: the columns image,class_name.",
        )
    reader.fieldnames = header
    rows = []
    for row in reader:
        # `DictReader` gives None for the fields that a short row lacks.
        if not row["image"] or not row["class_name"]:
            raise InputError(
                "An image and a class are expected.",
                where=f"{path}, line {reader.line_num}",
            )
        rows.append((row["image"].strip(), row["class_name"].strip()))
    return pd.DataFrame(rows, columns=["image", "class_name"], dtype="str")


def with_labels(catalog: Catalog, labels: pd.DataFrame) -> tuple[Catalog, str]:
    """The catalog with `labels` instead of its own, and what to say of it.

    Images without a new label keep theirs.

    Parameters
    ----------
    labels : DataFrame
        Columns `image` and `class_name`, from `read_labels`.

    Raises
    ------
    InputError
        If no image of the catalog is among them.

    Examples
    --------
    >>> from hirise.data.simulated import SimulatedMars, planned_catalog
    >>> catalog = planned_catalog(SimulatedMars(n_landmarks=40))
    >>> labels = catalog.table[["image"]].head(1).assign(class_name="spider")
    >>> relabelled, note = with_labels(catalog, labels)
    >>> relabelled.table["class_name"][0]
    'spider'
    """
    new = pd.Series(labels["class_name"].to_numpy(), index=labels["image"].to_numpy())
    given = catalog.table["image"].map(new)
    if not given.notna().any():
        raise InputError(
            f"None of the {len(labels):,} labelled images is in {catalog.root}, where "
            f"images have names like {shown(str(catalog.table['image'].iloc[0]))}.",
            how="Use the names of the images there.",
        )
    names = given.fillna(catalog.table["class_name"]).astype("str")
    ids = {name: number for number, name in enumerate(catalog.class_names)}
    changed = int((names != catalog.table["class_name"]).sum())
    table = catalog.table.assign(class_name=names, label=names.map(ids).astype("int64"))
    told = f"{changed:,} of {len(table):,} labels are replaced by the given labels."
    absent = int(given.isna().sum())
    if absent:
        told += f" {absent:,} images have no given label and keep their own."
    return replace(catalog, table=table), told


def without_classes(catalog: Catalog, names: Sequence[str]) -> Catalog:
    """The catalog without the images of some classes; the others are counted anew.

    Raises
    ------
    InputError
        If a class is unknown, or fewer than two are left.

    Examples
    --------
    >>> from hirise.data.simulated import SimulatedMars, planned_catalog
    >>> catalog = planned_catalog(SimulatedMars(n_landmarks=40))
    >>> without_classes(catalog, ["other", "crater"]).class_names[:2]
    ('dark dune', 'slope streak')
    """
    for name in names:
        if name not in catalog.class_names:
            raise InputError(
                f"There is no class {shown(name)!r} to leave out."
                f"{nearest(name, catalog.class_names)}",
                how=f"There are: {', '.join(map(shown, catalog.class_names))}.",
            )
    remaining = [name for name in catalog.class_names if name not in names]
    if len(remaining) < FEWEST_CLASSES:
        raise InputError(
            f"Only {len(remaining)} of {len(catalog.class_names)} classes would "
            "be left.",
            how="A classifier needs two.",
        )
    ids = {name: number for number, name in enumerate(remaining)}
    rows = np.flatnonzero(catalog.table["class_name"].isin(remaining))
    table = catalog.table.iloc[rows].reset_index(drop=True)
    counts = dict(zip(catalog.class_names, catalog.labelled, strict=False))
    return replace(
        catalog,
        table=table.assign(label=table["class_name"].map(ids).astype("int64")),
        class_names=tuple(remaining),
        labelled=tuple(counts[name] for name in remaining if name in counts),
    )
