"""The recorded labels, beside what is known of their images."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from hirise.errors import InputError, parameter, unreadable
from hirise.files import disk_errors, write_whole
from hirise.mars.names import parse_names
from hirise.predictions import Predictions, read_predictions
from hirise.runs import Run
from hirise.runs.info import LABELS_AS_SEEN

UNKNOWN = -1
FEATURES = "image_features.parquet"


@dataclass(frozen=True, eq=False)
class LabelTables:
    """What the tests of the labels read.

    Attributes
    ----------
    seen : DataFrame, one row per image and split
        `image`, `split`, `source` (`labels_seen`: what the network was given;
        `predictions`: the true labels there, where these differ), `label` (id),
        `right` (id in the catalog, -1 if unknown), `landmark` ("" if unknown),
        `texture` and `embedding` (rows of `features`, -1 if none).
    class_names : tuple of str
        In the order of the ids.
    features : dict
        (n, d) arrays by kind, `texture` or `embedding`.
    seed : int, optional
        The run's own.
    not_comparable : str
        Why the catalog's labels cannot be compared, "" if they can.
    """

    seen: pd.DataFrame
    class_names: tuple[str, ...]
    features: dict[str, NDArray[np.floating[Any]]] = field(default_factory=dict)
    seed: int | None = None
    not_comparable: str = ""


def label_tables(
    run: Run,
    catalog: pd.DataFrame | None = None,
    known_predictions: Predictions | None = None,
) -> LabelTables:
    """Read them from a run folder.

    Parameters
    ----------
    run : Run
    catalog : DataFrame, optional
        Columns `image` and `class_name`, from the dataset itself; by default what the
        run kept of it.
    known_predictions : Predictions, optional
        Those of one split of the run, where they have been read already.

    Raises
    ------
    InputError
        A file of the run that cannot be read.
    """
    names = tuple(run.info.class_names)
    known = catalog if catalog is not None else _own_catalog(run)
    truth, embedded = _true_labels(run, names, known_predictions)
    seen = _joined(_given(run, names), truth)
    images = seen["image"]
    right, not_comparable = _right(images, known, names)
    seen = seen.assign(right=right, landmark=_landmarks(images, known))
    texture, places = _texture(run.folder / FEATURES)
    features: dict[str, NDArray[np.floating[Any]]] = {}
    if len(texture):
        features["texture"] = texture
    if embedded:
        features["embedding"] = np.concatenate([vector for vector, _ in embedded])
    where = pd.concat([keys for _, keys in embedded]) if embedded else None
    return LabelTables(
        seen=seen.assign(
            texture=_rows(images, places), embedding=_embedding_rows(seen, where)
        ),
        class_names=names,
        features=features,
        seed=run.info.seed,
        not_comparable=not_comparable,
    )


def _own_catalog(run: Run) -> pd.DataFrame | None:
    """What the run kept of the dataset, unless its labels only repeat those seen."""
    as_seen = (run.info.dataset or {}).get("labels") == LABELS_AS_SEEN
    return None if as_seen else run.catalog()


def _given(run: Run, names: tuple[str, ...]) -> pd.DataFrame:
    """What the network was given."""
    seen = run.labels_seen()
    if seen is None or not {"image", "split", "label"} <= set(seen.columns):
        return _empty()
    return _known(seen.assign(label=_ids(seen["label"], names), source="labels_seen"))


def _true_labels(
    run: Run, names: tuple[str, ...], known_predictions: Predictions | None
) -> tuple[pd.DataFrame, list[tuple[NDArray[np.floating[Any]], pd.DataFrame]]]:
    """True labels in the predictions, and the embeddings in the same order."""
    tables, embedded = [_empty()], []
    for split in run.splits():
        predictions = known_predictions
        if predictions is None or predictions.split != split:
            predictions = read_predictions(run.predictions_path(split))
        if predictions.image is None:
            continue
        keys = pd.DataFrame({"image": predictions.image, "split": split})
        vectors = _embeddings(run.folder / "embeddings" / f"{split}.npy", len(keys))
        # A network memorises the labels of its training images, correct or not.
        if vectors is not None and split != "train":
            embedded.append((vectors, keys))
        if predictions.y_true is None:
            continue
        given = [*predictions.class_names, ""]  # the last where it is unknown
        labels = _ids(pd.Series(given), names).to_numpy()[predictions.y_true]
        tables.append(_known(keys.assign(label=labels, source="predictions")))
    return pd.concat(tables, ignore_index=True), embedded


def _joined(given: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Both; the true labels of a split only where they differ from those given."""
    kept = [given]
    for split, part in truth.groupby("split", sort=False):
        pair = part.merge(given[given["split"] == split], on="image", how="left")
        if (pair["label_x"] != pair["label_y"]).any():
            kept.append(truth.loc[part.index])
    return pd.concat(kept, ignore_index=True)


