"""Predictions in JSON and JSON Lines as a table of columns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from hirise.errors import InputError
from hirise.predictions.column_names import folded, read_name
from hirise.predictions.confusion_matrices import table_of_counts
from hirise.predictions.other_tables import is_report, report_error

_IMAGE_FILE = re.compile(r"\.(jpe?g|png|bmp|tiff?|gif|webp|dcm)$", re.IGNORECASE)
MOST_BYTES = 1_000_000_000
"""Size of a file in JSON, at most."""

_ROWS = (
    "predictions", "results", "data", "records", "items", "rows", "images", "samples",
    "outputs", "annotations",
)  # fmt: skip
"""Keys under which the rows of a larger document lie, the likeliest first."""

_NAMES = ("classnames", "classes", "labelnames", "labels", "categories", "targetnames")
_MATRICES = ("confusionmatrix", "confusion", "matrix", "cm")
_LABELS = {"label", "class", "classname", "category", "name", "tag"}
_SCORES = {"score", "prob", "probability", "proba", "confidence", "conf", "value"}

About = dict[str, object]


def read_json(path: Path) -> tuple[pd.DataFrame, About]:
    r"""Columns of a JSON file, or of one document per line.

    Read are a list of records, a dict of columns, the same below a key such as
    `predictions`, records by image, what pandas' `to_json` writes, and a confusion
    matrix. Scores of an image may be a list, or a dict by class.

    Raises
    ------
    InputError
        No JSON, or one that is no table.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "p.json")
    ...     _ = path.write_text('[{"image": "a", "probs": {"cat": 0.9, "dog": 0.1}}]')
    ...     read_json(path)[0].to_dict("records")
    [{'image': 'a', 'p:cat': 0.9, 'p:dog': 0.1}]
    """
    if path.stat().st_size > MOST_BYTES:
        raise InputError(
            f"This is larger than {MOST_BYTES / 1e9:.0f} GB.",
            where=path,
            how="Save it as Parquet.",
        )
    document = load_json(path)
    try:
        return table_of(document)
    except InputError as error:
        raise error.at(path) from error
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise _no_table(f" ({(str(error).splitlines() or ['?'])[0]})").at(
            path
        ) from error


def load_json(path: Path) -> Any:
    """What a JSON file holds; a list for one document per line.

    Raises
    ------
    InputError
        Not JSON, with the line where it ends to be.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            "This is not a text file in UTF-8.", where=path, how="Save it as UTF-8."
        ) from error
    try:
        document = json.loads(text)
        # Some write JSON into a JSON text.
        return json.loads(document) if isinstance(document, str) else document
    except (ValueError, RecursionError) as error:
        documents = _documents(text)
        if documents is not None:
            return documents
        reason = str(error).splitlines()[0]
        raise InputError(f"This is not JSON ({reason}).", where=path) from error


