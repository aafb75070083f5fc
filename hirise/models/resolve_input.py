"""How one model takes its images, and its class order: for a dataset or for a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Floats, Ints, Pixels
from hirise.data.decoding import probe_images
from hirise.data.images import decode_some
from hirise.data.resizing import CROP, LETTERBOX, PLAIN, Resizing
from hirise.errors import InputError, parameter
from hirise.models.input_spec import (
    AUTO,
    TITLES,
    InputForm,
    InputSpec,
    class_orders,
    find_input_spec,
    trial_rows,
)
from hirise.models.outputs import decode_outputs, in_class_order
from hirise.models.pixel_scales import (
    BGR,
    GREY,
    RGB,
    SCALES,
    USUAL,
    Encoding,
    fits,
    scale_named,
)
from hirise.models.plan import PredictionPlan
from hirise.models.predictor import ModelFacts, Predictor
from hirise.models.sandbox import SandboxedPredictor
from hirise.predictions import Predictions
from hirise.runs import Run

CROPPED = 0.875
"""Fraction of the shorter side that is left after cropping, by custom: 224 of 256."""
SAME, MOST = 0.01, 0.10
"""Distance to the predictions of a run that is taken at once, and taken at all."""


def resolve_input(
    plan: PredictionPlan, predictor: Predictor | SandboxedPredictor
) -> InputSpec:
    """How the model takes the images of a dataset, tried where it is not known.

    Pixel scale and class order are tried first, then resizing and the order of the
    colours with what was found. Images of test are tried with only where there are no
    others.

    Raises
    ------
    InputError
        If no image can be read.
    """
    facts = predictor.facts
    scales, notes = _possible_scales(plan, facts)
    encodings, resizings = _encodings(plan, facts, scales), plan.resizings
    is_known = len(encodings) == 1 and len(plan.orders) == 1 and not plan.relabel
    if is_known and len(resizings) == 1:
        return _given(plan, InputForm(encodings[0], resizings[0]), notes)
    trial = _Trial(plan, predictor)
    if not resizings:
        resizings = tuple(
            replace(usual, interpolation=plan.interpolation)
            for usual in usual_resizings(facts.size, square=trial.is_square)
        )
    first = [InputForm(encoding, resizings[0]) for encoding in encodings]
    spec = trial.find(first, plan.orders, relabel=plan.relabel)
    found, told = spec.form.encoding, spec.told
    orders = dict.fromkeys((found.channels, *_orders_of(plan, facts)))
    if len(resizings) > 1 or len(orders) > 1:
        forms = [
            InputForm(Encoding(scale, order), resizing)
            for scale in _as_good(spec)
            for resizing in resizings
            for order in orders
        ]
        # Squares look much the same in every way: noise must not choose.
        order = {spec.order: spec.columns}
        spec = trial.find(forms, order, usual=trial.is_square)
        # What was tried again is told as it came out then.
        told = told | spec.told
    notes += tuple(told[column] for column in TITLES if column in told)
    return replace(spec, told=told, notes=notes)


def _as_good(spec: InputSpec) -> list[str]:
    """The scale that was taken, and those that fit equally well in its class order."""
    trials = spec.trials[spec.trials["order"] == spec.order]
    equal = trials.loc[trials["fits"] == "equally well", "scale"]
    return [spec.form.encoding.scale, *equal]


def usual_resizings(size: int, *, square: bool = False) -> tuple[Resizing, ...]:
    """What is usual for models that take squares of `size` pixels, by frequency.

    Where all images are `square`, some of them come to the same.

    Examples
    --------
    >>> [str(resizing) for resizing in usual_resizings(224)]
    ['stretch', 'crop', 'crop:256', 'letterbox']
    """
    larger = round(size / CROPPED)
    if square:
        return (PLAIN, Resizing(CROP, larger))
    return (PLAIN, Resizing(CROP), Resizing(CROP, larger), Resizing(LETTERBOX))


def _given(plan: PredictionPlan, form: InputForm, notes: tuple[str, ...]) -> InputSpec:
    ((order, columns),) = plan.orders.items()
    note = (
        "The model's outputs were read in the given class order."
        if order == "as given"
        else f"The model's outputs were read in this class order: {order}."
    )
    return InputSpec(form, columns, order, notes=(*notes, note))


def _orders_of(plan: PredictionPlan, facts: ModelFacts) -> tuple[str, ...]:
    """The orders of colours that are possible."""
    if plan.channels != AUTO:
        return (plan.channels,)
    is_coloured = plan.catalog.channels == 3 and facts.channels == 3
    return (RGB, BGR) if is_coloured else (RGB,)


def _encodings(
    plan: PredictionPlan, facts: ModelFacts, scales: tuple[str, ...]
) -> list[Encoding]:
    """Each scale in the order of colours that is usual with it."""
    orders = _orders_of(plan, facts)
    return [
        Encoding(scale, BGR if scale in _BLUE_FIRST and BGR in orders else orders[0])
        for scale in scales
    ]


_BLUE_FIRST = ("imagenet-caffe",)


def _chosen(rows: Ints, split: NDArray[Any], labels: Ints) -> Ints:
    """Up to 50 images of each class and split but test; of test if there is no other.

    What is chosen on test images would make their own score too good. Those of
    training alone could tell little: a model may know them in any form.
    """
    others: Ints = rows[split[rows] != "test"]
    usable = others if len(others) else rows
    of_splits = [usable[split[usable] == name] for name in np.unique(split[usable])]
    chosen = [part[trial_rows(labels[part])] for part in of_splits]
    return np.sort(np.concatenate(chosen))


class _Trial:
    """A few images with known classes, and the model that is tried on them."""

    def __init__(
        self, plan: PredictionPlan, predictor: Predictor | SandboxedPredictor
    ) -> None:
        split = plan.split.to_numpy()
        rows = np.flatnonzero(split != "")
        labels = plan.catalog.table["label"].to_numpy(dtype=np.int64)
        chosen = _chosen(rows, split, labels)
        paths = plan.catalog.table["path"].iloc[chosen]
        self.paths = [plan.catalog.root / path for path in paths]
        self.labels = labels[chosen]
        probed = probe_images(self.paths)
        self.is_square = bool((probed["width"] == probed["height"]).all())
        self.plan, self.predictor = plan, predictor
        self.decoded: dict[Resizing, Pixels] = {}
        self.kept = np.ones(len(chosen), dtype=bool)

    def find(self, forms: Sequence[InputForm], orders: Any, **how: Any) -> InputSpec:
        """See `find_input_spec`."""
        outputs = {form: self._outputs(form) for form in forms}
        names = self.plan.catalog.class_names
        truth = self.labels[self.kept]
        return find_input_spec(
            outputs,
            truth,
            names,
            orders=orders,
            step=self.predictor.facts.output_step,
            **how,
        )

    def _outputs(self, form: InputForm) -> Floats:
        pixels = self._pixels(form.resizing)
        return self.predictor.predict(pixels, np.arange(len(pixels)), form.encoding)

    def _pixels(self, resizing: Resizing) -> Pixels:
        if resizing in self.decoded:
            return self.decoded[resizing]
        facts = self.predictor.facts
        decoded = decode_some(
            self.paths,
            size=facts.size,
            channels=1 if facts.channels == 1 else self.plan.catalog.channels,
            resizing=resizing,
        )
        if not self.decoded:
            self.kept = np.array([not isinstance(one, str) for one in decoded])
        pixels = [one for one in decoded if not isinstance(one, str)]
        if not pixels:
            raise InputError(
                f"No image of the split '{self.plan.split_name}' can be read.",
                where=self.plan.catalog.root,
                how="`hirise data info` says what is wrong with the files.",
            )
        self.decoded[resizing] = np.stack(pixels)
        return self.decoded[resizing]


def _possible_scales(
    plan: PredictionPlan, facts: ModelFacts
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The scales that are possible, and what the file says about them."""
    if len(plan.scales) == 1 or facts.input_range is None:
        return plan.scales, ()
    low, high = facts.input_range
    note = f"Its inputs are {facts.dtype} that stand for {low:.3g} to {high:.3g}"
    near = tuple(
        scale for scale in plan.scales if fits(scale, facts.channels, facts.input_range)
    )
    if near:
        return near, (f"{note}: {' or '.join(near)}.",)
    return plan.scales, (f"{note}, which is no usual scale.",)


