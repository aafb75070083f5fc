"""Names of the images in a training, and the tables that are made of them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hirise.arrays import Ints
from hirise.errors import InputError, shown
from hirise.mars.names import parse_names

Names = list[str]

SPLITS = ("train", "val")
"""Splits that can be recorded."""


def names_by_split(images: Any) -> dict[str, Names]:
    """`images` as given to a recorder, by split; a plain sequence is that of val.

    Raises
    ------
    InputError
        For another split than train and val, or no sequence of names.

    Examples
    --------
    >>> names_by_split(["a.png", "b.png"])
    {'val': ['a.png', 'b.png']}
    """
    if images is None:
        return {}
    by_split = images if isinstance(images, Mapping) else {"val": images}
    unknown = sorted(set(map(str, by_split)) - set(SPLITS))
    if unknown:
        raise InputError(
            f"There is no split '{unknown[0]}'.",
            where="`images`",
            how=f"Known are: {', '.join(SPLITS)}.",
        )
    return {split: checked_names(names) for split, names in by_split.items()}


def checked_names(names: Any) -> Names:
    """Names with `/`, each of them once.

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> checked_names([Path("mars", "a.png"), "b.png"])
    ['mars/a.png', 'b.png']
    """
    if isinstance(names, str | bytes) or not isinstance(
        names, Sequence | np.ndarray | pd.Series
    ):
        raise InputError(
            f"`images` must be a sequence of names or paths, got "
            f"{type(names).__name__}.",
            how='For both splits give {"train": [...], "val": [...]}.',
        )
    texts = [Path(name).as_posix() for name in names]
    repeated = [name for name, n in Counter(texts).items() if n > 1]
    if repeated:
        raise InputError(
            f"`images` names '{shown(repeated[0])}' twice in one split.",
            how="Name each image once.",
        )
    return texts


def check_count(names: Names, n_images: int, *, split: str) -> None:
    """Refuse names that are not one per image.

    Examples
    --------
    >>> check_count(["a.png"], 2, split="val")
    Traceback (most recent call last):
        ...
    hirise.errors.InputError: `images` has 1 names for val, but there are 2 ...
    """
    if len(names) != n_images:
        raise InputError(
            f"`images` has {len(names):,} names for {split}, but there are "
            f"{n_images:,} {split} images.",
            how="Give one name per image.",
        )


def shuffled_note(split: str) -> str:
    """Why the names of a shuffled split are not known, and what to do.

    Examples
    --------
    >>> print(shuffled_note("train"))
    The order of the train images changes ... so their names are not known.
    """
    note = f"The order of the {split} images changes from pass to pass, so their names "
    note += "are not known."
    if split == "val":
        note += " `image_dataset_from_directory(..., subset='both')` or "
        note += "`shuffle=False` keeps validation images in order."
    return note


def common_folder(names: Sequence[Names]) -> Path | None:
    """The folder that holds all images, where the names are paths of files.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     names = [str(Path(folder, name)) for name in ("a.png", "b.png")]
    ...     Path(names[0]).touch()
    ...     common_folder([names]) == Path(folder)
    True
    """
    # What is absolute already stays so when joined to a folder.
    paths = [Path.cwd() / name for of_split in names for name in of_split]
    if not paths or not paths[0].is_file():
        return None
    folder = Path(os.path.commonpath([path.parent for path in paths]))
    return None if folder == Path(folder.anchor) else folder


def relative_name(name: str, folder: Path) -> str:
    """`name` relative to `folder`, with `/`.

    Examples
    --------
    >>> relative_name("mars/val/a.png", Path.cwd() / "mars")
    'val/a.png'
    """
    return (Path.cwd() / name).relative_to(folder).as_posix()


def seen_table(splits: Mapping[str, tuple[Names | None, Ints]]) -> pd.DataFrame:
    """What the network was given: `image` (missing where unknown), `split`, `label`.

    Examples
    --------
    >>> seen_table({"val": (["a.png"], np.array([2]))}).to_dict("records")
    [{'image': 'a.png', 'split': 'val', 'label': 2}]
    """
    parts = [
        pd.DataFrame(
            {
                "image": pd.array(
                    [pd.NA] * len(ids) if names is None else names, "str"
                ),
                "split": pd.array([split] * len(ids), dtype="str"),
                "label": ids,
            }
        )
        for split, (names, ids) in splits.items()
    ]
    return pd.concat(parts, ignore_index=True)


def catalog_table(seen: pd.DataFrame, class_names: Sequence[str]) -> pd.DataFrame:
    """The columns of `Catalog.table` for the images in `seen` whose names are known.

    Examples
    --------
    >>> seen = seen_table({"val": (["a.png"], np.array([1]))})
    >>> table = catalog_table(seen, ["dune", "crater"])
    >>> table[["image", "label", "class_name", "split"]]
       image  label class_name split
    0  a.png      1     crater   val
    """
    known = seen[seen["image"].notna()].sort_values("image", ignore_index=True)
    named = np.array(class_names, dtype=object)[known["label"].to_numpy()]
    table = known[["image"]].assign(
        path=known["image"],
        label=known["label"],
        class_name=pd.array(named, dtype="str"),
    )
    return table.join(parse_names(known["image"])).assign(split=known["split"])


def landmarks_of(names: Names | None) -> Any:
    """The landmark of each image, if all names follow the HiRISE grammar, else None.

    Examples
    --------
    >>> landmarks_of(["ESP_011623_2100_RED-0069.jpg"])
    array(['ESP_011623_2100_RED-0069'], dtype=object)
    >>> landmarks_of(["holiday.jpg"]) is None
    True
    """
    if names is None:
        return None
    landmarks = parse_names(names)["landmark"]
    return landmarks.to_numpy(dtype=object) if bool((landmarks != "").all()) else None