def _documents(text: str) -> list[Any] | None:
    """One document per line; None if a line is none."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        found = [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        return None
    return found if all(isinstance(one, dict) for one in found) else None


def table_of(document: Any) -> tuple[pd.DataFrame, About]:
    """A table of columns, and what the document says of itself.

    Examples
    --------
    >>> table, about = table_of({"classes": ["a", "b"], "predictions": [{"y_pred": 1}]})
    >>> table.to_dict("records"), about
    ([{'y_pred': 1}], {'class_names': ('a', 'b')})
    """
    about: About = {}
    if isinstance(document, Mapping):
        if is_report(map(str, document)):
            raise report_error()
        if "$schema" in document:
            raise _no_table(", but the description of a figure or of other documents")
        about = _class_names(document)
        matrix = _named(document, _MATRICES)
        if _is_matrix(matrix):
            return _matrix_table(matrix, about), {}
        return _of_dict(document), about
    if _is_matrix(document):
        return _matrix_table(document, about), {}
    if isinstance(document, list):
        return _of_rows(document), about
    raise _no_table()


def is_of_predictions(document: Any) -> bool:
    """Whether a document holds predictions by its keys, and not training curves.

    Examples
    --------
    >>> is_of_predictions([{"filename": "a.jpg", "pred": "cat"}])
    True
    >>> is_of_predictions({"loss": [0.9], "val_loss": [0.8]})
    False
    """
    if isinstance(document, Mapping):
        if is_report(map(str, document)) or _named(document, _MATRICES) is not None:
            return True
        inner = [document[key] for key in document if folded(str(key)) in _ROWS]
        if any(isinstance(rows, list | dict) and rows for rows in inner):
            return True
        keys: Iterable[str] = map(str, document)
        values = list(document.values())
        if values and all(isinstance(value, Mapping) for value in values[:20]):
            keys = [str(key) for value in values[:20] for key in value]
            keys = [*keys, *map(str, document)]
        of_images = sum(bool(_IMAGE_FILE.search(str(key))) for key in document)
        return of_images > len(document) / 2 or _has_prediction(keys)
    if isinstance(document, list) and document:
        if _is_matrix(document):
            return True
        first = document[0]
        if isinstance(first, list) and first and all(map(_is_scored, first)):
            return True
        return isinstance(first, Mapping) and _has_prediction(map(str, first))
    return False


def _has_prediction(keys: Iterable[str]) -> bool:
    meanings = [read_name(key) for key in keys]
    return any(
        (
            "pred" in m.meanings
            or {"score", "class"} & m.meanings
            or "true" in m.meanings
        )
        and "measure" not in m.meanings
        and not m.unknown
        for m in meanings
    )


def _no_table(reason: str = "") -> InputError:
    return InputError(
        f"This JSON is not a table of predictions{reason}.",
        how='Expected: a list of one record per image, such as [{"image": "a.jpg", '
        '"y_true": "cat", "y_pred": "dog"}].',
    )


def _named(document: Mapping[str, Any], names: Iterable[str]) -> Any:
    by_fold = {folded(str(key)): value for key, value in document.items()}
    return next((by_fold[name] for name in names if name in by_fold), None)


def _class_names(document: Mapping[str, Any]) -> About:
    for key in document:
        if folded(str(key)) not in _NAMES:
            continue
        value = document[key]
        rows = _rows_of(document)
        if isinstance(value, Mapping) and all(str(k).isdigit() for k in value):
            value = [value[k] for k in sorted(value, key=int)]
        others = [v for k, v in document.items() if k != key and isinstance(v, list)]
        # As long as the other columns, it is one of them.
        beside = rows is None and any(len(v) == len(value) for v in others)
        if beside and not any(_is_matrix(v) for v in others):
            continue
        if isinstance(value, list) and all(isinstance(v, str | int) for v in value):
            return {"class_names": tuple(map(str, value))}
    return {}


def _rows_of(document: Mapping[str, Any]) -> Any:
    """The rows below a key such as `predictions`; None if the document is the table."""
    rows = _named(document, _ROWS)
    if isinstance(rows, list) and rows and isinstance(rows[0], Mapping):
        return rows
    if isinstance(rows, Mapping) and rows:
        return rows
    lists = [value for value in document.values() if isinstance(value, list)]
    if len(lists) == 1 and lists[0] and isinstance(lists[0][0], Mapping):
        return lists[0]
    return None


def _of_dict(document: Mapping[str, Any]) -> pd.DataFrame:
    if {"columns", "data"} <= set(document):  # pandas' orient="split"
        return pd.DataFrame(document["data"], columns=document["columns"])
    rows = _rows_of(document)
    if isinstance(rows, list):
        return _of_rows(rows)
    if rows is not None:
        return _of_dict(rows)
    values = list(document.values())
    if values and all(isinstance(value, Mapping) for value in values):
        return _of_records_by_key(document)
    columns = {
        key: value
        for key, value in document.items()
        if isinstance(value, list) and folded(str(key)) not in _NAMES
    }
    n = max((len(value) for value in columns.values()), default=0)
    if folded_labels := [k for k in document if folded(str(k)) in _NAMES]:
        columns |= {
            k: document[k]
            for k in folded_labels
            if isinstance(document[k], list) and len(document[k]) == n
        }
    others = [v for v in values if not isinstance(v, list)]
    own = [str(key) for key in columns if folded(str(key)) not in _NAMES]
    is_summary = bool(others) and not _has_prediction(own)
    if columns and not is_summary:
        if len({len(value) for value in columns.values()}) > 1:
            lengths = {key: len(value) for key, value in columns.items()}
            raise InputError(f"The columns differ in length: {lengths}.")
        keys = list(columns)
        by_row = zip(*columns.values(), strict=True)
        return _of_rows([dict(zip(keys, row, strict=True)) for row in by_row])
    if values and all(isinstance(value, str | int) for value in values):
        return pd.DataFrame({"image": list(map(str, document)), "y_pred": values})
    raise _no_table()


def _of_records_by_key(document: Mapping[str, Any]) -> pd.DataFrame:
    """Records by image, or columns by row as pandas' `to_json` writes them."""
    keys = [tuple(value) for value in document.values()]
    same = len(set(keys)) == 1
    if (
        same
        and all(str(key).isdigit() for key in keys[0])
        and _has_prediction(map(str, document))
    ):
        columns = {name: list(column.values()) for name, column in document.items()}
        return pd.DataFrame(columns)
    numbers = all(
        isinstance(v, int | float)
        for value in document.values()
        for v in value.values()
    )
    if numbers and same and not _has_prediction(map(str, keys[0])):
        rows = [
            {"image": str(image)} | {f"p:{k}": v for k, v in value.items()}
            for image, value in document.items()
        ]
        return pd.DataFrame(rows)
    return _of_rows(
        [{"image": str(image)} | dict(value) for image, value in document.items()]
    )