def input_of_run(
    run: Run,
    predictor: Predictor | SandboxedPredictor,
    pixels: NDArray[np.uint8],
    predictions: Predictions,
) -> InputSpec:
    """The scale and order with which the model gives the predictions of a run.

    What the run records is tried first, then every scale in every usual order.

    Parameters
    ----------
    pixels : (n_images, size, size, channels) uint8
    predictions : Predictions
        For these images, in this order.

    Raises
    ------
    InputError
        If there is none: it is another model, or these are other images.
    """
    names, n_outputs = predictions.class_names, predictor.facts.n_outputs
    if n_outputs != len(names) and not (n_outputs == 1 and len(names) == 2):
        raise InputError(
            f"The model gives {n_outputs} numbers per image, but {run.info.id} has "
            f"{len(names)} classes.",
            how="Give the model of the run.",
        )
    best, least = None, np.inf
    outputs: dict[Encoding, Floats] = {}
    for spec in _usual_specs(run, names, is_coloured=pixels.shape[-1] == 3):
        encoding = spec.form.encoding
        if encoding not in outputs:
            rows = np.arange(len(pixels))
            outputs[encoding] = predictor.predict(pixels, rows, encoding)
        ordered = in_class_order(outputs[encoding], spec.columns)
        distance = _distance(ordered, predictions, predictor.facts.output_step)
        if distance < least:
            best, least = spec, distance
        if least <= SAME:
            break
    if best is None or least > MOST:
        raise InputError(
            f"The model does not give the predictions of {run.info.id} for "
            f"{len(predictions)} images (its probabilities differ by {least:.2f}).",
            how="The model or the images are not those of the run: give the folder "
            f"of the images ({parameter('data')}) or the model of the run.",
        )
    return best


def _usual_specs(
    run: Run, names: tuple[str, ...], *, is_coloured: bool
) -> Iterator[InputSpec]:
    recorded = run.info.model or {}
    columns = recorded.get("columns", [])
    if _is_scale(recorded.get("scale")) and sorted(columns) == list(range(len(names))):
        encoding = Encoding(recorded["scale"], recorded.get("channels", RGB))
        yield InputSpec(InputForm(encoding), np.array(columns, dtype=np.int64))
    for scale in (USUAL, *(name for name in SCALES if name != USUAL)):
        for channels in (RGB, BGR, GREY) if is_coloured else (RGB,):
            for order, usual in class_orders(names).items():
                yield InputSpec(InputForm(Encoding(scale, channels)), usual, order)


def _is_scale(text: object) -> bool:
    try:
        scale_named(str(text))
    except InputError:
        return False
    return True


def _distance(outputs: Floats, predictions: Predictions, step: float) -> float:
    """Mean over images of the largest difference of a probability; else of labels."""
    decoded = decode_outputs(outputs, predictions.class_names, step=step)
    if decoded.proba is None or predictions.proba is None:
        return float((decoded.y_pred != predictions.y_pred).mean())
    return float(np.abs(decoded.proba - predictions.proba).max(axis=1).mean())
