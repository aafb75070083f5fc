"""Every image of a split as a table: sorted, filtered, sampled, with its copies."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.mars.names import parse_names
from hirise.metrics.metrics import LOG_LOSS_FLOOR, Floats, Ints
from hirise.predictions import Predictions
from hirise.runs import Run
from hirise.runs.embeddings import embeddings_path, read_embeddings

_ROWS = 5000
"""Images whose entropy is computed at once."""

WORST = 60
"""Most confident mistakes that get a saliency map besides the drawn images."""

NEIGHBOURS = 8
"""Images that are most like another."""

TINY = np.finfo(np.float32).tiny


class Order(NamedTuple):
    """How images are sorted: by a column, correct or incorrect ones first."""

    column: str
    descending: bool
    first: bool | None = None
    needs_proba: bool = True
    needs_truth: bool = True


MISTAKES = "most confident mistakes"

ORDERS = {
    MISTAKES: Order("probability", True, first=False),
    "lowest probability of the true class": Order("p_true", False),
    "least confident correct": Order("probability", False, first=True),
    "highest entropy": Order("entropy", True, needs_truth=False),
    "name": Order("image", False, needs_proba=False, needs_truth=False),
}
"""In the order in which they are offered; the first that applies is the usual one."""

ANSWERS = ("all", "labelled", "correct", "incorrect")
"""Labelled images have a true class; the others can be neither of the last two."""


@dataclass(frozen=True)
class ImageFilter:
    """Which images are shown; empty means any.

    Attributes
    ----------
    true, predicted : str
        Class names.
    answer : {"all", "labelled", "correct", "incorrect"}
    observation : str
        Of a HiRISE name, or the start of one.
    low, high : float
        The probability of the predicted class: at least `low`, and less than `high` or,
        where that is 1, at most.
    tag : str
        One that a person gave; see `hirise.runs.tags`.
    """

    true: str = ""
    predicted: str = ""
    answer: str = "all"
    observation: str = ""
    low: float = 0.0
    high: float = 1.0
    tag: str = ""


def image_table(predictions: Predictions) -> pd.DataFrame:
    """One row per image of a split.

    Returns
    -------
    DataFrame
        Indexed by row number: `image` (the row number as text where names are unknown),
        `true` ("" where unknown), `predicted`, `correct` (boolean, missing where truth
        is), `probability` of the predicted class, `p_true` of the true one, `loss`
        (−ln p_true, in nats), `entropy` (in nats) and `observation` ("" where the name
        tells none). What needs probabilities or truth is NaN without them.

    Examples
    --------
    >>> predictions = Predictions(
    ...     y_pred=np.array([0, 1]),
    ...     y_true=np.array([0, 0]),
    ...     proba=np.array([[0.9, 0.1], [0.25, 0.75]]),
    ...     image=["a.jpg", "b.jpg"],
    ...     class_names=("crater", "other"),
    ... )
    >>> image_table(predictions)[["image", "true", "predicted", "correct", "p_true"]]
       image    true predicted  correct  p_true
    0  a.jpg  crater    crater     True    0.90
    1  b.jpg  crater     other    False    0.25
    """
    n, names = len(predictions), predictions.class_names
    y, predicted = predictions.y_true, predictions.y_pred
    known = np.zeros(n, dtype=bool) if y is None else y >= 0
    true = np.where(known, y, -1) if y is not None else np.full(n, -1)
    image = np.arange(n).astype(str) if predictions.image is None else predictions.image
    table = pd.DataFrame({"image": pd.Series(image, dtype="str")})
    kinds = pd.CategoricalDtype(["", *names])
    table["true"] = pd.Categorical.from_codes(true + 1, dtype=kinds)
    table["predicted"] = pd.Categorical.from_codes(predicted + 1, dtype=kinds)
    table["correct"] = pd.arrays.BooleanArray(true == predicted, ~known)
    probability, p_true, entropy = _of_probabilities(predictions.proba, predicted, true)
    table["probability"] = probability
    table["p_true"] = p_true
    table["loss"] = -np.log(np.maximum(p_true, LOG_LOSS_FLOOR))
    table["entropy"] = entropy
    parts = predictions.name_parts
    table["observation"] = "" if parts is None else parts["observation"]
    return table


def probabilities_of(predictions: Predictions, row: int) -> pd.DataFrame:
    """All probabilities of the image at `row`; empty without any.

    Returns
    -------
    DataFrame, one row per class
        `class_name`, `probability` and `role`: true, predicted, both, or "".

    Examples
    --------
    >>> predictions = Predictions(
    ...     y_pred=np.array([1]),
    ...     y_true=np.array([0]),
    ...     proba=np.array([[0.25, 0.75]]),
    ...     class_names=("crater", "other"),
    ... )
    >>> probabilities_of(predictions, 0)
      class_name  probability       role
    0     crater         0.25       true
    1      other         0.75  predicted
    """
    names, proba = predictions.class_names, predictions.proba
    if proba is None:
        return pd.DataFrame(columns=["class_name", "probability", "role"])
    roles = [""] * len(names)
    roles[predictions.y_pred[row]] = "predicted"
    if predictions.y_true is not None and predictions.y_true[row] >= 0:
        true = predictions.y_true[row]
        roles[true] = "true and predicted" if roles[true] else "true"
    return pd.DataFrame({"class_name": names, "probability": proba[row], "role": roles})


def orders_for(table: pd.DataFrame) -> tuple[str, ...]:
    """The orders that the images have the numbers for.

    Examples
    --------
    >>> predictions = Predictions(np.array([0, 1]), class_names=("crater", "other"))
    >>> orders_for(image_table(predictions))
    ('name',)
    """
    has_proba = bool(table["probability"].notna().any())
    has_truth = bool(table["correct"].notna().any())
    return tuple(
        name
        for name, order in ORDERS.items()
        if (has_proba or not order.needs_proba) and (has_truth or not order.needs_truth)
    )


def answers_for(table: pd.DataFrame) -> tuple[str, ...]:
    """The answers that can be chosen: `labelled` only where not all images are.

    Examples
    --------
    >>> names = ("crater", "other")
    >>> y_pred, y_true = np.array([0, 1]), np.array([0, -1])
    >>> answers_for(image_table(Predictions(y_pred, names, y_true)))
    ('all', 'labelled', 'correct', 'incorrect')
    """
    some = bool(table["correct"].isna().any())
    return tuple(name for name in ANSWERS if some or name != "labelled")


def select_images(
    table: pd.DataFrame,
    wanted: ImageFilter,
    tags: Mapping[str, Collection[str]] | None = None,
) -> pd.DataFrame:
    """The rows of `image_table` that `wanted` lets through, in their order.

    `tags` are the images of each tag.

    Examples
    --------
    >>> y_pred, y_true = np.array([0, 1, 1]), np.array([0, 0, 1])
    >>> table = image_table(Predictions(y_pred, ("crater", "other"), y_true))
    >>> wanted = ImageFilter(true="crater", answer="incorrect")
    >>> select_images(table, wanted)["image"].tolist()
    ['1']
    """
    keep = np.ones(len(table), dtype=bool)
    if wanted.true:
        keep &= (table["true"] == wanted.true).to_numpy()
    if wanted.predicted:
        keep &= (table["predicted"] == wanted.predicted).to_numpy()
    if wanted.answer == "labelled":
        keep &= table["correct"].notna().to_numpy()
    elif wanted.answer != "all":
        kept = table["correct"] if wanted.answer == "correct" else ~table["correct"]
        keep &= kept.fillna(False).to_numpy(dtype=bool)
    if wanted.observation:
        keep &= table["observation"].str.startswith(wanted.observation).to_numpy()
    if (wanted.low, wanted.high) != (0.0, 1.0):
        confidence = table["probability"].to_numpy()
        below = (confidence < wanted.high) | (wanted.high == 1)
        keep &= (confidence >= wanted.low) & below
    if wanted.tag:
        tagged = (tags or {}).get(wanted.tag, ())
        keep &= table["image"].isin(list(tagged)).to_numpy()
    return table if keep.all() else table[keep]


def sort_images(table: pd.DataFrame, order: str) -> pd.DataFrame:
    """The rows of `image_table` in one of `ORDERS`; equal ones keep their order.

    Examples
    --------
    >>> predictions = Predictions(
    ...     y_pred=np.array([0, 1, 1]),
    ...     y_true=np.array([0, 0, 0]),
    ...     proba=np.array([[0.9, 0.1], [0.4, 0.6], [0.1, 0.9]]),
    ...     image=["a.jpg", "b.jpg", "c.jpg"],
    ...     class_names=("crater", "other"),
    ... )
    >>> table = image_table(predictions)
    >>> sort_images(table, "most confident mistakes")["image"].tolist()
    ['c.jpg', 'b.jpg', 'a.jpg']
    >>> sort_images(table, "least confident correct")["image"].tolist()
    ['a.jpg', 'b.jpg', 'c.jpg']
    """
    how = ORDERS[order]
    values = table[how.column].to_numpy()
    if how.column == "image":
        ranks = np.argsort(values.astype(object), kind="stable")
    else:
        # NaN comes last either way.
        ranks = np.argsort(-values if how.descending else values, kind="stable")
    if how.first is not None:
        answers = table["correct"].astype("Int8").fillna(-1).to_numpy(dtype=np.int8)
        last = answers[ranks] != int(how.first)
        ranks = np.concatenate([ranks[~last], ranks[last]])
    return table.iloc[ranks]


def _of_probabilities(
    proba: Floats | None, predicted: Ints, true: Ints
) -> tuple[Floats, Floats, Floats]:
    """Probability of the predicted and of the true class, and entropy; else NaN."""
    n = len(predicted)
    if proba is None:
        return (np.full(n, np.nan),) * 3
    rows = np.arange(n)
    entropy = np.empty(n)
    # In parts: the logarithms of all take as much memory as the probabilities, twice.
    for start in range(0, n, _ROWS):
        part = proba[start : start + _ROWS]
        logs = np.log(np.maximum(part, LOG_LOSS_FLOOR))
        sums = np.einsum("ij,ij->i", part, logs, dtype=np.float64)
        entropy[start : start + _ROWS] = -sums
    p_true = np.where(true >= 0, proba[rows, true], np.nan)
    return proba[rows, predicted].astype(np.float64), p_true, entropy


def images_for_saliency(
    predictions: Predictions, n_images: int, *, worst: int = WORST
) -> list[str]:
    """`n_images` drawn from the split, and beside them the most confident mistakes.

    A larger number adds to what a smaller one draws.

    Examples
    --------
    >>> predictions = Predictions(
    ...     y_pred=np.array([0, 1]),
    ...     y_true=np.array([0, 0]),
    ...     proba=np.array([[0.9, 0.1], [0.25, 0.75]]),
    ...     image=["a.jpg", "b.jpg"],
    ...     class_names=("crater", "other"),
    ... )
    >>> images_for_saliency(predictions, 0)
    ['b.jpg']
    """
    assert predictions.image is not None
    drawn = np.random.default_rng(0).permutation(len(predictions))[:n_images]
    table = image_table(predictions)
    chosen = list(predictions.image[np.sort(drawn)])
    if worst and MISTAKES in orders_for(table):
        order = sort_images(table, MISTAKES)
        incorrect = order[~order["correct"].fillna(True).to_numpy(dtype=bool)]
        chosen += incorrect["image"].head(worst).tolist()
    return list(dict.fromkeys(chosen))


def siblings_of(table: pd.DataFrame, image: str) -> pd.DataFrame:
    """The rows of `image_table` that show the same landmark as `image`, itself first.

    Empty where the name has no landmark.

    Examples
    --------
    >>> original = "ESP_011623_2100_RED-0069"
    >>> names = [f"{original}.jpg", f"{original}-r90.jpg", "another.jpg"]
    >>> table = pd.DataFrame({"image": names})
    >>> siblings_of(table, f"{original}-r90.jpg")["image"].tolist()
    ['ESP_011623_2100_RED-0069-r90.jpg', 'ESP_011623_2100_RED-0069.jpg']
    """
    own = parse_names([image])["landmark"].iloc[0]
    if not own or not (table["image"] == image).any():
        return table.head(0)
    # A million names are searched much quicker than understood.
    near = table[table["image"].str.contains(own, regex=False)]
    landmarks = parse_names(near["image"])["landmark"]
    rows = near[landmarks == own].sort_values("image", kind="stable")
    mine = rows["image"] == image
    ordered: pd.DataFrame = pd.concat([rows[mine], rows[~mine]])
    return ordered


def nearest_images(
    run: Run, split: str, image: str, *, most: int = NEIGHBOURS
) -> pd.DataFrame:
    """The images whose features are most like those of one image.

    Features are what the last layer of the network gets; likeness is their cosine.

    Returns
    -------
    DataFrame, most alike first
        `image`, `split`, `class_name` and `likeness`; copies of the same landmark are
        left out. Empty if the run kept no features.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> from hirise.runs.embeddings import write_embeddings
    >>> catalog = pd.DataFrame({"image": ["a", "b", "c"], "split": "val"})
    >>> catalog = catalog.assign(class_name=["crater", "crater", "dune"])
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(
    ...         Path(folder), title="Small", class_names=["crater", "dune"]
    ...     )
    ...     writer.write_table("catalog.parquet", catalog)
    ...     write_embeddings(
    ...         writer, "val", np.array([[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]])
    ...     )
    ...     nearest_images(writer.read(), "val", "a", most=1)["image"].tolist()
    ['b']
    """
    catalog = run.catalog()
    columns = ["image", "split", "class_name", "likeness"]
    if catalog is None or not embeddings_path(run.folder, split).is_file():
        return pd.DataFrame(columns=columns)
    own = _features(run, split)
    places = catalog[catalog["split"] == split].reset_index(drop=True)
    at = np.flatnonzero((places["image"] == image).to_numpy())
    if not len(at):
        return pd.DataFrame(columns=columns)
    wanted, parts = own[at[0]], []
    for other in dict.fromkeys([split, "train"]):
        if not embeddings_path(run.folder, other).is_file():
            continue
        rows = catalog[catalog["split"] == other]
        likeness = _features(run, other) @ wanted
        parts.append(rows[["image", "split", "class_name"]].assign(likeness=likeness))
    images = pd.concat(parts)
    landmarks = parse_names(images["image"])["landmark"]
    mine = landmarks[images["image"] == image].iloc[0]
    others = images["image"] != image if not mine else landmarks != mine
    return images[others].nlargest(most, "likeness").reset_index(drop=True)


def _features(run: Run, split: str) -> NDArray[np.float32]:
    """Features of length 1."""
    features = read_embeddings(run, split).astype(np.float32)
    length = np.linalg.norm(features, axis=1, keepdims=True)
    # Features that are all 0 have no direction: they stay 0.
    scaled: NDArray[np.float32] = features / np.maximum(length, TINY)
    return scaled