def _of_rows(rows: list[Any]) -> pd.DataFrame:
    if not rows:
        raise InputError("There are no predictions: the list is empty.")
    flat = [_flat(row) for row in rows]
    return pd.DataFrame(flat)


def _flat(row: Any) -> dict[str, Any]:
    """One record without lists and dicts: scores become a column per class."""
    if isinstance(row, list) and row and all(map(_is_scored, row)):
        return _by_class(row)
    if not isinstance(row, Mapping):
        raise _no_table()
    found: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, Mapping):
            if value and all(isinstance(v, int | float) for v in value.values()):
                stem = "logit " if "logit" in read_name(str(key)).meanings else "p:"
                found |= {f"{stem}{name}": v for name, v in value.items()}
            else:
                found |= {str(k): v for k, v in _flat(value).items()}
        elif isinstance(value, list) and value and all(map(_is_scored, value)):
            found |= _by_class(value)
        elif _is_list_of_scores(str(key), value):
            stem = "logit" if "logit" in read_name(str(key)).meanings else "proba"
            found |= {f"{stem}_{i}": v for i, v in enumerate(value)}
        elif isinstance(value, list) and len(value) == 1:
            found[str(key)] = value[0]
        else:
            found[str(key)] = value
    return found


def _is_list_of_scores(key: str, value: Any) -> bool:
    if not isinstance(value, list) or len(value) < 2:
        return False
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in value):
        return False
    meanings = read_name(key).meanings
    return bool(meanings & {"score", "logit"}) or (
        "pred" in meanings and any(isinstance(v, float) for v in value)
    )


def _is_scored(value: Any) -> bool:
    """Whether it is `{"label": "cat", "score": 0.9}`, as pipelines give it."""
    if not isinstance(value, Mapping) or len(value) < 2:
        return False
    keys = {folded(str(key)) for key in value}
    return bool(keys & _LABELS) and bool(keys & _SCORES)


def _by_class(values: list[Any]) -> dict[str, Any]:
    found = {}
    for value in values:
        by_fold = {folded(str(key)): v for key, v in value.items()}
        label = next(by_fold[key] for key in by_fold if key in _LABELS)
        score = next(by_fold[key] for key in by_fold if key in _SCORES)
        found[f"p:{label}"] = score
    return found


def _is_matrix(value: Any) -> bool:
    """Whether it is a square list of lists of whole numbers, two or more."""
    if not isinstance(value, list) or len(value) < 2:
        return False
    if not all(isinstance(row, list) and len(row) == len(value) for row in value):
        return False
    return all(isinstance(n, int | float) for row in value for n in row)


def _matrix_table(matrix: list[list[float]], about: About) -> pd.DataFrame:
    names = about.get("class_names")
    if not isinstance(names, tuple) or len(names) != len(matrix):
        names = tuple(map(str, range(len(matrix))))
    return table_of_counts(matrix, names)
