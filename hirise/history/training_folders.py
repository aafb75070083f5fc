"""Folders that a tool makes for a training, known by the file of their curves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from hirise.errors import InputError, shown
from hirise.history.documents import is_document, read_document
from hirise.history.names import curve_of
from hirise.history.source import (
    Reader,
    Source,
    TooManyFiles,
    check_link,
    plain_files,
    several_trainings,
)
from hirise.history.tables import TABLE
from hirise.history.tensorboard import is_event_name

CURVES = (
    "trainer_state.json",  # transformers
    "metrics.csv",  # Lightning's CSVLogger
    "results.csv",  # Ultralytics
    "summary.csv",  # timm
    "history.csv",  # fastai's CSVLogger, Keras
    "history.json",
    "training_log.csv",
    "training.log",
)
"""Files of curves, the ones that tell most first."""
SETTINGS = ("args.yaml", "hparams.yaml", "config.yaml")
_RUN = "run.json"
"""A folder with it is one of hirise's own runs, which is read as such."""
_TOLD = (
    *("model", "arch", "epochs", "max_epochs", "batch", "batch_size", "imgsz"),
    *("optimizer", "lr", "lr0", "learning_rate", "weight_decay", "dropout", "seed"),
)
"""Settings that people are told."""
_PREDICTIONS = (".csv", ".tsv", ".parquet", ".pq", ".npz")
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")
_DEPTH = 2
_MOST_FOLDERS = 2_000
_SETTING = re.compile(r"([A-Za-z_][\w./-]*):[ \t]+(\S.*)")
_MOST_SETTINGS = 200
_MOST_BYTES = 1_000_000


def curves_of(folder: Path) -> Path | None:
    r"""The file in a folder that holds the curves of its training.

    Of the Trainer's checkpoints the last one tells all epochs.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "results.csv")
    ...     _ = path.write_text("epoch,train/loss,metrics/accuracy_top1\n1,0.9,0.5\n")
    ...     curves_of(Path(folder)).name
    'results.csv'
    """
    for name in CURVES:
        path = folder / name
        check_link(path, folder)
        if path.is_file() and _holds_curves(path):
            return path
    checkpoints = sorted(
        (int(match[1]), below)
        for below in folder.glob("checkpoint-*")
        if (match := _CHECKPOINT.fullmatch(below.name)) and not below.is_symlink()
    )
    for _, checkpoint in reversed(checkpoints):
        path = checkpoint / CURVES[0]
        check_link(path, folder)
        if path.is_file():
            return path
    return None


def _holds_curves(path: Path) -> bool:
    if not TABLE.recognises(path):
        return False
    if path.name == CURVES[0] or not is_document(path):
        return True
    try:
        return any(curve_of(str(name)) for name in read_document(path).cells)
    except InputError:
        return False


def trainings_in(folder: Path) -> dict[str, Path]:
    r"""The file of curves by folder: of `folder` itself, or else of those below it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "version_0", "metrics.csv")
    ...     path.parent.mkdir()
    ...     _ = path.write_text("epoch,step,train_loss\n0,49,0.9\n")
    ...     list(trainings_in(Path(folder)))
    ['version_0']
    """
    if (folder / _RUN).exists():
        return {}
    own = curves_of(folder)
    if own is not None:
        return {".": own}
    found = {}
    for below in _folders(folder, _DEPTH):
        path = None if (below / _RUN).exists() else curves_of(below)
        if path is not None:
            found[below.relative_to(folder).as_posix()] = path
    return found


def _folders(folder: Path, depth: int) -> Iterator[Path]:
    below = sorted(
        path
        for path in folder.iterdir()
        if path.is_dir() and not path.is_symlink() and not path.name.startswith(".")
    )
    if len(below) > _MOST_FOLDERS:
        return
    for path in below:
        if not _CHECKPOINT.fullmatch(path.name):
            yield path
            if depth > 1:
                yield from _folders(path, depth - 1)


def predictions_in(folder: Path) -> tuple[Path, ...]:
    r"""The files of predictions beside the curves of a training.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "val_predictions.csv")
    ...     _ = path.write_text("image,y_true,y_pred\na.jpg,crater,other\n")
    ...     [found.name for found in predictions_in(Path(folder))]
    ['val_predictions.csv']
    """
    return tuple(
        path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in _PREDICTIONS
        and "pred" in path.stem.lower()
        and path.is_file()
        and not path.is_symlink()
    )


def notes_of(folder: Path) -> tuple[str, ...]:
    r"""What a folder tells besides its curves: settings, and files that are not read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "args.yaml").write_text("lr0: 0.01\ndata: pets\n")
    ...     notes_of(Path(folder))
    ('Settings: lr0 0.01.',)
    """
    notes = []
    settings = settings_of(folder)
    told = [f"{key} {shown(settings[key])}" for key in _TOLD if key in settings]
    if told:
        notes.append(f"Settings: {', '.join(told)}.")
    several = predictions_in(folder)
    if len(several) > 1:
        names = ", ".join(shown(path.name) for path in several[:3])
        notes.append(
            f"{len(several)} files hold predictions ({names}), so none is read with "
            "the curves. Give one of them."
        )
    return tuple(notes)


def settings_of(folder: Path) -> dict[str, str]:
    r"""The settings that a tool wrote beside its curves, as text.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "args.yaml").write_text("model: small.pt\nlr0: 0.01\n")
    ...     settings_of(Path(folder))
    {'model': 'small.pt', 'lr0': '0.01'}
    """
    for name in SETTINGS:
        path = folder / name
        check_link(path, folder)
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        # Only what stands on one line; nested settings are those of no training.
        found = [m.groups() for m in map(_SETTING.fullmatch, text.splitlines()) if m]
        return {key: value.strip() for key, value in found[:_MOST_SETTINGS]}
    return {}


def _read(folder: Path) -> Source:
    found = trainings_in(folder)
    (name, path), *others = found.items()
    names = [name for name, _ in others] or _event_folders(folder, folder / name)
    if names:
        raise several_trainings(folder, [name, *names], "curves")
    source = TABLE.read(path)
    return replace(source, notes=(*source.notes, *notes_of(folder / name)))


def _event_folders(folder: Path, training: Path) -> list[str]:
    """The folders of event files that are not those of the training."""
    if training == folder / ".":
        return []
    try:
        events = [path.parent for path in plain_files(folder, wanted=is_event_name)]
    except TooManyFiles:
        return []
    others = (place for place in events if not place.is_relative_to(training))
    return sorted({place.relative_to(folder).as_posix() for place in others})


def _is_training(path: Path) -> bool:
    try:
        return path.is_dir() and bool(trainings_in(path))
    except OSError:  # a folder that may not be listed
        return False


FOLDER = Reader(_is_training, _read)
