"""A run whose predictions are made again with its saved model."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hirise.arrays import Ints
from hirise.errors import InputError
from hirise.metrics.cells import kappa_of
from hirise.models.input_spec import InputForm
from hirise.models.inspection import inspect_model
from hirise.models.reprediction import SavedModel
from hirise.predictions import Predictions, read_predictions
from hirise.progress import Progress
from hirise.remedies.cured_run import FITTED_ON, run_beside
from hirise.remedies.folds import halves
from hirise.remedies.retraining import images_of
from hirise.remedies.weights import REPREDICTED, check_model
from hirise.runs import Run
from hirise.runs.writer import portable_path

MOST = 600
"""Labelled images, drawn, that choose how images are given to the model."""
GAIN = 0.15
"""Kappa that another way must gain over the recorded one, on images that did not choose
it."""
SAME = 0.98
"""Fraction of equal labels from which predictions are the same."""


class Repredicted(NamedTuple):
    """What predicting again gave.

    Attributes
    ----------
    run : Run
    parameters : dict
        For `run.json`.
    sentence : str
    """

    run: Run
    parameters: dict[str, str]
    sentence: str


def predict_again(
    parent: Run,
    *,
    artifacts: Path,
    data: Path | None = None,
    title: str | None = None,
    progress: Progress | None = None,
) -> Repredicted:
    """Predict every split of `parent` again with its saved model.

    Images are given to the model as the run records it, or in another usual way if that
    is far better on labelled images (of val, where there is one).

    Raises
    ------
    InputError
        If model or images are not here, the predictions do not name their images, or
        the saved model gives the predictions that are there.
    """
    check_model(parent)
    started = time.perf_counter()
    progress, folder = progress or Progress(), images_of(parent, data)
    kept = {
        split: _named(read_predictions(parent.predictions_path(split)), parent)
        for split in parent.splits()
    }
    chosen = _choose(parent, kept, folder, progress)
    images = [str(i) for one in kept.values() for i in _images(one)]
    with SavedModel(parent, images, folder, progress) as saved:
        again = saved.predict_all(chosen.form)
    new, start = {}, 0
    for split, one in kept.items():
        rows = slice(start, start + len(one))
        proba = None if again.proba is None else again.proba[rows]
        new[split] = replace(one, y_pred=again.y_pred[rows], proba=proba)
        start += len(one)
    equal = min(float((new[s].y_pred == kept[s].y_pred).mean()) for s in kept)
    if equal >= SAME:
        raise InputError(
            f"The saved model of run {parent.info.id} gives the predictions that it "
            f"has ({equal:.1%} of the labels are the same), so nothing changes.",
            how="Choose another remedy.",
        )
    run = _write(parent, new, chosen, artifacts, title, started)
    return Repredicted(run, chosen.parameters, chosen.sentence)


class _Chosen(NamedTuple):
    """How images are given to the model, and why."""

    form: InputForm
    size: int
    is_recorded: bool
    sentence: str

    @property
    def parameters(self) -> dict[str, str]:
        encoding, resizing = self.form.encoding, self.form.resizing
        return {
            "scale": encoding.scale,
            "channels": encoding.channels,
            "resize": str(resizing),
            "interpolation": resizing.interpolation,
        }


def _choose(
    parent: Run, kept: Mapping[str, Predictions], folder: Path, progress: Progress
) -> _Chosen:
    """The recorded way, or another that half of some labelled images find far better.

    The other half must find it so, too.
    """
    drawn = _drawn(kept[FITTED_ON] if FITTED_ON in kept else [*kept.values()][-1])
    names = [str(image) for image in _images(drawn)]
    with SavedModel(parent, names or _some(kept), folder, progress) as saved:
        recorded, size = saved.recorded, saved.predictor.facts.size
        told = f"Pixels are given as {_told(recorded)}, as the run records it."
        if not names:
            return _Chosen(recorded, size, True, told)
        first, n = halves(len(drawn)), len(drawn.class_names)
        rows: tuple[Ints, Ints] = (np.flatnonzero(first), np.flatnonzero(~first))

        def score(form: InputForm, rows: Ints) -> float:
            assert drawn.y_true is not None
            predicted = saved.predict(form, rows).y_pred
            return kappa_of(drawn.y_true[rows], predicted, n)

        forms = [recorded, *saved.forms()]
        scores = [score(form, rows[0]) for form in forms]
        best = forms[int(np.argmax(scores))]
        before, after = score(recorded, rows[1]), score(best, rows[1])
    if after - before < GAIN:
        sentence = f"{told} Cohen's kappa on {drawn.split} images is {before:.2f}."
        return _Chosen(recorded, size, True, sentence)
    sentence = (
        f"Pixels are given as {_told(best)}, the best of {len(forms)} ways on half of "
        f"{len(drawn):,} {drawn.split} images; on the other half Cohen's kappa is "
        f"{after:.2f}, and {before:.2f} in the way that the run records "
        f"({_told(recorded)})."
    )
    return _Chosen(best, size, False, sentence)


def _told(form: InputForm) -> str:
    return f"{form.encoding}, {form.resizing}"


def _drawn(predictions: Predictions) -> Predictions:
    """Some labelled images."""
    rows = np.flatnonzero(predictions.labelled)
    if len(rows) > MOST:
        rows = np.sort(np.random.default_rng(0).permutation(rows)[:MOST])
    return predictions.take(rows)


def _some(kept: Mapping[str, Predictions]) -> list[str]:
    return [str(_images(next(iter(kept.values())))[0])]


def _named(predictions: Predictions, run: Run) -> Predictions:
    if predictions.image is None:
        raise InputError(
            f"The predictions of run {run.info.id} do not name their images, so they "
            "cannot be made again.",
            how="Predict with the model itself (`hirise predict`).",
        )
    return predictions


def _images(predictions: Predictions) -> list[str]:
    assert predictions.image is not None
    return list(predictions.image)


def _write(
    parent: Run,
    new: Mapping[str, Predictions],
    chosen: _Chosen,
    artifacts: Path,
    title: str | None,
    started: float,
) -> Run:
    model = parent.model_path
    assert model is not None
    with run_beside(
        parent,
        artifacts,
        title=title,
        suffix=REPREDICTED.title.lower(),
        notes=[f"Run {parent.info.id}, predicted again. {chosen.sentence}"],
    ) as writer:
        for split, predictions in new.items():
            writer.write_predictions(split, predictions.write)
        changes: dict[str, Any] = {"epoch": parent.info.epoch}
        is_own = model.parent == parent.folder
        if is_own:
            writer.write_file(model.name, partial(shutil.copyfile, model))
        if parent.info.model or not chosen.is_recorded:
            known = parent.info.model or {
                "form": inspect_model(model).form,
                "size": chosen.size,
                "columns": list(range(len(parent.info.class_names))),
            }
            path = writer.folder / model.name if is_own else model
            changes["model"] = {
                **known,
                "path": portable_path(path, artifacts),
                **chosen.parameters,
            }
        documented = {"key": REPREDICTED.key, "parameters": chosen.parameters}
        writer.finish(
            "finished",
            seconds=round(time.perf_counter() - started, 1),
            parent=parent.info.id,
            remedies=[documented],
            **changes,
        )
    return writer.read()
