"""The images of a recording: their names, labels and pictures in the run folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Ints
from hirise.errors import InputError
from hirise.recording.names import catalog_table, seen_table
from hirise.recording.outcomes import Outcome
from hirise.recording.pictures import (
    FOLDER,
    as_pixels,
    features_of,
    write_features,
    write_pictures,
)
from hirise.runs import RunWriter
from hirise.runs.writer import portable_path

Names = Mapping[str, list[str] | None]


def write_seen(
    writer: RunWriter,
    class_names: tuple[str, ...],
    outcomes: Mapping[str, Outcome],
    names_of: Names,
) -> None:
    """Write the labels as training saw them, and the catalog, where names are known."""
    parts: dict[str, tuple[list[str] | None, Ints]] = {}
    for split, outcome in outcomes.items():
        ids, names = outcome.ids(len(class_names), split), names_of[split]
        loader = outcome.loader
        if loader is not None and loader.labels is not None:
            every = class_ids_of(loader.labels, len(class_names), split)
            if loader.rows is not None and len(every) > len(ids):
                names = _all_names(names, loader.rows, len(every), split)
                ids = every
        parts[split] = (names, ids)
    seen = seen_table(parts)
    writer.write_table("labels_seen.parquet", seen)
    if seen["image"].notna().any():
        writer.write_table("catalog.parquet", catalog_table(seen, class_names))


def write_arrays(
    writer: RunWriter,
    outcomes: Mapping[str, Outcome],
    names_of: Names,
    *,
    artifacts: Path,
    has_files: bool,
) -> None:
    """Images that came as arrays: digests of all that are kept, and files.

    Files are written where the images have none of their own (`has_files`).
    """
    tables, is_written = [], False
    for split, outcome in outcomes.items():
        names = names_of[split]
        if not outcome.pictures or names is None:
            continue
        pixels = as_pixels(np.concatenate(outcome.pictures))
        tables.append(features_of(names, pixels))
        if not has_files and outcome.names is None:
            write_pictures(writer, split, names, pixels)
            is_written = True
    if tables:
        write_features(writer, tables)
    if is_written:
        dataset = dict(writer.read().info.dataset or {})
        dataset["path"] = portable_path(writer.folder / FOLDER, artifacts)
        writer.update(dataset=dataset)


def class_ids_of(labels: NDArray[Any], n_classes: int, argument: str) -> Ints:
    """Class ids of labels that are ids or one-hot rows.

    Examples
    --------
    >>> class_ids_of(np.array([2, 0]), 3, "val").tolist()
    [2, 0]
    """
    return Outcome(labels).ids(n_classes, argument)


def _all_names(
    names: list[str] | None, rows: Ints, n: int, split: str
) -> list[str] | None:
    """Names of all images of a dataset, of which `rows` have `names`."""
    if names is None:
        return None
    every = [f"{split}/{row:06d}.png" for row in range(n)]
    for row, name in zip(rows, names, strict=True):
        every[row] = name
    return every


def names_of_classes(
    given: tuple[str, ...] | None, outcomes: Mapping[str, Outcome]
) -> tuple[str, ...]:
    """The names that were given, those of a loader, or the ids.

    Raises
    ------
    InputError
        Fewer names than classes, or no class at all.

    Examples
    --------
    >>> names_of_classes(None, {"val": Outcome(np.array([0, 2]))})
    ('0', '1', '2')
    """
    n_classes = max((o.n_classes for o in outcomes.values()), default=0)
    if given is not None:
        if n_classes and len(given) < n_classes:
            raise InputError(
                f"`class_names` has {len(given)} names, but there are "
                f"{n_classes} classes.",
                how="Give one name per class.",
            )
        return given
    for outcome in outcomes.values():
        names = None if outcome.loader is None else outcome.loader.class_names
        if names is not None and len(names) == n_classes:
            return tuple(names)
    if not n_classes:
        raise InputError(
            "It is not known which classes there are.",
            how="Give `class_names`, or `train` or `val`.",
        )
    return tuple(str(number) for number in range(n_classes))
