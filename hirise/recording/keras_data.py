"""Images and labels as people give them to Keras: batches, names, a fixed sample."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from numpy.typing import NDArray

from hirise.errors import InputError, shown
from hirise.mars.names import parse_names
from hirise.recording.epoch_scores import SAMPLE, Ints, fixed_sample

BATCH = 128
"""Images of an array that are taken at a time."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledBatches(ABC):
    """Batches of images and labels, as often as they are asked for.

    Attributes
    ----------
    n_images, n_batches : int or None
        None where only a pass over the data would tell.
    ordered : bool
        Whether each pass gives the images in the same order, as far as can be seen.
    file_paths, class_names : sequence of str or None
        What a dataset of `keras.utils.image_dataset_from_directory` says of itself.
    """

    data: Any
    n_images: int | None = None
    n_batches: int | None = None
    ordered: bool = True
    file_paths: Sequence[str] | None = None
    class_names: Sequence[str] | None = None

    @abstractmethod
    def __iter__(self) -> Iterator[tuple[Any, NDArray[Any]]]:
        """Pairs of images, as the network takes them, and labels as given."""


def labelled_batches(data: Any, name: str) -> LabelledBatches:
    """`data` as batches of images and labels.

    Parameters
    ----------
    data : (x, y) or (x, y, weights), tf.data.Dataset, or keras.utils.PyDataset
        `x` may be an array or a nest of arrays. A dataset must be batched and finite.
    name : str
        Of the argument, for messages.

    Raises
    ------
    InputError
        For anything else.
    """
    if isinstance(data, tf.data.Dataset):
        return _of_dataset(data, name)
    if isinstance(data, keras.utils.PyDataset):
        return _of_pydataset(data, name)
    if isinstance(data, tuple | list) and len(data) in (2, 3):
        return _of_arrays(data[0], np.asarray(data[1]), name)
    raise InputError(
        f"`{name}` must be (x, y) arrays, a batched tf.data.Dataset or a "
        f"keras.utils.PyDataset, got {type(data).__name__}."
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Arrays(LabelledBatches):
    """Arrays held in memory, or mapped; `data` are the images, `y` the labels."""

    y: NDArray[Any]

    def __iter__(self) -> Iterator[tuple[Any, NDArray[Any]]]:
        return self.at(np.arange(len(self.y)))

    def at(self, rows: NDArray[np.int64]) -> Iterator[tuple[Any, NDArray[Any]]]:
        """Batches of the images at `rows` alone, in that order."""
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH]
            yield rows_of(self.data, some), self.y[some]


class _Dataset(LabelledBatches):
    def __iter__(self) -> Iterator[tuple[Any, NDArray[Any]]]:
        for element in self.data:
            yield element[0], np.asarray(element[1])


class _PyDataset(LabelledBatches):
    def __iter__(self) -> Iterator[tuple[Any, NDArray[Any]]]:
        for number in range(self.n_batches or 0):
            element = self.data[number]
            yield element[0], np.asarray(element[1])


def rows_of(x: Any, rows: Any) -> Any:
    """The images at `rows` of an array, or of a nest of arrays."""
    return keras.tree.map_structure(lambda part: np.asarray(part)[rows], x)


