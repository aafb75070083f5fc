"""The files of a run that `RunRecorder` makes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from hirise.errors import InputError
from hirise.inference.probe import loss_of, probe
from hirise.inference.rows import MOST_IMAGES
from hirise.predictions import Predictions
from hirise.runs import RunWriter, create_run
from hirise.runs.info import LABELS_AS_SEEN
from hirise.runs.writer import portable_path
from hirise.training.epoch_judge import Floats, Ints, log_softmax, mean_loss
from hirise.training.outputs import last_activation
from hirise.training.recorded_side import RecordedSide
from hirise.training.seen_images import (
    Names,
    catalog_of,
    landmarks,
    seen_table,
)

PACKAGES = ("tensorflow", "tensorflow-cpu", "keras")


def begin_run(
    artifacts: Path,
    *,
    title: str,
    class_names: Sequence[str],
    recipe: dict[str, Any],
    folder: Path | None,
    notes: Sequence[str],
) -> RunWriter:
    """Make the run folder; `folder` is that of the images."""
    dataset = {
        "path": None if folder is None else portable_path(folder, artifacts),
        "layout": "keras",
        "labels": LABELS_AS_SEEN,
    }
    return create_run(
        artifacts,
        title=title,
        class_names=class_names,
        recipe=recipe,
        dataset=dataset,
        packages=PACKAGES,
        notes=notes,
    )


def described(model: keras.Model, *, epochs: int) -> dict[str, Any]:
    """What can be read off a compiled network, as the run's recipe."""
    optimizer = getattr(model, "optimizer", None)
    rate = getattr(optimizer, "learning_rate", None)
    loss = loss_of(getattr(model, "loss", None)) or {}
    return {
        "name": model.name,
        "epochs": epochs,
        "optimizer": None if optimizer is None else optimizer.name,
        "learning_rate": None if rate is None else float(rate),
        "loss": loss.get("name"),
        "from_logits": loss.get("from_logits"),
        "last_activation": last_activation(model),
        "select_by": "last",
    }


def predictions_of(
    truth: Ints,
    scores: Floats,
    *,
    class_names: tuple[str, ...],
    split: str,
    names: Names | None,
    groups: Any = None,
) -> Predictions:
    """Predictions from scores; no probabilities where these broke."""
    whole = bool(np.isfinite(scores).all())
    return Predictions(
        image=None if names is None else np.array(names, dtype=object),
        y_true=truth,
        y_pred=scores.argmax(axis=1).astype(np.int64),
        proba=np.exp(log_softmax(scores)) if whole else None,
        class_names=class_names,
        split=split,
        group=groups,
    )


def write_predicted(
    writer: RunWriter,
    side: RecordedSide,
    truth: Ints,
    scores: Floats,
    class_names: tuple[str, ...],
) -> float:
    """Write what is predicted for a side; the loss."""
    found = predictions_of(
        truth,
        scores,
        class_names=class_names,
        split=side.split,
        names=side.names,
        groups=landmarks(side.names),
    )
    writer.write_predictions(side.split, found.write)
    return mean_loss(scores, truth)


def write_seen(
    writer: RunWriter, sides: Sequence[RecordedSide], class_names: Sequence[str]
) -> None:
    """Write the labels that were seen, and the catalog where names are known."""
    found = {
        side.split: (side.names, side.ids) for side in sides if side.ids is not None
    }
    if not found:
        return
    seen = seen_table(found)
    writer.write_table("labels_seen.parquet", seen)
    catalog = writer.folder / "catalog.parquet"
    if seen["image"].notna().any():
        writer.write_table(catalog.name, catalog_of(seen, class_names))
    else:
        catalog.unlink(missing_ok=True)


def probe_document(
    model: keras.Model, side: RecordedSide, class_names: Sequence[str]
) -> dict[str, Any] | str:
    """What the layers do with a few images, or why that cannot be said."""
    parts = side.probe_images
    if not parts or not all(isinstance(part, np.ndarray) for part in parts):
        return "activations.json is left out: the network takes more than one array."
    images = np.concatenate(parts)[:MOST_IMAGES].astype(np.float32)
    try:
        return probe(model, images, class_names, split=side.split)
    except (
        AttributeError,
        TypeError,
        ValueError,
        RuntimeError,
        tf.errors.OpError,
    ) as e:
        # A stranger's network must not lose its training to a look inside.
        return f"activations.json is left out: {type(e).__name__}: {e}"


def leave_interrupted(writer: RunWriter) -> None:
    """A `fit` that never ended, once nobody holds its recorder any more."""
    with suppress(InputError):
        if writer.read().info.status == "training":
            writer.finish("interrupted")
