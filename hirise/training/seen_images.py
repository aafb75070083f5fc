"""Names of the images that a stranger's training sees, and the tables with them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hirise.errors import InputError, shown
from hirise.names import parse_names
from hirise.training.epoch_judge import Ints
from hirise.training.labelled_batches import LabelledBatches

_ORDER = (
    "The {side} images come in another order in each pass, so their names are not "
    "known."
)
_ADVICE = (
    " `image_dataset_from_directory(..., subset='both')` or `shuffle=False` keeps "
    "validation images in order."
)

Names = list[str]


def names_by_side(images: Any) -> dict[str, Names]:
    """`images` as given to `RunRecorder`, by side; a plain sequence is validation.

    Raises
    ------
    InputError
        Another side than train and val, or no sequence of names.
    """
    if images is None:
        return {}
    sides = images if isinstance(images, Mapping) else {"val": images}
    unknown = sorted(set(map(str, sides)) - {"train", "val"})
    if unknown:
        raise InputError(f"`images` has the side '{unknown[0]}'; known: train, val.")
    return {side: _listed(names) for side, names in sides.items()}


def _listed(names: Any) -> Names:
    if isinstance(names, str | bytes) or not isinstance(
        names, Sequence | np.ndarray | pd.Series
    ):
        raise InputError(
            "`images` must be a sequence of names or paths, or "
            '{"train": [...], "val": [...]}, got ' + type(names).__name__ + "."
        )
    listed = [Path(name).as_posix() for name in names]
    if len(set(listed)) < len(listed):
        again = next(name for name, n in Counter(listed).items() if n > 1)
        raise InputError(f"`images` names '{shown(again)}' twice on one side.")
    return listed


def names_of(
    given: Names | None, data: LabelledBatches, *, side: str
) -> tuple[Names | None, str]:
    """The names of one side in the order of `data`, and a note on why there are none.

    Raises
    ------
    InputError
        Names were given for images that are shuffled, or not as many as there are.
    """
    if given is None:
        if data.file_paths is None:
            return None, ""
        if not data.ordered:
            return None, shuffled(side)
        return _listed(list(data.file_paths)), ""
    if not data.ordered:
        raise InputError(f"`images` cannot be matched. {shuffled(side)}")
    if data.n_images is not None:
        check_count(given, data.n_images, side=side)
    return given, ""


def shuffled(side: str) -> str:
    """Why the names of a side are not known, and what to do."""
    return _ORDER.format(side=side) + (_ADVICE if side == "val" else "")


def check_count(names: Names, n_images: int, *, side: str) -> None:
    """Refuse names that are not one per image."""
    if len(names) != n_images:
        raise InputError(
            f"`images` has {len(names):,} names for {side}, but there are "
            f"{n_images:,} {side} images."
        )


def common_folder(names: Sequence[Names]) -> Path | None:
    """The folder that holds all images, where the names are paths of files."""
    paths = [Path.cwd() / name for side in names for name in side]
    if not paths or not paths[0].is_file():
        return None
    folder = Path(os.path.commonpath([path.parent for path in paths]))
    return None if folder == Path(folder.anchor) else folder


def within(name: str, folder: Path) -> str:
    """`name` relative to `folder`, with `/`."""
    return (Path.cwd() / name).relative_to(folder).as_posix()


def seen_table(sides: Mapping[str, tuple[Names | None, Ints]]) -> pd.DataFrame:
    """What the network was given: `image` (missing where unknown), `split`, `label`."""
    parts = [
        pd.DataFrame(
            {
                "image": _texts(names, len(ids)),
                "split": pd.array([side] * len(ids), dtype="str"),
                "label": ids,
            }
        )
        for side, (names, ids) in sides.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _texts(names: Names | None, n: int) -> Any:
    return pd.array(names if names is not None else [pd.NA] * n, dtype="str")


def catalog_of(seen: pd.DataFrame, class_names: Sequence[str]) -> pd.DataFrame:
    """The columns of `Catalog.table` for the images in `seen` whose names are known."""
    known = seen[seen["image"].notna()].sort_values("image", ignore_index=True)
    named = np.array(class_names, dtype=object)[known["label"].to_numpy()]
    table = known[["image"]].assign(
        path=known["image"],
        label=known["label"],
        class_name=pd.array(named, dtype="str"),
    )
    return table.join(parse_names(known["image"])).assign(split=known["split"])


def landmarks(names: Names | None) -> Any:
    """The landmark of each image, if all names follow the HiRISE grammar."""
    if names is None:
        return None
    found = parse_names(names)["landmark"]
    return found.to_numpy(dtype=object) if bool((found != "").all()) else None
