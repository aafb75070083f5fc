"""Features of images, computed once per backbone, size and image, and cached."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Ints
from hirise.data.cache import cache_folder, discard, mark_used, new_entry, trim
from hirise.models.backbones import Backbone, feature_model
from hirise.models.batches import Pixels, plain_batches
from hirise.progress import Progress

Features = NDArray[np.float32]

# Enters the key: raise it when the same network gives other numbers.
VERSION = 1
FEATURES = "features.npy"
DIGESTS = "digests.json"
BATCH = 64


def compute_embeddings(
    backbone: Backbone,
    pixels: Pixels,
    digests: Sequence[str],
    rows: Ints,
    *,
    progress: Progress | None = None,
) -> Features:
    """Features of the images at `rows`; only those not cached yet are computed.

    They are kept in the cache, see `hirise.data.load_images`, by what the files
    hold, so that another split, another folder or a few more images cost nothing twice.

    Parameters
    ----------
    backbone : Backbone
    pixels : (n_images, size, size, channels) uint8
    digests : sequence of str, n_images of them
        Equal for images of the same content.
    rows : (n,) int

    Returns
    -------
    (n_images, d) float32
        0 for images that are not at `rows`.

    Raises
    ------
    InputError
        If the cache cannot be written, or the backbone does not take this size.
    """
    size, channels = pixels.shape[2:]
    model = feature_model(backbone, size, channels)
    features = np.zeros((len(pixels), model.output_shape[-1]), dtype=np.float32)
    colour = "-rgb" if channels == 3 else ""
    key = f"{backbone.mark}-{size}{colour}-v{VERSION}-"
    # Identical files share a digest, so that each content is computed once.
    missing = {digests[row]: row for row in rows}
    by_digest = dict.fromkeys(missing)
    for names, cached in _read_cache(cache_folder(), key):
        for place, name in enumerate(names):
            if name in missing:
                del missing[name]
                by_digest[name] = cached[place]
    if missing:
        chosen = np.fromiter(missing.values(), dtype=np.int64)
        computed = predict_features(model, pixels, chosen, progress or Progress())
        _write_cache(key, list(missing), computed)
        by_digest |= dict(zip(missing, computed, strict=True))
    for row in rows:
        features[row] = by_digest[digests[row]]
    return features


def predict_features(
    model: keras.Model, pixels: Pixels, rows: Ints, progress: Progress
) -> Features:
    """Outputs of `model` for the images at `rows`."""

    def tell(batch: int, logs: Any) -> None:
        done = min((batch + 1) * BATCH, len(rows))
        progress.update("Computing embeddings", done, len(rows))

    batches = plain_batches(pixels, rows, batch_size=BATCH)
    callback = keras.callbacks.LambdaCallback(on_predict_batch_end=tell)
    outputs = model.predict(batches, callbacks=[callback], verbose=0)
    return np.asarray(outputs, dtype=np.float32)


def _read_cache(folder: Path, key: str) -> Iterator[tuple[list[str], Features]]:
    """Entries of earlier calls: digests, and the features of each."""
    for entry in sorted(folder.glob(f"{key}*")):
        try:
            names = json.loads((entry / DIGESTS).read_text("utf-8"))
            features = np.load(entry / FEATURES, allow_pickle=False)
        except (OSError, ValueError):
            discard(entry)
            continue
        mark_used(entry)
        yield names, features


def _write_cache(key: str, names: list[str], features: Features) -> None:
    # A name of its own: another process may write the same images just now.
    folder, name = cache_folder(), f"{key}{uuid.uuid4().hex}"
    with new_entry(folder, name) as entry:
        np.save(entry / FEATURES, features)
        (entry / DIGESTS).write_text(json.dumps(names), "utf-8")
    trim(folder, keep=name)
