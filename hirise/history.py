"""Training curves from anywhere: Keras' History as JSON or CSV -> one row per epoch."""

import json
from pathlib import Path

import pandas as pd

from hirise.errors import InputError
from hirise.predictions import read_columns

_ALIASES = {
    "acc": "accuracy",
    "categorical_accuracy": "accuracy",
    "sparse_categorical_accuracy": "accuracy",
    "binary_accuracy": "accuracy",
    "lr": "learning_rate",
}
MOST_BYTES = 50_000_000
_KNOWN = {"loss", "accuracy", "balanced_accuracy", "macro_f1"}


def read_history(path: Path) -> pd.DataFrame:
    """Read a history: columns `epoch` (from 1), `loss`, `accuracy`, `val_loss`….

    JSON holds a dict of lists (Keras' `History.history`) or a list of one dict per
    epoch; a CSV holds one row per epoch (Keras' `CSVLogger`).

    Raises
    ------
    InputError
        Not a history: which columns were found, or which value is no number.
    """
    table = (
        _read_json(path) if path.suffix.lower() == ".json" else read_columns(path)[0]
    )
    table = table.rename(columns=_plain_name)
    table = table.loc[:, ~table.columns.duplicated()]  # accuracy under two names
    curves = [c for c in table.columns if c.removeprefix("val_") in _KNOWN]
    if not curves or table.empty:
        found = ", ".join(repr(str(c)) for c in table.columns[:6]) or "none"
        raise InputError(
            f"{path}: no training curves found (columns: {found}). Expected are "
            f"`loss`, `accuracy`, `val_loss`, `val_accuracy`, one row per epoch."
        )
    numbers = {c: _numbers(path, table[c]) for c in curves}
    return pd.DataFrame({"epoch": range(1, len(table) + 1), **numbers})


def curve_of(column: str) -> str | None:
    """The curve that a column holds, such as `val_accuracy`; None for none of ours."""
    name = _plain_name(column)
    return name if name.removeprefix("val_") in _KNOWN else None


def _plain_name(column: object) -> str:
    name = str(column).strip()
    prefix = "val_" if name.startswith("val_") else ""
    bare = name.removeprefix("val_")
    return prefix + _ALIASES.get(bare, bare)


def _numbers(path: Path, column: pd.Series) -> pd.Series:
    try:
        return pd.to_numeric(column).astype(float)
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError(
            f"{path}: `{column.name}` is not all numbers ({error})."
        ) from error


def _is_epoch(row: object) -> bool:
    return isinstance(row, dict)


def _read_json(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(f"{path}: no such file.")
    if path.stat().st_size > MOST_BYTES:
        raise InputError(
            f"{path}: is larger than {MOST_BYTES / 1e6:.0f} MB, so it is no history."
        )
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(document, dict) and isinstance(document.get("history"), dict):
            document = document["history"]
        if isinstance(document, dict):
            document = {k: v for k, v in document.items() if isinstance(v, list)}
        elif not (isinstance(document, list) and all(map(_is_epoch, document))):
            raise ValueError("it is neither a dict nor a list of dicts")
        return pd.DataFrame(document)
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(
            f"{path}: not a history in JSON ({str(error).splitlines()[0]}). Expected "
            f"is Keras' `History.history`: a list of numbers per curve."
        ) from error