def _ids(labels: pd.Series[Any], names: tuple[str, ...]) -> pd.Series[int]:
    """Ids of labels that are ids or names; -1 for others."""
    ids = {name: number for number, name in enumerate(names)}
    if pd.api.types.is_integer_dtype(labels):
        return labels.where(labels.between(0, len(names) - 1), UNKNOWN)
    return labels.map(ids).fillna(UNKNOWN).astype("int64")


def _known(table: pd.DataFrame) -> pd.DataFrame:
    kept = (table["label"] != UNKNOWN) & (table["split"] != "")
    return table.loc[kept, ["image", "split", "source", "label"]]


def _empty() -> pd.DataFrame:
    text = {name: pd.Series(dtype="str") for name in ("image", "split", "source")}
    return pd.DataFrame({**text, "label": pd.Series(dtype="int64")})


def _right(
    images: pd.Series[str], known: pd.DataFrame | None, names: tuple[str, ...]
) -> tuple[NDArray[np.int64], str]:
    """The catalog's label of each image, and why there is none."""
    nothing = np.full(len(images), UNKNOWN)
    if known is None:
        return nothing, "there is no catalog of the images; give the dataset"
    classes = set(known["class_name"])
    if not set(names) & classes or classes - set(names) == classes:
        return nothing, "the catalog has other classes"
    # Two releases can use one file name for different images.
    strange = set(names) - classes
    if len(strange) > len(names) / 2:
        return nothing, f"the catalog has no class {sorted(strange)[0]!r}"
    ids = _ids(known["class_name"], names)
    by_name = pd.Series(ids.to_numpy(), index=known["image"].to_numpy())
    labels = by_name[~by_name.index.duplicated()].reindex(images.to_numpy())
    return labels.fillna(UNKNOWN).to_numpy(dtype=np.int64), ""


def _landmarks(images: pd.Series[str], known: pd.DataFrame | None) -> Any:
    if known is None or "landmark" not in known:
        return parse_names(images)["landmark"]
    by_name = pd.Series(known["landmark"].to_numpy(), index=known["image"].to_numpy())
    known_landmarks = by_name[~by_name.index.duplicated()].reindex(images.to_numpy())
    named = parse_names(images)["landmark"].to_numpy()
    return np.where(known_landmarks.isna(), named, known_landmarks)


def _texture(path: Path) -> tuple[NDArray[np.float32], dict[str, int]]:
    """Features of the images that have some, and the row of each image."""
    none: dict[str, int] = {}
    nothing = np.empty((0, 0), dtype=np.float32), none
    if not path.is_file():
        return nothing
    try:
        table = pq.read_table(path, columns=["image", "feature"])
        table = table.filter(table["feature"].is_valid())
        values = table["feature"].combine_chunks().flatten().to_numpy()
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise unreadable(error, where=path) from error
    if not len(table):
        return nothing
    features = values.astype(np.float32).reshape(len(table), -1)
    whole = np.isfinite(features).all(axis=1)
    images = np.array(table["image"].to_pylist(), dtype=object)[whole]
    return features[whole], {image: row for row, image in enumerate(images)}


