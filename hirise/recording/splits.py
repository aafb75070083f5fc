"""A split of which a callback holds the data: its labels, names, and a fixed sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Ints
from hirise.errors import InputError
from hirise.recording.batches import LabelledBatches, Sample
from hirise.recording.labels import label_encoding
from hirise.recording.loaders import Loader, Source
from hirise.recording.names import Names, check_count, checked_names, shuffled_note
from hirise.recording.outputs import class_ids


class RecordedSplit(Source):
    """Images, labels and names of a split, as `log_epoch` takes them.

    Attributes
    ----------
    split : {"train", "val"}
    names : list of str or None
        Of all images, in order; None where not known.
    note : str
        Why they are not known; "" where nothing is to be said.
    """

    def __init__(self, split: str, data: LabelledBatches, names: Names | None) -> None:
        self.split, self.data = split, data
        self.argument = "validation_data" if split == "val" else "training_data"
        self.names, self.note = _names_in_order(names, data, split)
        self._sample: Sample | None = None

    def begin(self, n_classes: int) -> None:
        """Check the labels, and take the sample of training images."""
        self.n_classes, self._sample = n_classes, None
        if self.split == "train":
            self.sample()
        elif self.data.labels is not None:
            self._read_ids(self.data.labels)

    def settings(self) -> dict[str, Any]:
        """How labels are given, and of how many images the first batch is."""
        for _, labels in self.data:
            # Arrays are cut into batches here, not by the training.
            size = None if self.data.labels is not None else len(labels)
            encoding = label_encoding(np.asarray(labels))
            return {"label_encoding": encoding, "batch_size": size}
        return {}

    def first_batch(self) -> Any:
        """Images as the network takes them."""
        for x, _ in self.data:
            return x
        raise InputError(f"`{self.argument}` holds no image.")

    def sample(self, most: int | None = None) -> Sample:
        """A fixed sample, of which a pipeline is read once."""
        if self._sample is None:
            self._sample = self.data.sample(self._read_ids)
            if self.names is not None:
                check_count(self.names, len(self._sample.ids), split=self.split)
        if most is None or most >= len(self._sample.rows):
            return self._sample
        if self.data.labels is not None:
            return self.data.sample(self._read_ids, most)
        return self._sample.part(most, self.data.take)

    def loader(self, most: int | None) -> Loader:
        """All validation images, or a sample of at most `most`."""
        whole = Loader(
            batches=self.data,
            ordered=self.data.ordered,
            n_images=self.data.n_images,
            labels=self.data.labels,
            file_paths=self.names,
            class_names=self.data.class_names,
        )
        if most is None:
            return whole
        sample = self.sample(most)
        ids, rows = sample.ids, sample.rows
        if self.split == "val" and len(ids) <= most:
            return whole
        return Loader(
            batches=_Batches(sample, self),
            rows=rows,
            n_images=len(ids),
            labels=ids,
            ordered=self.data.ordered,
            file_paths=self.names,
            class_names=self.data.class_names,
        )

    def as_given(self, ids: Ints) -> NDArray[Any]:
        """Ids encoded as the labels of the data are: as ids, or as one-hot rows."""
        if self._n_columns > 1:
            return np.eye(self._n_columns, dtype=np.float32)[ids]
        return ids[:, None].astype(np.float32) if self._n_columns else ids

    def _read_ids(self, labels: NDArray[Any]) -> Ints:
        self._n_columns = labels.shape[1] if labels.ndim == 2 else 0
        return class_ids(labels, self.n_classes, self.argument)


@dataclass(frozen=True, eq=False)
class _Batches:
    """The batches of a sample, again and again, with labels as they were given."""

    sample: Sample
    split: RecordedSplit

    def __iter__(self) -> Iterator[tuple[Any, NDArray[Any]]]:
        for x, ids in self.sample.batches():
            yield x, self.split.as_given(ids)


def _names_in_order(
    names: Names | None, data: LabelledBatches, split: str
) -> tuple[Names | None, str]:
    """The names in the order of `data`, and a note on why there are none."""
    if names is not None:
        if not data.ordered:
            raise InputError(f"`images` cannot be matched. {shuffled_note(split)}")
        if data.n_images is not None:
            check_count(names, data.n_images, split=split)
        return names, ""
    if data.file_paths is None:
        return None, ""
    if not data.ordered:
        return None, shuffled_note(split)
    return checked_names(list(data.file_paths)), ""
