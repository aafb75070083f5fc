"""What `run.json` says: identity, status, recipe, data and versions of a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from hirise.errors import InputError

FORMAT = 1
INFO_FILE = "run.json"

LABELS_AS_SEEN = "as seen in training"
"""`dataset["labels"]` where the catalog only repeats the labels that were seen."""

Status = Literal["training", "finished", "failed", "interrupted", "imported"]


@dataclass(frozen=True)
class RunInfo:
    """The contents of `run.json`.

    Attributes
    ----------
    format : int
        Version of the folder's format; a larger one than `FORMAT` is refused.
    id, title : str
        The folder's name, and what people call the run.
    created : str
        ISO 8601 time with offset.
    status : str
        `training`, `finished`, `failed`, `interrupted` or `imported`; a training whose
        process is gone reads as `interrupted`.
    class_names : tuple of str
        In the order of the label ids.
    recipe : dict or None
        Every setting of the training.
    dataset : dict or None
        `path`, `fingerprint`, `layout`, `split` (a kind, or a file's path), `fractions`
        and `n_images`.
    versions : dict
        Package name to version.
    seed, seconds : number or None
        Seed of split and training; time the training took.
    error : str or None
        Why a training failed, or stopped early because of a broken loss.
    notes : tuple of str
        What the reader should know, such as classes that a split could not serve.
    note : str
        What a person wrote about the run.
    epoch : int or None
        The epoch, counted from 1, whose weights made the predictions.
    job : str or None
        The job of `hirise.jobs` that made the run.
    pid, process_started, host
        The training process, while there is one.
    parent : str or None
        The id of the run that this one cures.
    remedies : tuple of dict
        What cured it, in order: each with `key` and `parameters`.
    model : dict or None
        Of a prediction: the `path` of the model's file, its `form` and `size`, the
        `scale` of the pixels, and in `columns` which output belongs to each class.
    """

    format: int
    id: str
    title: str
    created: str
    status: Status
    class_names: tuple[str, ...]
    recipe: dict[str, Any] | None = None
    dataset: dict[str, Any] | None = None
    versions: dict[str, str] = field(default_factory=dict)
    seed: int | None = None
    seconds: float | None = None
    error: str | None = None
    notes: tuple[str, ...] = ()
    note: str = ""
    epoch: int | None = None
    job: str | None = None
    pid: int | None = None
    process_started: float | None = None
    host: str | None = None
    parent: str | None = None
    remedies: tuple[dict[str, Any], ...] = ()
    model: dict[str, Any] | None = None


def read_document(path: Path) -> dict[str, Any]:
    """The JSON object in the `run.json` at `path`, of a format that can be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise InputError(
            f"{path}: is not JSON ({error}). Restore it, or delete the folder."
        ) from error
    found = document.get("format") if isinstance(document, dict) else None
    if not isinstance(found, int) or isinstance(found, bool):
        raise InputError(
            f"{path}: has no format number, so it is not a run of hirise. "
            "Restore it, or delete the folder."
        )
    if found > FORMAT:
        raise InputError(
            f"{path}: has format {found}, newer than {FORMAT}, the newest that this "
            "version of hirise reads. Upgrade hirise."
        )
    return dict(document)


def parse_info(document: Mapping[str, Any], path: Path) -> RunInfo:
    """Check a `run.json` document; keys that this version does not know are ignored."""
    known = {item.name for item in fields(RunInfo)}
    values = {key: value for key, value in document.items() if key in known}
    wrong = [key for key, fits in _RULES.items() if not fits(values.get(key))]
    if wrong:
        raise InputError(
            f"{path}: `{wrong[0]}` is missing or not of the right kind. "
            "Restore the file, or delete the folder."
        )
    values["class_names"] = tuple(values["class_names"])
    values["notes"] = tuple(values.get("notes") or ())
    values["remedies"] = tuple(values.get("remedies") or ())
    values["note"] = values.get("note") or ""
    values["versions"] = values.get("versions") or {}
    return RunInfo(**values)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_remedies(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and _is_text(item.get("key")) for item in value
    )


def _is_model(value: object) -> bool:
    return (
        isinstance(value, dict)
        and all(_is_text(value.get(key)) for key in ("path", "form", "scale"))
        and isinstance(value.get("size"), int)
        and isinstance(value.get("columns"), list)
        and all(isinstance(one, int) for one in value["columns"])
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_RULES: dict[str, Callable[[Any], bool]] = {
    "id": _is_text,
    "title": _is_text,
    "created": _is_text,
    "status": lambda value: value in get_args(Status),
    "class_names": _is_texts,
    "recipe": lambda value: value is None or isinstance(value, dict),
    "dataset": lambda value: value is None or isinstance(value, dict),
    "versions": lambda value: value is None or isinstance(value, dict),
    "seed": lambda value: value is None or isinstance(value, int),
    "seconds": lambda value: value is None or _is_number(value),
    "error": lambda value: value is None or isinstance(value, str),
    "notes": lambda value: value is None or _is_texts(value),
    "note": lambda value: value is None or isinstance(value, str),
    "job": lambda value: value is None or isinstance(value, str),
    "epoch": lambda value: value is None or isinstance(value, int),
    "pid": lambda value: value is None or isinstance(value, int),
    "process_started": lambda value: value is None or _is_number(value),
    "host": lambda value: value is None or isinstance(value, str),
    "parent": lambda value: value is None or isinstance(value, str),
    "remedies": lambda value: value is None or _is_remedies(value),
    "model": lambda value: value is None or _is_model(value),
}
