"""What `run.json` says: identity, status, recipe, data and versions of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from hirise.errors import InputError, unreadable
from hirise.files import read_json

FORMAT = 1
INFO_FILE = "run.json"

LABELS_AS_SEEN = "as seen in training"
"""`dataset["labels"]` where the catalog only repeats the labels that were seen."""

Status = Literal["training", "finished", "failed", "interrupted", "imported"]
Text = Annotated[str, Meta(min_length=1)]
Seconds = Annotated[float, Meta(ge=0, le=1e11)]


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
        `path`, `fingerprint`, `layout`, `channels` (1 or 3), `split` (a kind, or a
        file's path), `fractions`
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
        `scale` of the pixels, their `channels`, `resize` and `interpolation`, and in
        `columns` which output belongs to each class.
    """

    format: int
    id: Text
    title: Text
    created: Text
    status: Status
    class_names: tuple[str, ...]
    recipe: dict[str, Any] | None = None
    dataset: dict[str, Any] | None = None
    versions: dict[str, str] = field(default_factory=dict)
    seed: int | None = None
    seconds: Seconds | None = None
    error: str | None = None
    notes: tuple[str, ...] = ()
    note: str = ""
    epoch: int | None = None
    job: str | None = None
    pid: Annotated[int, Meta(gt=0)] | None = None
    process_started: Seconds | None = None
    host: str | None = None
    parent: str | None = None
    remedies: tuple[dict[str, Any], ...] = ()
    model: dict[str, Any] | None = None


def read_document(path: Path) -> dict[str, Any]:
    """The JSON object in a file of a run such as `run.json`, of a readable format.

    Raises
    ------
    InputError
        A file that cannot be read, is not JSON, or has another format.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "activations.json")
    ...     _ = path.write_text('{"format": 1, "n_images": 256}')
    ...     read_document(path)["n_images"]
    256
    """
    try:
        document = read_json(path)
    except OSError as error:
        raise unreadable(
            error, where=path, how="Change its permissions, or restore it."
        ) from error
    number = document.get("format") if isinstance(document, dict) else None
    # JSON's true becomes a bool, which is an int in Python.
    if not isinstance(number, int) or isinstance(number, bool):
        raise InputError(
            "This has no format number, so it is not a run of hirise.",
            where=path,
            how=_HOW,
        )
    if number > FORMAT:
        raise InputError(
            f"This has format {number}, newer than {FORMAT}, the newest that this "
            "version of hirise reads.",
            where=path,
            how="Upgrade hirise.",
        )
    return dict(document)


def parse_info(document: Mapping[str, Any], path: Path) -> RunInfo:
    """Check a `run.json` document; keys that this version does not know are ignored.

    Raises
    ------
    InputError
        A key that is missing, or whose value is of another kind.

    Examples
    --------
    >>> info = parse_info(
    ...     {
    ...         "format": 1,
    ...         "id": "20260101-120000-first",
    ...         "title": "First",
    ...         "created": "2026-01-01T12:00:00+00:00",
    ...         "status": "finished",
    ...         "class_names": ["crater", "other"],
    ...         "seed": None,
    ...     },
    ...     Path("run.json"),
    ... )
    >>> info.title, info.class_names, info.seed, info.notes
    ('First', ('crater', 'other'), None, ())
    """
    # null counts as absent: not every field with a default allows None.
    values = {key: value for key, value in document.items() if value is not None}
    try:
        info = msgspec.convert(values, RunInfo)
        msgspec.convert(values, _Inside)
    except (msgspec.ValidationError, RecursionError) as error:
        raise InputError(
            f"This is not in the format that hirise writes ({error}).",
            where=path,
            how=_HOW,
        ) from error
    if len(set(info.class_names)) < len(info.class_names):
        raise InputError(
            "Two classes in `class_names` have the same name.", where=path, how=_HOW
        )
    return info


_HOW = "Restore the file, or delete the folder."


@dataclass(frozen=True)
class _Dataset:
    path: Annotated[str, Meta(pattern=r"^[^\0]*$")] | None = None
    fingerprint: str | None = None
    layout: str | None = None
    split: str | None = None


@dataclass(frozen=True)
class _Remedy:
    key: Text


@dataclass(frozen=True)
class _Model:
    path: Text
    form: Text
    scale: Text
    size: int
    columns: tuple[int, ...]


@dataclass(frozen=True)
class _Inside:
    """What the keys hold that `RunInfo` keeps as they are."""

    dataset: _Dataset | None = None
    remedies: tuple[_Remedy, ...] = ()
    model: _Model | None = None
