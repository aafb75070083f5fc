"""The saved model, asked again: the same, in other forms, and in training mode."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hirise.arrays import Bools, Floats, Ints
from hirise.errors import InputError
from hirise.experiments.materials import Materials, Observation
from hirise.metrics.cells import kappa_of
from hirise.predictions import Predictions
from hirise.remedies.folds import halves
from hirise.remedies.retraining import images_of
from hirise.runs.epochs import stored_epochs

if TYPE_CHECKING:
    from hirise.models.input_spec import InputForm
    from hirise.models.reprediction import SavedModel

MOST = 600
"""Evaluated images that are predicted again, drawn; more would only take longer."""
SAME = 0.98
"""Fraction of equal labels from which predictions are the same."""
OTHERWISE = 0.95
BETTER, GAIN = 0.2, 0.15
"""Kappa that must be gained."""
GAP = 0.2
"""Kappa of training images above that of evaluated ones."""
APART = 0.2
"""Kappa between the two modes on the same training images."""
ALIKE = 0.9
"""Kappa between two predictions, or correlation of their log-probabilities, from which
one model made both."""
CLOSE, CLOSE_LOGS, TINY = 1e-3, 0.005, 1e-12
"""Difference of all probabilities of two images below which they are the same, and of
their logarithms; smaller probabilities count as this one."""
USUAL = 0.99
"""Largest probability from which many images have the same."""
SIGNAL, MOST_UNUSUAL = 10, 100
"""Images with other probabilities that tell an order, at least and at most."""
COUNTED = 3
"""Classes that must be predicted for equal counts of labels to tell an order."""


def predict_again(materials: Materials) -> Observation:
    """Compare the kept predictions with what the saved model now gives."""
    from hirise.models.reprediction import SavedModel

    kept, folder = _drawn(materials), images_of(materials.run, materials.data)
    names = [str(image) for image in _images(kept)]
    with SavedModel(materials.run, names, folder, materials.progress) as saved:
        again = saved.predict(saved.recorded, np.arange(len(kept)))
        usable = saved.kept
        equal = _agreement(again.y_pred, kept.y_pred, usable)
        sentence = _equal(equal, int(usable.sum()))
        if equal >= SAME:
            return Observation("same", sentence, {"equal": equal})
        form = _form_of(saved, kept, max(OTHERWISE, equal + 0.03))
    truth, n = _truth(kept), materials.n_classes
    before, after = (
        kappa_of(truth[usable], labels[usable], n)
        for labels in (kept.y_pred, again.y_pred)
    )
    sentence += (
        f" Cohen's kappa is {before:.2f} with the kept predictions and {after:.2f} "
        "when predicted again."
    )
    outcome = "better" if after - before >= BETTER else "differs"
    order = is_reordered(materials.predictions, again.y_pred, again.proba)
    if order:
        outcome = "reordered"
        sentence += " The same predictions occur, for other images."
    elif form is not None:
        outcome = "other-input"
        sentence += f" The kept predictions come from pixels as {_told(form)}."
    elif (epoch := _epoch_of(materials, kept, names)) is not None:
        outcome = "other-epoch"
        sentence += f" The kept predictions are those of epoch {epoch}."
    elif order is None:
        raise InputError(
            f"{sentence} What is known of the predictions does not tell whether they "
            "are the same in another order."
        )
    numbers = {"equal": equal, "kappa_before": before, "kappa_after": after}
    return Observation(outcome, sentence, {**numbers})


def _form_of(saved: SavedModel, kept: Predictions, least: float) -> InputForm | None:
    """The way of giving images to the model that gives the kept predictions.

    Raises
    ------
    InputError
        If one gives the same classes, but so few of them that many models would.
    """
    rows, unsure = np.arange(len(kept)), False
    for form in saved.forms():
        again = saved.predict(form, rows)
        if _agreement(again.y_pred, kept.y_pred, saved.kept) < least:
            continue
        if is_reproduced(kept, again.y_pred, again.proba, saved.kept):
            return form
        unsure = True
    if unsure:
        raise InputError(
            "With other pixels the model gives the kept classes, but nearly all are "
            "one class, which other models give too."
        )
    return None


def is_reproduced(
    kept: Predictions, y_pred: Ints, proba: Floats | None, rows: Bools
) -> bool:
    """Whether predictions agree more than those of another model would by chance.

    Either their classes do, beyond chance, or their probabilities rise and fall
    together from image to image, however little.
    """
    if kappa_of(kept.y_pred[rows], y_pred[rows], len(kept.class_names)) >= ALIKE:
        return True
    if proba is None or kept.proba is None:
        return False
    logs = [np.log(np.maximum(p[rows], TINY)) for p in (kept.proba, proba)]
    first, second = (one - one.mean(axis=0) for one in logs)
    norm = float(np.linalg.norm(first) * np.linalg.norm(second))
    return norm > 0 and float((first * second).sum()) / norm >= ALIKE


def other_input(materials: Materials) -> Observation:
    """The best of the usual forms of input on half, measured on the other half."""
    from hirise.models.reprediction import SavedModel

    kept, folder = _drawn(materials), images_of(materials.run, materials.data)
    names = [str(image) for image in _images(kept)]
    truth, n, first = _truth(kept), materials.n_classes, halves(len(kept))
    with SavedModel(materials.run, names, folder, materials.progress) as saved:
        chosen, others = np.flatnonzero(first), np.flatnonzero(~first)

        def score(form: InputForm, rows: Ints) -> float:
            predicted = saved.predict(form, rows).y_pred
            return kappa_of(truth[rows], predicted, n)

        forms = [saved.recorded, *saved.forms()]
        scores = [score(form, chosen) for form in forms]
        best = forms[int(np.argmax(scores))]
        before, after = score(forms[0], others), score(best, others)
    kappa = kappa_of(truth[others], kept.y_pred[others], n)
    before = max(before, kappa)
    return Observation(
        "rises" if after - before >= GAIN else "stays",
        f"Of {len(forms)} ways to give the images to the model, the best on half of "
        f"them is: pixels as {_told(best)}. On the other half Cohen's kappa is "
        f"{before:.2f} as recorded and {after:.2f} in that way.",
        {"kappa_before": before, "kappa_after": after, "form": _told(best)},
    )


def training_images(materials: Materials) -> Observation:
    """Compare training images with evaluated ones, in inference mode."""
    from hirise.models.reprediction import SavedModel

    kept, folder = _drawn(materials), images_of(materials.run, materials.data)
    names, labels = _training_images(materials)
    with SavedModel(materials.run, names, folder, materials.progress) as saved:
        again = saved.predict(saved.recorded, np.arange(len(names)))
        usable, n = saved.kept, materials.n_classes
    trained = kappa_of(labels[usable], again.y_pred[usable], n)
    evaluated = kappa_of(_truth(kept), kept.y_pred, n)
    return Observation(
        "gap" if trained - evaluated >= GAP else "none",
        f"Cohen's kappa is {trained:.2f} on {int(usable.sum()):,} training images, and "
        f"{evaluated:.2f} on {len(kept):,} evaluated images.",
        {"kappa_training": trained, "kappa_evaluated": evaluated},
    )


def kept_epochs(materials: Materials) -> Observation:
    """The best kept epoch on half of the images, measured on the other half."""
    from hirise.training.tensorflow_setup import native_output_to, require_tensorflow

    require_tensorflow()
    with native_output_to(Path(os.devnull)):
        from hirise.training.mode_test import AS_SAVED, labels_of_epochs
    kept, n = _drawn(materials), materials.n_classes
    labels = labels_of_epochs(
        materials.run,
        [str(image) for image in _images(kept)],
        (*stored_epochs(materials.run), AS_SAVED),
        folder=images_of(materials.run, materials.data),
    )
    truth, first = _truth(kept), halves(len(kept))
    saved = kappa_of(truth[~first], labels.pop(AS_SAVED)[~first], n)
    scores = {e: kappa_of(truth[first], y[first], n) for e, y in labels.items()}
    best = max(scores, key=lambda epoch: scores[epoch])
    # The kept predictions may be wrong for another reason than the epoch.
    before = max(saved, kappa_of(truth[~first], kept.y_pred[~first], n))
    after = kappa_of(truth[~first], labels[best][~first], n)
    return Observation(
        "rises" if after - before >= GAIN else "stays",
        f"Of {len(labels)} kept epochs, epoch {best} is best on half of the images. On "
        f"the other half Cohen's kappa is {before:.2f} as kept and {after:.2f} with "
        "that epoch.",
        {"epoch": best, "kappa_before": before, "kappa_after": after},
    )


def refuse_epochs(materials: Materials) -> str:
    """Why there are no other epochs to predict with."""
    kept = materials.run.info.epoch
    if not [epoch for epoch in stored_epochs(materials.run) if epoch != kept]:
        return "The run keeps the weights of no other epoch."
    return refuse_names(materials)


def refuse_training_images(materials: Materials) -> str:
    """Why training images cannot be predicted."""
    table = materials.run.catalog()
    if table is None or "split" not in table or not (table["split"] == "train").any():
        return "The training images are not known."
    return "" if materials.predictions.split != "train" else "They were evaluated."


def modes(materials: Materials) -> Observation:
    """Training mode against inference mode, and re-estimated moving averages."""
    from hirise.training.tensorflow_setup import native_output_to, require_tensorflow

    require_tensorflow()
    materials.progress.update("Loading TensorFlow")
    with native_output_to(Path(os.devnull)):
        from hirise.training.mode_test import compare_modes
    kept = _drawn(materials)
    found = compare_modes(
        materials.run,
        [str(image) for image in _images(kept)],
        _truth(kept),
        folder=images_of(materials.run, materials.data),
        progress=materials.progress,
    )
    outcome = "same"
    if found.apart >= APART:
        outcome = "differs"
    if found.gain >= GAIN:
        outcome = "restored"
    return Observation(
        outcome,
        f"On {found.n_training:,} training images Cohen's kappa is "
        f"{found.in_training:.2f} in training mode and {found.in_inference:.2f} in "
        f"inference mode. With statistics re-estimated on {found.n_used:,} training "
        f"images, kappa on {len(kept):,} evaluated images goes from {found.before:.2f} "
        f"to {found.after:.2f}.",
        {
            "kappa_training_mode": found.in_training,
            "kappa_inference_mode": found.in_inference,
            "kappa_before": found.before,
            "kappa_after": found.after,
            "n_layers": found.n_layers,
        },
    )


def refuse_modes(materials: Materials) -> str:
    """Why the two modes cannot be compared."""
    path = materials.run.model_path
    if path is None or path.suffix not in (".keras", ".h5"):
        return "It needs a model of Keras."
    activations = materials.evidence.activations
    recipe = materials.run.info.recipe or {}
    if recipe.get("batch_norm") is False and recipe.get("network") != "backbone":
        return "The network has no batch normalisation."
    if activations is not None and activations.batch_normalisation == 0:
        return "The network has no batch normalisation."
    return refuse_names(materials)


def refuse_names(materials: Materials) -> str:
    """Why images cannot be predicted again."""
    has = materials.predictions.image is not None
    return "" if has else "The predictions do not name their images."


def _told(form: InputForm) -> str:
    return f"{form.encoding}, {form.resizing}"


def _drawn(materials: Materials) -> Predictions:
    predictions = materials.predictions
    if len(predictions) <= MOST:
        return predictions
    rows = np.random.default_rng(0).permutation(len(predictions))[:MOST]
    return predictions.take(np.sort(rows))


def _training_images(materials: Materials) -> tuple[list[str], Ints]:
    """Names of training images, drawn, and the labels that the network was given."""
    run = materials.run
    seen = run.labels_seen()
    table = run.catalog() if seen is None else seen
    if table is None:
        raise InputError("The training images are not known.")
    rows = table[table["split"] == "train"]
    rows = rows.sample(min(len(rows), MOST), random_state=0)
    labels = rows["label"]
    if labels.dtype.kind not in "iu":
        labels = labels.map({name: i for i, name in enumerate(run.info.class_names)})
    return list(rows["image"].astype(str)), labels.to_numpy(dtype=np.int64)


def _images(predictions: Predictions) -> list[str]:
    if predictions.image is None:
        raise InputError("The predictions do not name their images.")
    return list(predictions.image)


def _truth(predictions: Predictions) -> Ints:
    assert predictions.y_true is not None
    return predictions.y_true


def _agreement(first: Ints, second: Ints, rows: Bools) -> float:
    return float((first[rows] == second[rows]).mean()) if rows.any() else 0.0


def _equal(share: float, n: int) -> str:
    return f"{share:.1%} of {n:,} predicted classes are the same as those kept."


def is_reordered(
    everything: Predictions, y_pred: Ints, proba: Floats | None
) -> bool | None:
    """Whether the same predictions occur, for other images; None if it is not told.

    Told from probabilities that few images share, as each of them must occur among all
    those kept; from labels alone if each class is predicted equally often.
    """
    if proba is None or everything.proba is None:
        n, whole = len(everything.class_names), len(everything) == len(y_pred)
        counts = [np.bincount(y, minlength=n) for y in (y_pred, everything.y_pred)]
        if not whole or int((counts[0] > 0).sum()) < COUNTED:
            return None
        return bool((counts[0] == counts[1]).all())
    unusual = np.flatnonzero(proba.max(axis=1) < USUAL)[:MOST_UNUSUAL]
    if len(unusual) >= SIGNAL:
        return _occur(proba[unusual], everything.proba, CLOSE)
    # A sure model differs by its small probabilities alone.
    kept, again = (np.log(np.maximum(p, TINY)) for p in (everything.proba, proba))
    first = kept[:MOST_UNUSUAL]
    apart, of_kept = (
        _distances(rows, rows, itself=False) > 10 * CLOSE_LOGS
        for rows in (again[:MOST_UNUSUAL], first)
    )
    # Those kept may be rounded, so that many are equal.
    if apart.sum() < SIGNAL or of_kept.sum() < apart.sum() / 2:
        return None
    return _occur(again[:MOST_UNUSUAL][apart], kept, CLOSE_LOGS)


def _occur(rows: Floats, among: Floats, close: float) -> bool:
    return bool((_distances(rows, among) < close).mean() >= OTHERWISE)


def _distances(rows: Floats, among: Floats, *, itself: bool = True) -> Floats:
    """Of each row to the nearest of others, as the largest difference of a column."""
    found = np.empty(len(rows))
    for number, row in enumerate(rows):
        apart = np.abs(among - row).max(axis=1)
        if not itself:
            apart[number] = np.inf
        found[number] = apart.min()
    return found


def _epoch_of(materials: Materials, kept: Predictions, names: list[str]) -> int | None:
    """The kept epoch whose weights give the kept predictions."""
    epochs = stored_epochs(materials.run)
    if not epochs:
        return None
    from hirise.training.tensorflow_setup import native_output_to, require_tensorflow

    require_tensorflow()
    with native_output_to(Path(os.devnull)):
        from hirise.training.mode_test import labels_of_epochs
    folder = images_of(materials.run, materials.data)
    labels = labels_of_epochs(materials.run, names, epochs, folder=folder)
    equal = {epoch: float((y == kept.y_pred).mean()) for epoch, y in labels.items()}
    best = max(equal, key=lambda epoch: equal[epoch])
    everything = np.ones(len(kept), dtype=bool)
    is_told = is_reproduced(kept, labels[best], None, everything)
    return best if equal[best] >= SAME and is_told else None
