"""The images of a HiRISE release: a label file beside a folder of images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from hirise.data.listing import Listing, make_problems
from hirise.errors import InputError, shown
from hirise.files import is_text
from hirise.mars.labels import (
    HIRISE_CLASSES,
    HIRISE_V1_CLASSES,
    read_class_map,
    read_label_file,
    read_release_split,
)
from hirise.mars.releases import Layout


def list_release(layout: Layout) -> Listing:
    """List the images that the label file names, and those that it does not.

    Raises
    ------
    InputError
        If a file is malformed or an id has no class; the line is named.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.mars.releases import find_layout
    >>> with TemporaryDirectory() as folder:
    ...     Path(folder, "map-proj").mkdir()
    ...     Path(folder, "map-proj", "a.jpg").touch()
    ...     _ = Path(folder, "labels-map-proj.txt").write_text("a.jpg 1")
    ...     listing = list_release(find_layout(Path(folder)))
    >>> listing.layout, listing.paths
    ('hirise-v1', {'a.jpg': 'map-proj/a.jpg'})
    """
    class_names = _class_names(layout)
    lines = read_label_file(layout.label_file)
    _check_ids(lines, class_names, layout.label_file)
    named = set(lines["image"])
    unlabelled = [_readable(name) for name in layout.image_names if name not in named]
    missing = f"not in {layout.label_file.name}"
    prefix = _prefix(layout)
    return Listing(
        root=layout.root,
        layout=layout.name,
        source=layout.label_file,
        place=layout.image_folder,
        class_names=class_names,
        lines=lines,
        paths={name: prefix + name for name in layout.image_names if name in named},
        split=_split(layout),
        problems=make_problems(unlabelled, "unlabelled", missing),
    )


def _class_names(layout: Layout) -> tuple[str, ...]:
    """From the class map; a release without one has the classes of its version."""
    if layout.class_map is not None:
        return tuple(read_class_map(layout.class_map).values())
    return HIRISE_V1_CLASSES if layout.name == "hirise-v1" else HIRISE_CLASSES


def _check_ids(lines: pd.DataFrame, class_names: Sequence[str], path: Path) -> None:
    outside = lines[~lines["label"].between(0, len(class_names) - 1)]
    if len(outside):
        row = outside.iloc[0]
        raise InputError(
            f"Class id {row['label']} is not in the class map (0 to "
            f"{len(class_names) - 1}), as in {len(outside):,} lines.",
            where=f"{path}, line {row['line']}",
            how="Correct the lines, or use the class map of this release.",
        )


def _readable(name: str) -> str:
    """A name as it is, or escaped if its bytes are no text."""
    return name if is_text(name) else shown(name)


def _prefix(layout: Layout) -> str:
    """What stands before a file name in a path relative to the root."""
    inside = layout.image_folder.relative_to(layout.root).as_posix()
    return "" if inside == "." else f"{inside}/"


def _split(layout: Layout) -> dict[str, str]:
    if layout.split_file is None:
        return {}
    official = read_release_split(layout.split_file)
    return dict(zip(official["image"], official["split"], strict=True))
