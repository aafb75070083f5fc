"""The network of a run in both modes and with the weights of its epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Ints
from hirise.data.images import decode_some
from hirise.errors import InputError
from hirise.metrics import metrics
from hirise.models.formats.keras import load_model
from hirise.models.pixel_scales import RGB, USUAL, Encoding, as_input
from hirise.models.preprocessing import preprocessing_of_run
from hirise.models.reprediction import image_paths
from hirise.progress import Progress
from hirise.runs import Run
from hirise.runs.images import resizing_of
from hirise.training.checkpoints import restore_epoch
from hirise.training.modes import (
    logits_in_inference_mode,
    logits_in_training_mode,
    normalisation_layers,
    reestimate,
)

AS_SAVED = 0
"""In place of an epoch: the weights of the saved network."""
MOST_TRAINING = 1_000
"""Training images that are used."""


@dataclass(frozen=True)
class ModeTest:
    """What the two modes give, as Cohen's kappa.

    Attributes
    ----------
    in_training, in_inference : float
        On the same training images.
    before, after : float
        On the evaluated images, as saved and with re-estimated statistics.
    n_training, n_used, n_layers : int
        Training images that were compared, and used for the statistics; layers of
        batch normalisation.
    """

    in_training: float
    in_inference: float
    before: float
    after: float
    n_training: int
    n_used: int
    n_layers: int

    @property
    def apart(self) -> float:
        """How much better training mode is."""
        return self.in_training - self.in_inference

    @property
    def gain(self) -> float:
        """What re-estimated statistics gain."""
        return self.after - self.before


def compare_modes(
    run: Run,
    images: Sequence[str],
    truth: Ints,
    *,
    folder: Path,
    progress: Progress,
) -> ModeTest:
    """Predict training images in both modes, and evaluated ones before and after.

    Parameters
    ----------
    images : sequence of str
        The evaluated ones.
    truth : (n_images,) int

    Raises
    ------
    InputError
        If the model is not of Keras or has no batch normalisation, or the training
        images or their labels are not known.
    """
    network = _network(run)
    layers = normalisation_layers(network.model)
    if not layers:
        raise InputError("The network has no batch normalisation.")
    trained, labels = _training_images(run)
    progress.update("Reading the images")
    own, others = (network.read(run, names, folder) for names in (trained, images))
    progress.update("Comparing training mode with inference mode")
    rows, n = np.arange(len(own)), len(run.info.class_names)
    model, evaluated = network.model, np.arange(len(others))

    def score(logits: np.ndarray, labels: Ints) -> float:
        counts = metrics.confusion_counts(labels, logits.argmax(axis=1), n)
        value = float(metrics.kappa(metrics.totals_of(counts)))
        return value if np.isfinite(value) else 0.0

    in_training = score(logits_in_training_mode(model, own, rows), labels)
    in_inference = score(logits_in_inference_mode(model, own, rows), labels)
    before = score(logits_in_inference_mode(model, others, evaluated), truth)
    n_used = reestimate(model, own, rows)
    after = score(logits_in_inference_mode(model, others, evaluated), truth)
    return ModeTest(
        in_training, in_inference, before, after, len(own), n_used, len(layers)
    )


def labels_of_epochs(
    run: Run, images: Sequence[str], epochs: Sequence[int], *, folder: Path
) -> dict[int, Ints]:
    """The predicted classes of images with the weights of each kept epoch.

    `AS_SAVED` among the epochs stands for the saved network as it is.
    """
    network = _network(run)
    pixels = network.read(run, images, folder)
    found: dict[int, Ints] = {}
    saved = network.model.get_weights()
    for epoch in epochs:
        network.model.set_weights(saved)
        if epoch != AS_SAVED:
            restore_epoch(network.model, run, epoch)
        logits = logits_in_inference_mode(network.model, pixels, np.arange(len(pixels)))
        found[epoch] = logits.argmax(axis=1).astype(np.int64)
    return found


@dataclass(frozen=True, eq=False)
class _Network:
    """The saved network, and how it takes images."""

    model: keras.Model
    size: int
    channels: int

    def read(
        self, run: Run, images: Sequence[str], folder: Path
    ) -> NDArray[np.float32]:
        """The images as the network takes them."""
        known = preprocessing_of_run(run)
        dataset_channels = (run.info.dataset or {}).get("channels") or self.channels
        decoded = decode_some(
            image_paths(run, images, folder),
            size=self.size,
            channels=1 if self.channels == 1 else int(dataset_channels),
            resizing=resizing_of(run),
        )
        if any(isinstance(one, str) for one in decoded):
            raise InputError("Some images of the run cannot be read.")
        encoding = Encoding(known.scale or USUAL, known.channels or RGB)
        return as_input(np.stack(decoded), self.channels, encoding)


def _network(run: Run) -> _Network:
    path = run.model_path
    if path is None or path.suffix not in (".keras", ".h5"):
        raise InputError("The model of the run is not one of Keras.")
    loaded = load_model(path, size=preprocessing_of_run(run).size)
    return _Network(loaded.model, loaded.taken.size, loaded.taken.channels)


def _training_images(run: Run) -> tuple[list[str], Ints]:
    """Training images, drawn, and the labels that the network was given."""
    seen = run.labels_seen()
    table = run.catalog() if seen is None else seen
    if table is None or not (table["split"] == "train").any():
        raise InputError("The training images of the run are not known.")
    rows = table[table["split"] == "train"]
    rows = rows.sample(min(len(rows), MOST_TRAINING), random_state=0)
    labels = rows["label"]
    if labels.dtype.kind not in "iu":
        ids = {name: i for i, name in enumerate(run.info.class_names)}
        labels = labels.map(ids)
    return list(rows["image"].astype(str)), labels.to_numpy(dtype=np.int64)