def _embeddings(path: Path, n: int) -> NDArray[np.floating[Any]] | None:
    try:
        embeddings = np.load(path, allow_pickle=False)
    except (OSError, ValueError):
        return None
    sound = (
        embeddings.ndim == 2 and len(embeddings) == n and np.isfinite(embeddings).all()
    )
    return embeddings if sound else None


def _rows(images: pd.Series[str], places: dict[str, int]) -> NDArray[np.int64]:
    if not places:
        return np.full(len(images), UNKNOWN)
    return np.array([places.get(image, UNKNOWN) for image in images], dtype=np.int64)


def _embedding_rows(seen: pd.DataFrame, where: pd.DataFrame | None) -> Any:
    if where is None:
        return UNKNOWN
    keys = where.reset_index(drop=True).reset_index(names="row")
    rows = seen.merge(keys, on=["image", "split"], how="left")["row"]
    return rows.fillna(UNKNOWN).to_numpy(dtype=np.int64)


_TEXT = (".txt", "")


def repaired_labels(tables: LabelTables) -> pd.DataFrame:
    """The catalog's label of every image, sorted by file name.

    Returns
    -------
    DataFrame, one row per image
        Columns `image`, `label` (id) and `class_name`.

    Raises
    ------
    InputError
        If the right labels are not known.

    Examples
    --------
    >>> seen = pd.DataFrame({"image": ["a.jpg", "b.jpg"], "right": [1, UNKNOWN]})
    >>> repaired_labels(LabelTables(seen, ("crater", "other")))
       image  label class_name
    0  a.jpg      1      other
    """
    seen = tables.seen[tables.seen["right"] != UNKNOWN]
    if seen.empty:
        raise InputError(
            "The correct labels are not known: the run has no catalog with its images.",
            how=f"Give the dataset with {parameter('data', 'DIR')}.",
        )
    once = seen[~seen["image"].duplicated()].sort_values("image", ignore_index=True)
    names = pd.Series(tables.class_names, dtype="str")
    return pd.DataFrame(
        {
            "image": once["image"],
            "label": once["right"],
            "class_name": names.loc[once["right"]].to_numpy(),
        }
    )


def labels_text(tables: LabelTables, path: Path) -> str:
    """The repaired labels as the file `path` holds them; nothing is written.

    A `.txt` file has the lines of the releases (`image id`), a `.csv` file the columns
    `image` and `class_name`.

    Raises
    ------
    InputError
        Another suffix, or labels that are not known.

    Examples
    --------
    >>> seen = pd.DataFrame({"image": ["a.jpg", "b.jpg"], "right": [1, 0]})
    >>> tables = LabelTables(seen, ("crater", "other"))
    >>> print(labels_text(tables, Path("labels.csv")), end="")
    image,class_name
    a.jpg,other
    b.jpg,crater
    """
    labels = repaired_labels(tables)
    if path.suffix.lower() == ".csv":
        columns = labels[["image", "class_name"]]
        return str(columns.to_csv(index=False, lineterminator="\n"))
    if path.suffix.lower() in _TEXT:
        pairs = zip(labels["image"], labels["label"], strict=True)
        return "".join(f"{image} {label}\n" for image, label in pairs)
    raise InputError(
        "labels are not written in this format.",
        where=path,
        how="Choose .txt (image id) or .csv (image,class_name).",
    )


def write_labels(tables: LabelTables, path: Path) -> int:
    r"""Write the repaired labels as `labels_text` gives them; how many.

    Raises
    ------
    InputError
        Another suffix, labels that are not known, or a file that cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> seen = pd.DataFrame({"image": ["a.jpg", "b.jpg"], "right": [1, 0]})
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels.txt")
    ...     n_images = write_labels(LabelTables(seen, ("crater", "other")), path)
    ...     path.read_text()
    'a.jpg 1\nb.jpg 0\n'
    """
    text = labels_text(tables, path)
    with disk_errors(path.parent):
        write_whole(path, lambda new: new.write_text(text, "utf-8", newline="\n"))
    return len(repaired_labels(tables))
