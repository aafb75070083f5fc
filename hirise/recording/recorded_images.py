"""The images of a recording: their names, labels and pictures in the run folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Floats, Ints
from hirise.errors import InputError
from hirise.recording.names import (
    Names,
    catalog_table,
    landmarks_of,
    relative_name,
    seen_table,
)
from hirise.recording.outcomes import Outcome
from hirise.recording.outputs import predictions_from_scores
from hirise.recording.pictures import (
    MOST_DIGESTS,
    as_pixels,
    features_of,
    write_features,
    write_pictures,
)
from hirise.runs import RunWriter
from hirise.runs.folder import OWN_IMAGES
from hirise.runs.writer import portable_path


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known of the images of a split: at `rows` of it, in order."""

    rows: Ints
    ids: Ints
    names: Names | None

    def places(self, rows: Ints) -> Ints:
        return np.searchsorted(self.rows, rows)

    def names_at(self, rows: Ints) -> Names | None:
        names = self.names
        return None if names is None else [names[place] for place in self.places(rows)]


class RecordedImages:
    """Writes names, labels, pictures and predictions of the images into a run folder.

    Parameters
    ----------
    writer : RunWriter
    class_names : tuple of str
    artifacts : Path
        The folder around the run's.
    folder : Path or None
        That of the images' files, where they have any.
    is_described : bool
        The run has its catalog from elsewhere: only predictions are written.
    """

    def __init__(
        self,
        writer: RunWriter,
        class_names: tuple[str, ...],
        *,
        artifacts: Path,
        folder: Path | None,
        is_described: bool = False,
    ) -> None:
        self.writer, self.class_names = writer, class_names
        self.artifacts, self.folder = artifacts, folder
        self.is_described = is_described
        self._known: dict[str, _Known] = {}

    def n_pictures(self, split: str) -> int:
        """How many pictures of a split are wanted: those that are not written yet."""
        return 0 if split in self._known or self.is_described else MOST_DIGESTS

    def write(self, outcomes: Mapping[str, Outcome]) -> None:
        """Write labels, names and pictures of splits that are new, or tell more.

        Names of images that come in another order than before are dropped.
        """
        new = [split for split in outcomes if split not in self._known]
        changed = [s for s, outcome in outcomes.items() if self._is_changed(s, outcome)]
        if changed and not self.is_described:
            self._write_seen()
            self._write_pictures({split: outcomes[split] for split in new})

    def write_predictions(self, outcome: Outcome, scores: Floats) -> None:
        """Write the predictions for validation images."""
        self.write({"val": outcome})
        rows = _rows(outcome)
        if outcome.loader is None:
            names = self._names("val", outcome, rows, has_names=False)
        else:
            names = self._known["val"].names_at(rows)
        predictions = predictions_from_scores(
            scores,
            outcome.ids(len(self.class_names), "val"),
            class_names=self.class_names,
            split="val",
            image=names,
            group=landmarks_of(names),
        )
        self.writer.write_predictions("val", predictions.write)

    def _is_changed(self, split: str, outcome: Outcome) -> bool:
        """Take in the labels and names; whether they tell other than before."""
        before, loader = self._known.get(split), outcome.loader
        n_classes = len(self.class_names)
        ids, rows = outcome.ids(n_classes, split), _rows(outcome)
        is_named = loader is None and outcome.names is not None
        if before is not None and is_named and len(ids) <= len(before.ids):
            return False  # named anew in each epoch, in any order
        if before is not None and len(ids) <= len(before.ids):
            same = np.array_equal(before.ids[before.places(rows)], ids)
            if same or before.names is None:
                return False
            self._known[split] = replace(before, names=None)
            return True
        if loader is not None and loader.is_part and loader.labels is not None:
            ids = class_ids_of(loader.labels, n_classes, split)
            rows = np.arange(len(ids))
        known = _Known(rows, ids, None)
        has_names = bool(outcome.pictures)
        if before is not None:
            same = np.array_equal(ids[known.places(before.rows)], before.ids)
            has_names = same and before.names is not None
        names = self._names(split, outcome, rows, has_names=has_names)
        self._known[split] = replace(known, names=names)
        return True

    def _names(
        self, split: str, outcome: Outcome, rows: Ints, *, has_names: bool
    ) -> Names | None:
        """Names of the images at `rows`: of files in their folder, or numbers."""
        loader, names = outcome.loader, outcome.names
        if loader is not None and loader.ordered and loader.file_paths is not None:
            names = [loader.file_paths[row] for row in rows]
        if names is not None:
            folder = self.folder
            return (
                names if folder is None else [relative_name(n, folder) for n in names]
            )
        # Without pictures the names would be those of files that nobody has.
        if loader is None or not loader.ordered or not has_names:
            return None
        return [f"{split}/{row:06d}.png" for row in rows]

    def _write_seen(self) -> None:
        """Write the labels as training saw them, and the catalog of known names."""
        seen = seen_table(
            {split: (known.names, known.ids) for split, known in self._known.items()}
        )
        self.writer.write_table("labels_seen.parquet", seen)
        if seen["image"].notna().any():
            table = catalog_table(seen, self.class_names)
            self.writer.write_table("catalog.parquet", table)
        else:
            # Names written before were dropped, as the order of the images changed.
            (self.writer.folder / "catalog.parquet").unlink(missing_ok=True)

    def _write_pictures(self, outcomes: Mapping[str, Outcome]) -> None:
        """Images that came as arrays: digests, and files where they have none."""
        tables, channels = [], 0
        for split, outcome in outcomes.items():
            names = self._known[split].names_at(_rows(outcome))
            if not outcome.pictures or names is None:
                continue
            pixels = as_pixels(np.concatenate(outcome.pictures))
            tables.append(features_of(names, pixels))
            if self.folder is None and outcome.names is None:
                write_pictures(self.writer, names, pixels)
                channels = pixels.shape[-1]
        if tables:
            write_features(self.writer, tables)
        if channels:
            dataset = dict(self.writer.read().info.dataset or {})
            place = self.writer.folder / OWN_IMAGES
            dataset["path"] = portable_path(place, self.artifacts)
            dataset["channels"] = channels
            self.writer.update(dataset=dataset)


def _rows(outcome: Outcome) -> Ints:
    """Places of the evaluated images among all of their split."""
    if outcome.loader is not None and outcome.loader.rows is not None:
        return outcome.loader.rows
    return np.arange(len(outcome.truth))


def class_ids_of(labels: NDArray[Any], n_classes: int, argument: str) -> Ints:
    """Class ids of labels that are ids or one-hot rows.

    Examples
    --------
    >>> class_ids_of(np.array([2, 0]), 3, "val").tolist()
    [2, 0]
    """
    return Outcome(labels).ids(n_classes, argument)


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
