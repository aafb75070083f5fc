"""Brief trainings of a run's own recipe, changed in one way, for experiments."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from hirise.arrays import Floats, Ints
from hirise.data.images import Decoded
from hirise.errors import InputError
from hirise.metrics import metrics
from hirise.models.batches import Pixels
from hirise.models.formats.keras import load_model
from hirise.progress import Progress
from hirise.recipes import Recipe
from hirise.remedies.retraining import images_of, recipe_of, trained_splits
from hirise.runs import Run
from hirise.runs.tables import LABELS_GIVEN, given_file
from hirise.training.fit import load, make_network, prepare
from hirise.training.modes import logits_in_inference_mode, reestimate
from hirise.training.networks import embedded
from hirise.training.pipeline import training_batches
from hirise.training.plan import Plan, make_plan

MOST_MEASURED, LARGE = 1_000, 100
"""Images of a split that a trial is measured on; fewer of more pixels a side."""
MEMORISED_EVERY = 25
"""Steps between two looks at whether a few images are memorised."""
AT_ONCE = 256
STANDARD_MEAN, STANDARD_SPREAD = 128.0, 56.0
"""Of standardised pixels, in grey levels; ImageNet's spread is about 58."""


@dataclass(frozen=True, eq=False)
class Trial:
    """What a brief training came to.

    Attributes
    ----------
    recipe : Recipe
    steps : int
        Batches that were trained on.
    seconds : float
    truth : (n_images,) int
        Of the validation images that were measured.
    scores : (n_images, n_classes) float
        Their logits.
    kappa, both : float
        Cohen's kappa on the validation images, and on training and validation images
        together; 0 where it is undefined.
    n_both : int
        Images of both.
    """

    recipe: Recipe
    steps: int
    seconds: float
    truth: Ints
    scores: Floats
    kappa: float
    both: float
    n_both: int