def _of_arrays(x: Any, y: NDArray[Any], name: str) -> Arrays:
    parts = keras.tree.map_structure(np.asarray, x)
    lengths = {len(part) for part in keras.tree.flatten(parts)} | {len(y)}
    if len(lengths) > 1 or not len(y):
        found = ", ".join(f"{n:,}" for n in sorted(lengths))
        raise InputError(
            f"`{name}` needs as many images as labels, at least one, got {found}."
        )
    n_batches = -(-len(y) // BATCH)
    return Arrays(data=parts, y=y, n_images=len(y), n_batches=n_batches)


def _of_dataset(data: Any, name: str) -> _Dataset:
    spec = data.element_spec
    if not isinstance(spec, tuple) or len(spec) not in (2, 3):
        raise InputError(f"`{name}` must give pairs of images and labels (x, y).")
    if getattr(spec[1], "shape", tf.TensorShape(None)).rank == 0:
        raise InputError(f"`{name}` must be batched: add .batch(32) to it.")
    n_batches = int(data.cardinality())
    if n_batches == tf.data.INFINITE_CARDINALITY:
        raise InputError(f"`{name}` never ends: give it without .repeat().")
    return _Dataset(
        data=data,
        n_batches=n_batches if n_batches >= 0 else None,
        ordered=not _shuffles(data),
        file_paths=getattr(data, "file_paths", None),
        class_names=getattr(data, "class_names", None),
    )


def _of_pydataset(data: Any, name: str) -> _PyDataset:
    n_batches = data.num_batches
    if n_batches is None:
        raise InputError(f"`{name}` never ends: its `num_batches` is None.")
    return _PyDataset(data=data, n_batches=int(n_batches))


def _shuffles(data: Any) -> bool:
    """Whether a step of the pipeline shuffles; TensorFlow tells by class names only."""
    if "Shuffle" in type(data).__name__:
        return True
    return any(_shuffles(inner) for inner in data._inputs())


_ORDER = (
    "The {side} images come in another order in each pass, so their names are not "
    "known."
)
_ADVICE = (
    " `image_dataset_from_directory(..., subset='both')` or `shuffle=False` keeps "
    "validation images in order."
)

Names = list[str]


def names_by_side(images: Any) -> dict[str, Names]:
    """`images` as given to `RunRecorder`, by side; a plain sequence is validation.

    Raises
    ------
    InputError
        Another side than train and val, or no sequence of names.
    """
    if images is None:
        return {}
    sides = images if isinstance(images, Mapping) else {"val": images}
    unknown = sorted(set(map(str, sides)) - {"train", "val"})
    if unknown:
        raise InputError(f"`images` has the side '{unknown[0]}'; known: train, val.")
    return {side: _listed(names) for side, names in sides.items()}


def _listed(names: Any) -> Names:
    if isinstance(names, str | bytes) or not isinstance(
        names, Sequence | np.ndarray | pd.Series
    ):
        raise InputError(
            "`images` must be a sequence of names or paths, or "
            '{"train": [...], "val": [...]}, got ' + type(names).__name__ + "."
        )
    listed = [Path(name).as_posix() for name in names]
    if len(set(listed)) < len(listed):
        again = next(name for name, n in Counter(listed).items() if n > 1)
        raise InputError(f"`images` names '{shown(again)}' twice on one side.")
    return listed


def names_of(
    given: Names | None, data: LabelledBatches, *, side: str
) -> tuple[Names | None, str]:
    """The names of one side in the order of `data`, and a note on why there are none.

    Raises
    ------
    InputError
        Names were given for images that are shuffled, or not as many as there are.
    """
    if given is None:
        if data.file_paths is None:
            return None, ""
        if not data.ordered:
            return None, shuffled(side)
        return _listed(list(data.file_paths)), ""
    if not data.ordered:
        raise InputError(f"`images` cannot be matched. {shuffled(side)}")
    if data.n_images is not None:
        check_count(given, data.n_images, side=side)
    return given, ""


def shuffled(side: str) -> str:
    """Why the names of a side are not known, and what to do."""
    return _ORDER.format(side=side) + (_ADVICE if side == "val" else "")


def check_count(names: Names, n_images: int, *, side: str) -> None:
    """Refuse names that are not one per image."""
    if len(names) != n_images:
        raise InputError(
            f"`images` has {len(names):,} names for {side}, but there are "
            f"{n_images:,} {side} images."
        )


def common_folder(names: Sequence[Names]) -> Path | None:
    """The folder that holds all images, where the names are paths of files."""
    paths = [Path.cwd() / name for side in names for name in side]
    if not paths or not paths[0].is_file():
        return None
    folder = Path(os.path.commonpath([path.parent for path in paths]))
    return None if folder == Path(folder.anchor) else folder


def within(name: str, folder: Path) -> str:
    """`name` relative to `folder`, with `/`."""
    return (Path.cwd() / name).relative_to(folder).as_posix()


def seen_table(sides: Mapping[str, tuple[Names | None, Ints]]) -> pd.DataFrame:
    """What the network was given: `image` (missing where unknown), `split`, `label`."""
    parts = [
        pd.DataFrame(
            {
                "image": _texts(names, len(ids)),
                "split": pd.array([side] * len(ids), dtype="str"),
                "label": ids,
            }
        )
        for side, (names, ids) in sides.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _texts(names: Names | None, n: int) -> Any:
    return pd.array(names if names is not None else [pd.NA] * n, dtype="str")


def catalog_of(seen: pd.DataFrame, class_names: Sequence[str]) -> pd.DataFrame:
    """The columns of `Catalog.table` for the images in `seen` whose names are known."""
    known = seen[seen["image"].notna()].sort_values("image", ignore_index=True)
    named = np.array(class_names, dtype=object)[known["label"].to_numpy()]
    table = known[["image"]].assign(
        path=known["image"],
        label=known["label"],
        class_name=pd.array(named, dtype="str"),
    )
    return table.join(parse_names(known["image"])).assign(split=known["split"])


def landmarks(names: Names | None) -> Any:
    """The landmark of each image, if all names follow the HiRISE grammar."""
    if names is None:
        return None
    found = parse_names(names)["landmark"]
    return found.to_numpy(dtype=object) if bool((found != "").all()) else None


MOST_BYTES = 512 * 2**20
"""Memory, at most, for images that are kept from a pipeline."""

Batch = tuple[Any, Ints]


@dataclass(frozen=True)
class Sample:
    """Images to judge on, and the labels of all images that they were taken from.

    Attributes
    ----------
    batches : function
        Gives an iterator over (images, ids) of the sample.
    ids : (n_images,) int
        Of all training images, in the order in which they came.
    rows : (n,) int
        Which of them are in the sample, in its order.
    """

    batches: Callable[[], Iterator[Batch]]
    ids: Ints
    rows: Ints


def take_sample(
    data: LabelledBatches, ids_of: Callable[[NDArray[Any]], Ints]
) -> Sample:
    """At most 2,000 images, with nearly the class shares of all; the same every time.

    Of arrays, places are remembered; the images of a pipeline are kept in memory, in
    one pass over it, and fewer of them if they are large.
    """
    if isinstance(data, Arrays):
        ids = ids_of(data.y)
        rows = fixed_sample(ids, np.arange(len(ids)), seed=0)
        return Sample(lambda: _labelled(data.at(rows), ids_of), ids, rows)
    return _from_pass(data, ids_of)


def _labelled(
    batches: Iterator[tuple[Any, NDArray[Any]]],
    ids_of: Callable[[NDArray[Any]], Ints],
) -> Iterator[Batch]:
    for x, y in batches:
        yield x, ids_of(y)


def _from_pass(data: LabelledBatches, ids_of: Callable[[NDArray[Any]], Ints]) -> Sample:
    """Every so many-th image of each class, which keeps the class shares."""
    kept: list[Batch] = []
    all_ids: list[Ints] = []
    seen: dict[int, int] = {}
    places: list[Ints] = []
    n_seen, n_kept, share, most = 0, 0, 0.0, SAMPLE
    for x, y in data:
        ids = ids_of(y)
        if not all_ids:
            most = min(SAMPLE, MOST_BYTES // max(_bytes_per_image(x), 1))
            share = min(1.0, most / _n_images(data, len(ids)))
        all_ids.append(ids)
        rows = [row for row, one in enumerate(ids) if _is_due(int(one), seen, share)]
        rows = rows[: most - n_kept]
        if rows:
            n_kept += len(rows)
            places.append(n_seen + np.array(rows))
            kept.append((_packed(rows_of(x, rows)), ids[rows]))
        n_seen += len(ids)
    return Sample(
        lambda: _unpacked(kept), np.concatenate(all_ids), np.concatenate(places)
    )


def _n_images(data: LabelledBatches, batch_size: int) -> int:
    """How many images a pass gives, at most."""
    if data.n_images is not None:
        return data.n_images
    if data.n_batches is not None:
        return data.n_batches * batch_size
    return sum(len(y) for _, y in data)


def _is_due(one: int, seen: dict[int, int], share: float) -> bool:
    """Whether the next image of class `one` belongs to the sample."""
    before = seen.get(one, 0)
    seen[one] = before + 1
    return int((before + 1) * share + 0.5) > int(before * share + 0.5)


def _bytes_per_image(x: Any) -> int:
    parts = keras.tree.flatten(_packed(rows_of(x, slice(None))))
    return sum(
        one.values.nbytes // max(len(one.values), 1)  # noqa: PD011
        for one in parts
    )


@dataclass(frozen=True)
class _Packed:
    """An array; whole numbers from 0 to 255 are kept as bytes."""

    values: NDArray[Any]
    dtype: Any

    def unpacked(self) -> NDArray[Any]:
        return self.values.astype(self.dtype, copy=False)


def _packed(x: Any) -> Any:
    return keras.tree.map_structure(_pack, x)


def _pack(part: NDArray[Any]) -> _Packed:
    if part.dtype == np.float32 and part.ndim > 2:
        with np.errstate(invalid="ignore"):
            small = part.astype(np.uint8)
        if np.array_equal(small, part):
            return _Packed(small, part.dtype)
    return _Packed(part, part.dtype)


def _unpacked(kept: list[Batch]) -> Iterator[Batch]:
    for x, ids in kept:
        yield keras.tree.map_structure(lambda one: one.unpacked(), x), ids
