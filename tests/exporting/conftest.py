"""A run of two epochs whose numbers are powers of two, so that no float is rounded."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hirise.predictions import Predictions
from hirise.runs import Run, create_run

CLASSES = ("a/b *c*", "a/b <c>", "dune")


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    return tmp_path / "artifacts"


@pytest.fixture
def run(artifacts: Path) -> Run:
    """A finished run: curves, predicted counts, and predictions for val and test."""
    writer = create_run(artifacts, title="_My_ run", class_names=CLASSES)
    for epoch, loss in ((1, 1.0), (2, 0.5)):
        row = {"epoch": epoch, "loss": loss, "accuracy": 0.75, "macro_f1": 0.25}
        row |= {"val_loss": 2 * loss, "val_accuracy": 0.5, "val_macro_f1": 0.125}
        row |= {"balanced_accuracy": 0.5, "val_balanced_accuracy": 0.25}
        writer.append_epoch(row | {"learning_rate": 0.125, "seconds": 10.0})
        for split, counts in (("train", (6, 2, 0)), ("val", (4, 0, 0))):
            frame = pd.DataFrame(
                {"epoch": epoch, "split": split, "class_name": CLASSES, "n": counts}
            )
            writer.append_predicted_counts(frame)
    for split in ("val", "test"):
        predictions = Predictions(
            y_true=np.array([0, 0, 0, 1] * 10),
            y_pred=np.array([0, 0, 0, 0] * 10),
            class_names=CLASSES,
            split=split,
        )
        writer.write_predictions(split, predictions.write)
    writer.finish("finished")
    return writer.read()