@dataclass(frozen=True, eq=False)
class Laboratory:
    """The images, labels and recipe of a run, ready to be trained on.

    Attributes
    ----------
    run : Run
    plan : Plan
    decoded : Decoded
    pixels : array
        Images, or embeddings where only a head is trained.
    labels : (n_images,) int
        Those that the run was trained with.
    """

    run: Run
    plan: Plan
    decoded: Decoded
    pixels: Pixels
    labels: Ints
    progress: Progress

    @property
    def table(self) -> pd.DataFrame:
        """One row per image, with its split."""
        return self.plan.table

    @property
    def n_classes(self) -> int:
        """Classes of the run."""
        return len(self.plan.catalog.class_names)

    def rows(self, split: str) -> Ints:
        """The rows of the images of a split."""
        return np.flatnonzero(self.table["split"] == split)

    def steps_per_epoch(self) -> int:
        """Batches of an epoch of the run."""
        return -(-len(self.rows("train")) // self.plan.recipe.batch_size)

    def trial(
        self,
        changes: Mapping[str, Any] | None = None,
        *,
        epochs: int,
        seconds: float,
        fewest: int = 0,
        longest: float = math.inf,
        rows: Ints | None = None,
        standardised: bool = False,
        network: keras.Model | None = None,
        step: str = "Training briefly",
    ) -> Trial:
        """Train for a few epochs with some settings changed, and measure on val.

        Parameters
        ----------
        changes : mapping, optional
            Settings of the recipe.
        epochs : int
        seconds : float
            After which the training ends early.
        fewest : int
            Steps that are done although they take longer.
        longest : float
            Seconds after which the training ends in any case.
        rows : (n,) int, optional
            Images to train on, instead of all of train.
        standardised : bool
            Bring the pixels to a usual mean and spread first.
        network : keras.Model, optional
            To go on with, instead of a fresh one.
        step : str
            What is reported meanwhile.
        """
        recipe = replace(self.plan.recipe, **{**(changes or {}), "epochs": epochs})
        pixels = standardise(self.pixels) if standardised else self.pixels
        rows = self.rows("train") if rows is None else rows
        model = self._prepared(recipe, pixels, rows, network)
        clock = _Clock(self.progress, step, epochs, seconds, fewest, longest)
        self._fit(model, recipe, pixels, rows, [clock])
        reestimate(model, pixels, rows)
        seconds_taken = round(time.monotonic() - clock.started, 2)
        return self._measured(model, pixels, recipe, clock.steps, seconds_taken)

    def measured(self, network: keras.Model) -> Trial:
        """A network as it is, measured on val."""
        return self._measured(network, self.pixels, self.plan.recipe, 0, 0.0)

    def _measured(
        self,
        model: keras.Model,
        pixels: Pixels,
        recipe: Recipe,
        steps: int,
        seconds: float,
    ) -> Trial:
        """A trial, measured in inference mode."""
        val, train = (self._sample(split) for split in ("val", "train"))
        scores, others = (
            np.nan_to_num(logits_in_inference_mode(model, pixels, rows))
            for rows in (val, train)
        )
        truth, trained = self.labels[val], self.labels[train]
        both = np.concatenate([scores, others])
        return Trial(
            recipe=recipe,
            steps=steps,
            seconds=seconds,
            truth=truth,
            scores=scores,
            kappa=_kappa(truth, scores),
            both=_kappa(np.concatenate([truth, trained]), both),
            n_both=len(both),
        )

    def _sample(self, split: str) -> Ints:
        rows, size = self.rows(split), self.pixels.shape[1]
        most = MOST_MEASURED
        if self.pixels.ndim == 4 and size > LARGE:
            most = round(MOST_MEASURED * LARGE / size)
        if len(rows) <= most:
            return rows
        return np.sort(np.random.default_rng(0).permutation(rows)[:most])

    def memorise(
        self, n_images: int, *, steps: int, seconds: float
    ) -> tuple[float, int]:
        """Train on a few images; the accuracy on them, and the steps that it took."""
        recipe = self.plan.recipe
        rows = self._few(n_images)
        size = min(recipe.batch_size, max(len(rows) // 2, 1))
        per_epoch = -(-len(rows) // size)
        recipe = replace(
            recipe,
            augment="none",
            batch_size=size,
            schedule="constant",
            balanced_batches=False,
            epochs=max(steps // per_epoch, 1),
        )
        model = self._prepared(recipe, self.pixels, rows, None)
        watch = _Memory(self, rows, seconds, every=MEMORISED_EVERY)
        self._fit(model, recipe, self.pixels, rows, [watch])
        watch.look()
        return watch.best, watch.steps

    def saved_network(self) -> keras.Model:
        """A network of the recipe with the weights that the run saved."""
        path = self.run.folder / "model.keras"
        if not path.is_file() or self.plan.recipe.trainable == "head":
            raise InputError("The run keeps no network that could train on.")
        model = make_network(
            self.plan, self.decoded, self.pixels, self.table, self.progress
        )
        model.set_weights(load_model(path).model.get_weights())
        return model

    def _few(self, n_images: int) -> Ints:
        """As many training images of each class as there are, or less."""
        random, rows = np.random.default_rng(0), self.rows("train")
        mixed = random.permutation(rows)
        place = np.zeros(len(mixed), dtype=int)
        own = self.labels[mixed]
        for label in np.unique(own):
            place[own == label] = np.arange((own == label).sum())
        return np.sort(mixed[np.argsort(place, kind="stable")][:n_images])

    def _prepared(
        self, recipe: Recipe, pixels: Pixels, rows: Ints, network: keras.Model | None
    ) -> keras.Model:
        keras.utils.set_random_seed(self.plan.seed)
        plan = replace(self.plan, recipe=recipe)
        model = network
        if model is None:
            model = make_network(plan, self.decoded, pixels, self.table, self.progress)
        seen = self.table.assign(label=self.labels).iloc[rows]
        steps = -(-len(rows) // recipe.batch_size)
        prepare(model, recipe, seen, self.n_classes, steps=steps)
        return model

    def _fit(
        self,
        model: keras.Model,
        recipe: Recipe,
        pixels: Pixels,
        rows: Ints,
        callbacks: list[Any],
    ) -> None:
        batches = training_batches(
            pixels,
            self.labels,
            rows,
            n_classes=self.n_classes,
            batch_size=recipe.batch_size,
            augment=recipe.augment,
            seed=self.plan.seed,
            balanced=recipe.balanced_batches,
            epochs=recipe.epochs,
        )
        model.fit(
            batches,
            epochs=recipe.epochs,
            steps_per_epoch=-(-len(rows) // recipe.batch_size),
            callbacks=callbacks,
            shuffle=False,
            verbose=0,
        )


class _Clock(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends a training after some seconds, and reports it."""

    def __init__(
        self,
        progress: Progress,
        step: str,
        epochs: int,
        seconds: float,
        fewest: int,
        longest: float,
    ) -> None:
        super().__init__()
        self.progress, self.step, self.epochs = progress, step, epochs
        self.seconds, self.fewest, self.longest = seconds, fewest, longest
        self.steps, self.started = 0, time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.progress.update(self.step, epoch, self.epochs, unit="epochs")

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self.steps += 1
        spent = time.monotonic() - self.started
        is_over = spent > self.seconds and self.steps >= self.fewest
        if is_over or spent > self.longest:
            self.model.stop_training = True


class _Memory(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends a training once its few images are memorised."""

    def __init__(
        self, laboratory: Laboratory, rows: Ints, seconds: float, *, every: int
    ) -> None:
        super().__init__()
        self.laboratory, self.rows, self.every = laboratory, rows, every
        self.seconds, self.started = seconds, time.monotonic()
        self.steps, self.last, self.best = 0, 0, 0.0

    def on_train_batch_end(
        self, batch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self.steps += 1
        if time.monotonic() - self.started > self.seconds:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.steps - self.last < self.every:
            return
        self.last = self.steps
        self.look()
        progress = self.laboratory.progress
        progress.update(
            f"Memorising: {self.best:.0%} of {len(self.rows)} images", unit="steps"
        )
        if self.best == 1:
            self.model.stop_training = True

    def look(self) -> None:
        """Measure the images in inference mode, with statistics of their own."""
        laboratory, weights = self.laboratory, self.model.get_weights()
        reestimate(self.model, laboratory.pixels, self.rows)
        logits = logits_in_inference_mode(self.model, laboratory.pixels, self.rows)
        self.model.set_weights(weights)
        if np.isfinite(logits).all():
            truth = laboratory.labels[self.rows]
            self.best = max(self.best, float((logits.argmax(axis=1) == truth).mean()))


def open_laboratory(run: Run, data: Path | None, progress: Progress) -> Laboratory:
    """The images, labels and recipe of a run.

    Raises
    ------
    InputError
        If its recipe, images or splits are not known or gone.
    """
    dataset = run.info.dataset or {}
    plan = make_plan(
        images_of(run, data),
        recipe_of(run),
        split=str(dataset.get("split", "")),
        seed=run.info.seed or 0,
        label_column=run.label_column,
        split_of=trained_splits(run),
        labels=given_file(run.folder, LABELS_GIVEN),
        leave_out=dataset.get("left_out") or (),
    )
    channels = int(dataset.get("channels", 1))
    plan = replace(plan, catalog=replace(plan.catalog, channels=channels))
    decoded, plan = load(plan, progress=progress)
    pixels: Pixels = decoded.pixels
    if plan.recipe.trainable == "head":
        from hirise.models.backbones import load_backbone

        backbone = load_backbone(plan.recipe.backbone)
        pixels = embedded(backbone, decoded, plan.table, progress)
    return Laboratory(run, plan, decoded, pixels, _labels(run, plan), progress)


def _labels(run: Run, plan: Plan) -> Ints:
    """The labels that the network was given; the dataset's for other images."""
    labels = plan.table["label"].to_numpy(dtype=np.int64).copy()
    seen = run.labels_seen()
    if seen is None or seen["label"].dtype.kind not in "iu":
        return labels
    given = seen.drop_duplicates("image").set_index("image")["label"]
    known = plan.table["image"].map(given)
    is_known = known.notna().to_numpy()
    # The order of the classes must be that of the run, or the ids mean others.
    if tuple(run.info.class_names) == plan.catalog.class_names:
        labels[is_known] = known[is_known].to_numpy(dtype=np.int64)
    return labels


def _kappa(truth: Ints, scores: Floats) -> float:
    """Cohen's kappa of the largest scores; 0 where it is undefined."""
    predicted = np.asarray(scores.argmax(axis=1), dtype=np.int64)
    counts = metrics.confusion_counts(truth, predicted, scores.shape[1])
    value = float(metrics.kappa(metrics.totals_of(counts)))
    return value if np.isfinite(value) else 0.0


def standardise(pixels: Pixels) -> Pixels:
    """Images with the same mean and spread in each channel, as bytes again.

    Embeddings are left as they are.

    Examples
    --------
    >>> dark = np.array([[[[0]], [[2]]], [[[1]], [[3]]]], dtype=np.uint8)
    >>> standardise(dark).ravel().tolist()
    [53, 153, 103, 203]
    """
    if pixels.ndim != 4:
        return pixels
    sample = np.asarray(pixels[:: max(1, len(pixels) // 2_000)], dtype=np.float64)
    mean = sample.mean(axis=(0, 1, 2))
    spread = np.maximum(sample.std(axis=(0, 1, 2)), 1e-6)
    scaled = np.empty(pixels.shape, dtype=np.uint8)
    # In parts: as decimal numbers, all images at once would need eight times the space.
    for start in range(0, len(pixels), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        values = (pixels[part] - mean) / spread * STANDARD_SPREAD + STANDARD_MEAN
        scaled[part] = values.round().clip(0, 255)
    return scaled
