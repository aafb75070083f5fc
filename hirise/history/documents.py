"""Histories in JSON: dicts of lists, one dict per epoch, and one per line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from hirise.errors import InputError
from hirise.history.names import curve_of, is_split
from hirise.history.source import check_size, several_trainings

SUFFIXES = (".json", ".jsonl", ".ndjson")
_DEEPEST = 3
_EPOCH_KEY = re.compile(r"(?:epoch)?[ _]?(\d+)", re.IGNORECASE)
_SUMMARY = "train_runtime"
"""What the Trainer of transformers logs last is of the whole training."""


class Document(NamedTuple):
    """`cells` has a row per epoch or log entry; None where nothing was logged."""

    cells: pd.DataFrame
    notes: tuple[str, ...] = ()


def read_document(path: Path) -> Document:
    """Read a history in JSON.

    Raises
    ------
    InputError
        No such file, not JSON, or several trainings.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "history.json")
    ...     _ = path.write_text('{"val": {"loss": [0.9, 0.7]}}')
    ...     read_document(path).cells["val/loss"].tolist()
    [0.9, 0.7]
    """
    if not path.is_file():
        raise InputError("There is no such file.", where=path)
    check_size(path)
    try:
        document = _parsed(path.read_text(encoding="utf-8-sig"))
        if isinstance(document, dict) and isinstance(document.get("log_history"), list):
            return _of_trainer(document["log_history"])
        if isinstance(document, dict):
            return Document(_of_lists(path, document))
        if isinstance(document, list) and any(map(_is_summary, document)):
            return _of_trainer(document)
        return Document(_of_records(document))
    except InputError:
        raise
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(
            f"This is not a history in JSON ({str(error).splitlines()[0]}).",
            where=path,
            how="Expected: Keras' `History.history`: a list of numbers per curve.",
        ) from error


def _parsed(text: str) -> Any:
    """One document, or a list of those on each line."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip()[0] == "{" for line in lines):
            raise
        return [json.loads(line) for line in lines]


def _of_records(records: object) -> pd.DataFrame:
    if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
        raise ValueError("it is neither a dict nor a list of dicts")
    rows = [dict(_flat(record)) for record in records]
    names = dict.fromkeys(name for row in rows for name in row)
    # An entry that lacks a name logged nothing of it, and no NaN.
    return pd.DataFrame({n: [row.get(n) for row in rows] for n in names}, dtype=object)


def _flat(record: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, dict) and before.count("/") < _DEEPEST:
            yield from _flat(value, f"{before}{key}/")
        elif not isinstance(value, dict | list):
            yield f"{before}{key}", value


def _of_trainer(log: list[Any]) -> Document:
    """`log_history` of the Trainer of transformers, without what sums it up."""
    entries = [e for e in log if isinstance(e, dict) and not _is_summary(e)]
    before = [e for e in entries if e.get("epoch") == 0]
    notes: tuple[str, ...] = ()
    if before and len(before) < len(entries):
        entries = [e for e in entries if e.get("epoch") != 0]
        notes = ("Values of epoch 0, measured before training, are left out.",)
    return Document(_of_records(entries), notes)


def _is_summary(entry: object) -> bool:
    return isinstance(entry, dict) and _SUMMARY in entry


def _of_lists(path: Path, document: dict[str, Any]) -> pd.DataFrame:
    if isinstance(document.get("history"), dict):
        document = document["history"]
    by_epoch = [_EPOCH_KEY.fullmatch(str(key)) for key in document]
    if (
        by_epoch
        and all(by_epoch)
        and all(isinstance(v, dict) for v in document.values())
    ):
        numbers = [int(match[1]) for match in by_epoch if match]
        records = [
            {"epoch": n} | v for n, v in zip(numbers, document.values(), strict=True)
        ]
        return _of_records(records)
    records = [v for v in document.values() if _is_records(v)]
    if len(records) == 1:
        return _of_records(records[0])
    found = dict(_histories(document))
    if len(found) > 1 and "" not in found:
        raise several_trainings(path, list(found), "curves")
    lists = found.get("") or next(iter(found.values()), None)
    if lists is None:
        lists = {k: v for k, v in document.items() if isinstance(v, list)}
    return _side_by_side(lists)


def _histories(
    document: Mapping[str, Any], name: str = ""
) -> Iterator[tuple[str, dict[str, list[Any]]]]:
    """The dicts in a document that hold curves; those of splits are one."""
    lists: dict[str, list[Any]] = {}
    for key, value in document.items():
        if isinstance(value, list):
            lists[str(key)] = value
        elif isinstance(value, dict) and is_split(str(key)):
            lists |= {f"{key}/{k}": v for k, v in value.items() if isinstance(v, list)}
    if any(_is_curve(key, values) for key, values in lists.items()):
        yield name, lists
        return
    for key, value in document.items():
        if isinstance(value, dict) and name.count("/") < _DEEPEST:
            yield from _histories(value, f"{name}/{key}" if name else str(key))


def _is_records(value: object) -> bool:
    """Whether it is a list with a dict per epoch."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(entry, dict) for entry in value)
        and any(curve_of(str(key)) for key in value[0])
    )


def _is_curve(name: str, values: list[Any]) -> bool:
    numbers = all(isinstance(v, int | float) or v is None for v in values)
    return curve_of(name) not in (None, "learning_rate") and numbers


def _side_by_side(lists: Mapping[str, list[Any]]) -> pd.DataFrame:
    """Lists as columns; beside those of batches an epoch's value is at its last one."""
    curves = {k: v for k, v in lists.items() if curve_of(k) is not None}
    if not curves:
        return pd.DataFrame(columns=list(lists), dtype=object)
    lengths = {len(values) for values in curves.values()}
    if len(lengths) > 1:
        longest = max(lengths)
        if min(lengths) < 2 or any(longest % length for length in lengths):
            raise ValueError("the lists of its curves differ in length")
        n_epochs = min(lengths)
        epochs = [row * n_epochs // longest for row in range(longest)]
        lists = {k: _spread(v, longest) for k, v in curves.items()} | {"epoch": epochs}
    else:
        (length,) = lengths
        lists = {k: v for k, v in lists.items() if len(v) == length}
    return pd.DataFrame(dict(lists), dtype=object)


def _spread(values: list[Any], length: int) -> list[Any]:
    gap = [None] * (length // len(values) - 1)
    return [cell for value in values for cell in (*gap, value)]


def is_document(path: Path) -> bool:
    """Whether a file is JSON by its name, or a log of one dict per line.

    Examples
    --------
    >>> is_document(Path("history.json"))
    True
    """
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        return not path.is_dir()
    if suffix not in (".txt", ".log") or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(1) == b"{"
    except OSError:
        return False
