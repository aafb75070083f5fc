"""Loaders of PyTorch, in the order of their data sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch.utils.data import DataLoader, IterableDataset, SequentialSampler, Subset

from hirise.recording.labels import as_array
from hirise.recording.loaders import BATCH, Loader


def loader_of(data: Any, *, most: int | None = None) -> Loader | None:
    """A `DataLoader` in the order of its dataset; None for anything else.

    Parameters
    ----------
    data : DataLoader
        Of which the sampler is left out, so that each image keeps its place.
    most : int, optional
        Of more images, so many that are evenly spread over the dataset.
    """
    if not isinstance(data, DataLoader):
        return None
    dataset = data.dataset
    size = data.batch_size
    if size is None and data.batch_sampler is not None:
        # As Accelerate makes them: its `sampler` is not the one that is used.
        size = getattr(data.batch_sampler, "batch_size", None) or BATCH
    if isinstance(dataset, IterableDataset) or size is None:
        ordered = isinstance(data.sampler, SequentialSampler)
        return Loader(batches=data, ordered=ordered)
    n = len(dataset)
    rows = np.arange(n)
    if most is not None and n > most:
        rows = (np.arange(most) * n) // most
        dataset = Subset(dataset, rows.tolist())
    paths, labels = _files_and_labels(data.dataset)
    return Loader(
        batches=DataLoader(
            dataset,
            batch_size=size,
            num_workers=data.num_workers,
            collate_fn=data.collate_fn,
        ),
        rows=rows,
        n_images=n,
        labels=labels,
        file_paths=paths,
        class_names=_class_names(data.dataset),
    )


def _files_and_labels(dataset: Any) -> tuple[list[str] | None, Any]:
    """Paths and labels that a dataset of torchvision or tensors tells, in order."""
    if isinstance(dataset, Subset):
        paths, labels = _files_and_labels(dataset.dataset)
        rows = list(dataset.indices)
        few = None if paths is None else [paths[row] for row in rows]
        return few, None if labels is None else as_array(labels)[rows]
    samples = getattr(dataset, "samples", None)
    is_list = isinstance(samples, list) and samples and len(samples) == len(dataset)
    paths = [str(sample[0]) for sample in samples] if is_list and samples else None
    labels = getattr(dataset, "targets", None)
    tensors = getattr(dataset, "tensors", None)
    if labels is None and tensors is not None and len(tensors) == 2:
        labels = tensors[1]
    return paths, None if labels is None else as_array(labels)


def _class_names(dataset: Any) -> Sequence[str] | None:
    inner = dataset.dataset if isinstance(dataset, Subset) else dataset
    names = getattr(inner, "classes", None)
    return tuple(map(str, names)) if isinstance(names, list | tuple) else None
