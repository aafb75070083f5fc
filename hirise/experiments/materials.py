"""What a run has that experiments can work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hirise.arrays import Bools, Ints
from hirise.data import Catalog, read_catalog
from hirise.diagnosis import Diagnosis, Evidence
from hirise.diagnosis.causes.experiment import NEEDS, Experiment, Need
from hirise.errors import InputError
from hirise.metrics import metrics
from hirise.predictions import Predictions
from hirise.progress import Progress
from hirise.remedies.folds import halves
from hirise.remedies.retraining import images_of, recipe_of, trained_splits
from hirise.runs import Run

if TYPE_CHECKING:
    from hirise.training.trials import Laboratory


@dataclass(frozen=True, eq=False)
class Materials:
    """A run under examination, with what was found about it.

    Attributes
    ----------
    run : Run
    evidence : Evidence
        Of the evaluated split.
    diagnosis : Diagnosis
    data : Path, optional
        Where the images are now; by default where they were.
    progress : Progress
    kept : dict
        What several experiments share, by its name.
    """

    run: Run
    evidence: Evidence
    diagnosis: Diagnosis
    data: Path | None = None
    progress: Progress = field(default_factory=Progress)
    kept: dict[str, Any] = field(default_factory=dict)

    def refusal(self, experiment: Experiment) -> str:
        """What the run lacks for an experiment; "" if nothing."""
        lacking = [need for need in experiment.needs if not self.has(need)]
        return "" if not lacking else f"It needs {' and '.join(map(named, lacking))}."

    def has(self, need: Need) -> bool:
        """Whether the run has something that experiments need."""
        return self._present[need]

    @cached_property
    def _present(self) -> dict[Need, bool]:
        evidence, run = self.evidence, self.run
        evaluation = evidence.evaluation
        return {
            "predictions": evaluation is not None and evaluation.has_truth,
            "curves": not evidence.history.empty,
            "model": run.model_path is not None and run.model_path.exists(),
            "images": _succeeds(lambda: images_of(run, self.data)),
            "recipe": _succeeds(lambda: recipe_of(run))
            and _succeeds(lambda: trained_splits(run)),
        }

    @cached_property
    def predictions(self) -> Predictions:
        """Those of the evaluated images that have a true label."""
        predictions = self.evidence.predictions
        if predictions is None:
            raise InputError("The run has no predictions.")
        return predictions.take(np.flatnonzero(predictions.labelled))

    @cached_property
    def truth(self) -> Ints:
        """(n_images,) ids."""
        truth = self.predictions.y_true
        if truth is None:
            raise InputError("The run has no true labels.")
        return truth

    @property
    def n_classes(self) -> int:
        """Classes of the run."""
        return len(self.predictions.class_names)

    @cached_property
    def first_half(self) -> Bools:
        """Half of the evaluated images, drawn; the others measure what it chose."""
        return halves(len(self.predictions))

    @cached_property
    def catalog(self) -> Catalog:
        """The dataset as it is now."""
        folder = images_of(self.run, self.data)
        return read_catalog(folder, label_column=self.run.label_column)

    @property
    def laboratory(self) -> Laboratory:
        """Where recipes are trained briefly; TensorFlow is imported here."""
        if "laboratory" not in self.kept:
            from hirise.training.tensorflow_setup import (
                native_output_to,
                require_tensorflow,
            )

            require_tensorflow()
            self.progress.update("Loading TensorFlow")
            with native_output_to(Path("/dev/null")):
                from hirise.training.trials import open_laboratory
            self.kept["laboratory"] = open_laboratory(
                self.run, self.data, self.progress
            )
        laboratory: Laboratory = self.kept["laboratory"]
        return laboratory

    @cached_property
    def seconds_per_epoch(self) -> float:
        """Of the training, as it was logged; NaN if unknown."""
        seconds = self.run.history().get("seconds")
        known = None if seconds is None else seconds.dropna()
        return float("nan") if known is None or known.empty else float(known.median())


@dataclass(frozen=True)
class Observation:
    """What came out of an experiment.

    Attributes
    ----------
    outcome : str
        One of those declared.
    sentence : str
        With the numbers, for people.
    numbers : mapping
    """

    outcome: str
    sentence: str
    numbers: dict[str, float | int | str | None] = field(default_factory=dict)


def named(need: Need) -> str:
    """What an experiment needs, for people."""
    return NEEDS[need]


def macro_f1_of(truth: Ints, predicted: Ints, n_classes: int) -> float:
    """Macro-F1 over the classes that occur; 0 where it is undefined."""
    counts = metrics.confusion_counts(truth, predicted, n_classes)
    value = float(metrics.macro_f1(metrics.totals_of(counts)))
    return value if np.isfinite(value) else 0.0


def _succeeds(find: Callable[[], object]) -> bool:
    try:
        find()
    except InputError:
        return False
    return True
