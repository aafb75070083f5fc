"""Tables that are not one row per image: reports, runs, rows per image and class."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from hirise.errors import InputError, parameter
from hirise.predictions.column_names import (
    RESERVED,
    folded,
    label_kind,
    plain,
    read_name,
    words_of,
)
from hirise.predictions.confusion_matrices import confusion_matrix, rows_of_counts
from hirise.predictions.labels import listed, natural_order, read_labels

_REPORT = {"precision", "recall", "f1score", "f1", "support", "fscore"}
_AVERAGES = {"macroavg", "weightedavg", "microavg", "accuracy", "samplesavg"}
_RUN_KEYS = {
    "name", "run", "runid", "runname", "experiment", "experimentname", "id", "model",
    "modelname", "trial", "trialid", "number", "config", "architecture", "arch",
    "backbone", "network", "method", "version", "expname", "metric",
}  # fmt: skip
_RUN_STATES = {
    "state", "status", "created", "createdat", "starttime", "startedat", "runtime",
    "duration", "user", "sweep", "tags", "datetimestart",
}  # fmt: skip
_SCORE_WORDS = re.compile(
    r"accuracy|loss|\bf ?1\b|f1|precision|recall|auc|kappa|\bacc\b|specificity|top ?\d"
    r"|sensitivity|\biou\b|auroc|auprc"
)


def is_report(names: Iterable[str]) -> bool:
    """Whether these are the columns, or the keys, of a classification report.

    Examples
    --------
    >>> is_report(["", "precision", "recall", "f1-score", "support"])
    True
    """
    keys = {folded(name) for name in names}
    return len(keys & _REPORT) >= 3 or len(keys & _AVERAGES) >= 2


def report_error() -> InputError:
    """The error that a file is a classification report.

    Examples
    --------
    >>> print(report_error())
    This is a classification report, such as scikit-learn's: scores of each class,
    without predictions. Give the predictions that it was made from, or the confusion
    matrix.
    """
    return InputError(
        "This is a classification report, such as scikit-learn's: scores of each "
        "class, without predictions.",
        how="Give the predictions that it was made from, or the confusion matrix.",
    )


def is_table_of_scores(table: pd.DataFrame) -> bool:
    """Whether each row is a class with its scores, and nothing else.

    Examples
    --------
    >>> table = {"Species": ["siskin", "jay"], "Top 1 Accuracy": [0.9, 0.8]}
    >>> is_table_of_scores(pd.DataFrame(table))
    True
    """
    names = [str(name) for name in table.columns]
    scores = [n for n in names if _SCORE_WORDS.search(" ".join(words_of(n)))]
    rest = [
        n for n in names if n not in scores and not read_name(n).meanings & {"measure"}
    ]
    if not scores or len(rest) != 1 or "class" not in read_name(rest[0]).meanings:
        return False
    classes = table[rest[0]]
    return bool(len(table) > 1 and _is_plain(classes) and classes.is_unique)


def _counted_pairs(table: pd.DataFrame) -> bool:
    """Whether each row counts the images of one true and one predicted class."""
    names = [str(name) for name in table.columns]
    counts = [n for n in names if set(words_of(n)) & {"count", "counts", "frequency"}]
    by_kind = {kind: n for n in reversed(names) if (kind := label_kind(n))}
    if not counts or not {"true", "pred"} <= set(by_kind):
        return False
    has_images = any("image" in read_name(n).meanings for n in names)
    pairs = table[[by_kind["true"], by_kind["pred"]]]
    if has_images or len(table) < 2 or not all(_is_plain(table[n]) for n in pairs):
        return False
    return not pairs.duplicated().any()


def is_table_of_runs(table: pd.DataFrame) -> bool:
    """Whether each row is a run or a model with its scores, not an epoch or an image.

    Examples
    --------
    >>> runs = {"Name": ["a", "b"], "State": ["ok", "ok"], "loss": [0.9, 0.8]}
    >>> is_table_of_runs(pd.DataFrame(runs))
    True
    """
    names = {
        re.sub(r"[\W_]", "", plain(name)): name for name in map(str, table.columns)
    }
    scores = [
        n for n in map(str, table.columns) if _SCORE_WORDS.search(" ".join(words_of(n)))
    ]
    keys = [names[key] for key in names if key in _RUN_KEYS]
    if not scores or not keys or not len(table):
        return False
    states = [names[key] for key in names if key in _RUN_STATES]
    texts = [key for key in keys if not pd.api.types.is_numeric_dtype(table[key])]
    distinct = [k for k in texts if _is_plain(table[k]) and table[k].is_unique]
    of_images = any(_is_of_images(table, str(name)) for name in table.columns)
    return bool((states and keys) or (distinct and not of_images))


def _is_of_images(table: pd.DataFrame, name: str) -> bool:
    """Whether a column tells images, or true or predicted classes, but no score."""
    meanings = read_name(name).meanings
    if "image" in meanings and "measure" not in meanings:
        return True
    if label_kind(name) not in ("true", "pred"):
        return False
    numbers = pd.to_numeric(table[name], errors="coerce")
    return bool(numbers.isna().any() or (numbers == numbers.round()).all())


def check_kind(table: pd.DataFrame) -> None:
    """Refuse tables that hold no predictions, saying what they are.

    Examples
    --------
    >>> check_kind(pd.DataFrame({"Name": ["a"], "State": ["ok"], "loss": [0.1]}))
    Traceback (most recent call last):
        ...
    hirise.errors.InputError: This is a table of 1 run, one in each row, and holds
    neither predictions nor the curves of one run. Give the predictions of one of them,
    or its curves.
    """
    names = [str(name) for name in table.columns]
    if any(name in RESERVED or name.startswith("p:") for name in names):
        return
    if is_report(names):
        raise report_error()
    first = table[table.columns[0]] if len(table.columns) else pd.Series(dtype=object)
    if not pd.api.types.is_numeric_dtype(first) and is_report(first.map(str)):
        raise report_error()
    if is_table_of_scores(table):
        raise report_error()
    if _counted_pairs(table):
        raise InputError(
            "Each row counts the images of a true and a predicted class, so a row is "
            "not an image.",
            how="Give the predictions themselves, or the confusion matrix as a square.",
        )
    if is_table_of_runs(table):
        n = len(table)
        raise InputError(
            f"This is a table of {n} run{'' if n == 1 else 's'}, one in each row, and "
            "holds neither predictions nor the curves of one run.",
            how="Give the predictions of one of them, or its curves.",
        )


def as_rows_of_images(
    table: pd.DataFrame,
    columns: Mapping[str, str],
    class_names: tuple[str, ...] | None,
) -> tuple[pd.DataFrame, tuple[str, ...], tuple[str, ...] | None]:
    """The table with one row per image, how it came into that form, and its classes.

    A confusion matrix of counts becomes as many rows of true and predicted classes;
    one row per image and class becomes one row with a column per class.

    Raises
    ------
    InputError
        A confusion matrix of fractions, which has no counts.

    Examples
    --------
    >>> matrix = pd.DataFrame({"": ["cat", "dog"], "cat": [2, 0], "dog": [1, 1]})
    >>> rows, notes, classes = as_rows_of_images(matrix, {}, None)
    >>> rows["y_true"].tolist(), rows["y_pred"].tolist()
    (['cat', 'cat', 'cat', 'dog'], ['cat', 'cat', 'dog', 'dog'])
    """
    found = confusion_matrix(table)
    if found is not None:
        return rows_of_counts(*found, class_names)
    return (*_pivoted(table, columns), None)


def _pivoted(
    table: pd.DataFrame, columns: Mapping[str, str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """One row per image of one row per image and class."""
    found = _long_columns(table, columns)
    if found is None:
        return table, ()
    image, label, score, flag = found
    names = natural_order(read_labels(table[label]).names)
    texts = table[label].map(str).str.strip()
    numbers = pd.to_numeric(table[score], errors="coerce")
    by_image = pd.DataFrame({"image": table[image], "class": texts, "score": numbers})
    wide = by_image.pivot_table(index="image", columns="class", values="score")
    order = table[image].drop_duplicates()
    wide = wide.reindex(index=order, columns=list(names))
    rows = pd.DataFrame({image: order.map(str).to_numpy()})
    for name in names:
        rows[f"p:{name}"] = wide[name].to_numpy()
    if flag:
        is_true = pd.to_numeric(table[flag]).astype(bool)
        truth = texts[is_true].groupby(table[image][is_true]).first()
        rows["y_true"] = truth.reindex(order).to_numpy()
    for name in table.columns:
        if name in (image, label, score, flag):
            continue
        if len(table[[image, name]].drop_duplicates()) == len(order):
            rows[name] = table.groupby(image)[name].first().reindex(order).to_numpy()
    note = (
        f"Each image has a row per class ({label!r} with {score!r}), so the rows "
        "were combined."
    )
    return rows, (note,)


def _long_columns(
    table: pd.DataFrame, columns: Mapping[str, str]
) -> tuple[str, str, str, str] | None:
    """Image, class, score and a flag of the truth, for a row per image and class."""
    if len(table.columns) < 3 or len(table) < 4:
        return None
    names = [str(name) for name in table.columns if _is_plain(table[name])]
    meanings = {name: read_name(name) for name in names}
    image = next(
        (n for n in names if meanings[n].meanings and
         meanings[n].meanings <= {"image", "number"} and not meanings[n].unknown
         and not table[n].is_unique and words_of(n) != ("index",)),
        "",
    )  # fmt: skip
    scores = [
        n for n in names if meanings[n].meanings & {"score"} and not meanings[n].unknown
    ]
    if not image or len(scores) != 1:
        return None
    sizes = table.groupby(image).size()
    if sizes.min() != sizes.max() or sizes.iloc[0] < 2:
        return None
    labels = [n for n in names if n not in (image, scores[0]) and
              meanings[n].meanings & {"class", "pred"}]  # fmt: skip
    for label in labels:
        pairs = table[[image, label]].astype("str")
        if table[label].nunique() == sizes.iloc[0] and not pairs.duplicated().any():
            flag = next((n for n in names if _is_flag(table, n, image, label)), "")
            return image, label, scores[0], flag
    return None


def _is_plain(column: pd.Series) -> bool:
    """Whether the cells are texts or numbers; those of JSON may be lists or dicts."""
    return column.dtype != object or not any(
        isinstance(cell, list | dict) for cell in column
    )


def _is_flag(table: pd.DataFrame, name: str, image: str, label: str) -> bool:
    """Whether a column is 1 for one class of each image and 0 for the others."""
    if name in (image, label) or not read_name(name).meanings & {"true", "class"}:
        return False
    values = pd.to_numeric(table[name], errors="coerce")
    if not values.isin((0, 1)).all():
        return False
    return bool((values.groupby(table[image]).sum() == 1).all())


def not_predictions(table: pd.DataFrame) -> InputError:
    """The error that no column holds predictions.

    Examples
    --------
    >>> print(not_predictions(pd.DataFrame({"foo": [1]})))
    No predictions were found in the columns 'foo'. Expected: `y_pred`, or one
    probability column per class, and `y_true` for a verdict. See image, y_true, y_pred,
    split, group in the README, or say which is which with `columns`.
    """
    names = [str(name) for name in table.columns]
    shown = listed(names[:6]) + (", …" if len(names) > 6 else "")
    return InputError(
        f"No predictions were found in the columns {shown}. Expected: `y_pred`, or "
        "one probability column per class, and `y_true` for a verdict.",
        how=f"See {', '.join(RESERVED)} in the README, or say which is which with "
        f"{parameter('columns')}.",
    )
