"""The files of a recorded run, whichever framework trains."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from hirise.arrays import Floats, Ints
from hirise.errors import InputError
from hirise.recording.names import catalog_table, landmarks_of, seen_table
from hirise.recording.outputs import mean_loss, predictions_from_scores
from hirise.recording.splits import RecordedSplit
from hirise.runs import RunWriter, create_run
from hirise.runs.info import LABELS_AS_SEEN
from hirise.runs.writer import portable_path


def begin_run(
    artifacts: Path,
    *,
    title: str,
    class_names: Sequence[str],
    recipe: dict[str, Any],
    folder: Path | None,
    layout: str,
    packages: Sequence[str],
    notes: Sequence[str],
) -> RunWriter:
    """Make the run folder.

    Parameters
    ----------
    recipe : dict
        What is known of the training.
    folder : Path or None
        That of the images.
    layout : str
        The framework that reads them.
    packages : sequence of str
        Of which the versions are kept.
    """
    dataset = {
        "path": None if folder is None else portable_path(folder, artifacts),
        "layout": layout,
        "labels": LABELS_AS_SEEN,
    }
    return create_run(
        artifacts,
        title=title,
        class_names=class_names,
        recipe=recipe,
        dataset=dataset,
        packages=packages,
        notes=notes,
    )


def write_split(
    writer: RunWriter,
    split: RecordedSplit,
    truth: Ints,
    scores: Floats,
    class_names: tuple[str, ...],
) -> float:
    """Write the predictions for a split; the loss."""
    predictions = predictions_from_scores(
        scores,
        truth,
        class_names=class_names,
        split=split.split,
        image=split.names,
        group=landmarks_of(split.names),
    )
    writer.write_predictions(split.split, predictions.write)
    return mean_loss(scores, truth)


def write_seen(
    writer: RunWriter, splits: Sequence[RecordedSplit], class_names: Sequence[str]
) -> None:
    """Write the labels that were seen, and the catalog where names are known."""
    labels = {
        split.split: (split.names, split.ids)
        for split in splits
        if split.ids is not None
    }
    if not labels:
        return
    seen = seen_table(labels)
    writer.write_table("labels_seen.parquet", seen)
    catalog = writer.folder / "catalog.parquet"
    if seen["image"].notna().any():
        writer.write_table(catalog.name, catalog_table(seen, class_names))
    else:
        # Names written before were dropped, as the order of the images changed.
        catalog.unlink(missing_ok=True)


def leave_interrupted(writer: RunWriter) -> None:
    """A training that never ended, once nobody holds its recorder any more."""
    with suppress(InputError):
        if writer.read().info.status == "training":
            writer.finish("interrupted")
