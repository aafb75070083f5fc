"""A run as event files of TensorBoard, in a folder that appears whole or as a zip."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd

from hirise.diagnosis import Diagnosis, Evidence, diagnose, gather
from hirise.errors import InputError
from hirise.files import disk_errors, whole_folder
from hirise.history.event_files import (
    scalar_event,
    text_event,
    version_event,
    write_records,
)
from hirise.runs import Run

CURVES = ("loss", "accuracy", "balanced_accuracy", "macro_f1")
FARTHEST = 2**40
"""Epochs beyond are none; a step must fit into 64 bits."""
_PREFIXES = {"train": "", "val": "val_"}
"""Of the columns of `history.csv`, by split."""
_FOLDERS = {"val": "validation"}
"""Keras calls the folder so, and curves overlay where tags are the same."""
_LONGEST = 80
_NOT_IN_TAGS = re.compile(r"[^-\w.]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]#!])")


def export_tensorboard(run: Run, folder: Path) -> Path:
    """Write a run's event files into a folder of its own in `folder`, a log folder.

    TensorBoard shows all exports in one log folder side by side.

    Returns
    -------
    Path
        The folder that was made, with the name of the run's.

    Raises
    ------
    InputError
        It exists already or cannot be written, or there is nothing to export.
    """
    name = run.folder.resolve().name
    target = folder / name
    if os.path.lexists(target):
        raise _exists(target)
    files = event_files(run)
    try:
        with (
            disk_errors(folder, elsewhere="name another folder"),
            whole_folder(target) as unfinished,
        ):
            for path, content in files.items():
                _write(unfinished / path, content)
    except InputError as error:
        if os.path.lexists(target):  # another export was quicker
            raise _exists(target) from error
        raise
    return target


def tensorboard_zip(run: Run) -> bytes:
    """The same as a zip file, which holds the folder of the run.

    Raises
    ------
    InputError
        A run without curves and predictions, or one that cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=["a", "b"])
    ...     writer.append_epoch({"epoch": 1, "loss": 0.9, "accuracy": 0.5})
    ...     content = tensorboard_zip(writer.read())
    >>> len(zipfile.ZipFile(io.BytesIO(content)).namelist())
    1
    """
    name = run.folder.resolve().name
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, events in event_files(run).items():
            archive.writestr(f"{name}/{path}", events)
    return content.getvalue()


def event_files(run: Run) -> dict[str, bytes]:
    """The event files of a run: path in the log folder -> content.

    As Keras does it, `train/` and `validation/` hold the same tags, counted from step
    0: `epoch_loss`, `epoch_accuracy`, `epoch_macro_f1`, `epoch_balanced_accuracy` and
    `epoch_learning_rate`. So do `predicted_share/<class>`. The folder of each split
    with predictions holds `final/<metric>` and a text `verdict`.

    Raises
    ------
    InputError
        A run without curves and predictions, or one that cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     writer = create_run(Path(folder), title="Small", class_names=["a", "b"])
    ...     writer.append_epoch({"epoch": 1, "loss": 0.9, "accuracy": 0.5})
    ...     [path.split("/")[0] for path in event_files(writer.read())]
    ['train']
    """
    history = _numbers(run.history())
    frequencies = _predicted_frequencies(run.predicted_counts())
    clock = _Clock(run, history)
    events: dict[str, list[bytes]] = defaultdict(list)
    for split, prefix in _PREFIXES.items():
        events[split] += _curves(history, prefix, clock)
    for split, class_name, tag, epoch, value in frequencies.itertuples(index=False):
        name = f"predicted_share/{tag}"
        events[split].append(clock.point(name, value, epoch, shown_as=class_name))
    if not run.splits() and not any(events.values()):
        raise InputError(
            "The run holds neither curves nor predictions.",
            where=run.info.id,
            how="Export it once an epoch is done.",
        )
    for evaluated in run.splits() or (None,):
        evidence = gather(run, split=evaluated)
        place = evaluated or ("val" if events["val"] else "train")
        events[place] += _verdict_events(run, evidence, clock)
    filled = [split for split, of_split in events.items() if of_split]
    folders = folders_of(filled)
    # TensorBoard reads the files whose name holds `tfevents`.
    name = f"events.out.tfevents.{clock.begin:.0f}.hirise"
    first = version_event(clock.begin)
    return {
        f"{folders[split]}/{name}": write_records([first, *events[split]])
        for split in filled
    }


def folders_of(splits: Iterable[str]) -> dict[str, str]:
    """A folder for each split, whose name may be any text.

    Examples
    --------
    >>> folders_of(["val", "a/b"])
    {'val': 'validation', 'a/b': 'a%2Fb'}
    """
    return _distinct({split: _folder(split) for split in splits})


def tags_of(names: Iterable[str]) -> dict[str, str]:
    """The last part of a tag for each class: letters, digits, `_`, `-` and `.`.

    Examples
    --------
    >>> tags_of(["slope streak", "slope_streak"])
    {'slope streak': 'slope_streak', 'slope_streak': 'slope_streak-2'}
    """
    return _distinct({name: _NOT_IN_TAGS.sub("_", name)[:_LONGEST] for name in names})


def markdown(text: str) -> str:
    r"""`text` in one line that Markdown shows as it is.

    Examples
    --------
    >>> print(markdown("a *b*"))
    a \*b\*
    """
    return _MARKDOWN.sub(r"\\\1", escape(" ".join(text.split()), quote=False))


def verdict_text(
    run: Run, evidence: Evidence, diagnosis: Diagnosis, scores: pd.DataFrame
) -> str:
    """The sentence, and the scores with their intervals, as Markdown."""
    lines = [f"**{markdown(run.info.title)}**", "", markdown(diagnosis.sentence)]
    if len(scores):
        assert evidence.evaluation is not None
        lines += ["", f"{evidence.evaluation.n_evaluated:,} images", ""]
        lines += ["| metric | value | 95% CI |", "|---|---|---|"]
    for key, row in scores.iterrows():
        name = str(key).replace("_", " ")
        value, low, high = row["value"], row["low"], row["high"]
        dash = " to " if low < 0 else "–"
        interval = "" if np.isnan(low) else f"{low:.3f}{dash}{high:.3f}"
        lines.append(f"| {name} | {value:.3f} | {interval} |")
    return "\n".join(lines)


def _folder(split: str) -> str:
    name = quote(_FOLDERS.get(split, split), safe="")[:_LONGEST]
    return name if name.strip(".") else f"split-{name}"


def _distinct(names: dict[str, str]) -> dict[str, str]:
    """The same, with numbers where two would be equal but for capitals."""
    taken: set[str] = set()
    distinct = {}
    for name, wanted in names.items():
        number, free = 1, wanted
        while free.casefold() in taken:
            number += 1
            free = f"{wanted}-{number}"
        taken.add(free.casefold())
        distinct[name] = free
    return distinct


class _Clock:
    """When each epoch ended; TensorBoard's relative time is that of the training."""

    def __init__(self, run: Run, history: pd.DataFrame) -> None:
        try:
            self.begin = max(0.0, datetime.fromisoformat(run.info.created).timestamp())
        except (ValueError, OverflowError, OSError):
            self.begin = 0.0
        ends = history["seconds"].fillna(0.0).clip(0, 1e9).cumsum() + self.begin
        self._ends = dict(zip(history["epoch"].astype(int), ends, strict=True))
        self._last = max(self._ends.values(), default=self.begin)
        last = max(self._ends, default=1)
        self.last_epoch = min(
            last if run.info.epoch is None else run.info.epoch, FARTHEST
        )

    def point(self, tag: str, value: float, epoch: int, *, shown_as: str = "") -> bytes:
        step, time = self.at(epoch)
        return scalar_event(tag, value, step=step, wall_time=time, shown_as=shown_as)

    def at(self, epoch: int) -> tuple[int, float]:
        """Step and time; Keras counts epochs from 0 here."""
        return epoch - 1, self._ends.get(epoch, self._last)


def _numbers(history: pd.DataFrame) -> pd.DataFrame:
    table: pd.DataFrame = history.apply(pd.to_numeric, errors="coerce")
    return table.loc[table["epoch"].between(1, FARTHEST)]


def _curves(history: pd.DataFrame, prefix: str, clock: _Clock) -> Iterator[bytes]:
    columns = {f"epoch_{name}": f"{prefix}{name}" for name in CURVES}
    if not prefix:
        columns["epoch_learning_rate"] = "learning_rate"
    known = history[f"{prefix}accuracy"].notna()
    for tag, column in columns.items():
        # A loss that is not a number tells something, if that epoch was measured.
        kept = history[column].notna() | (known & column.endswith("loss"))
        for epoch, value in history.loc[kept, ["epoch", column]].to_numpy(dtype=float):
            yield clock.point(tag, value, int(epoch))


def _predicted_frequencies(counts: pd.DataFrame) -> pd.DataFrame:
    """`split`, `class_name`, `tag`, `epoch` and `frequency`, by epoch."""
    counts = counts.assign(
        n=pd.to_numeric(counts["n"], errors="coerce"),
        epoch=pd.to_numeric(counts["epoch"], errors="coerce"),
    )
    counts = counts[counts["epoch"].between(1, FARTHEST) & counts["n"].notna()]
    tags = tags_of(dict.fromkeys(counts["class_name"]))
    total = counts.groupby(["split", "epoch"])["n"].transform("sum")
    frequencies = counts.assign(
        tag=counts["class_name"].map(tags),
        frequency=counts["n"] / total,
        epoch=counts["epoch"].astype("int64"),
    )
    kept = frequencies[total > 0].sort_values("epoch", kind="stable")
    return kept[["split", "class_name", "tag", "epoch", "frequency"]]


def _verdict_events(run: Run, evidence: Evidence, clock: _Clock) -> Iterator[bytes]:
    scores = _scores(evidence)
    for key, value in scores["value"].items():
        yield clock.point(f"final/{key}", value, clock.last_epoch)
    step, time = clock.at(clock.last_epoch)
    text = verdict_text(run, evidence, diagnose(evidence), scores)
    yield text_event("verdict", text, step=step, wall_time=time)


def _scores(evidence: Evidence) -> pd.DataFrame:
    """`value`, `low` and `high` of each metric that is defined, by its key."""
    measured = evidence.evaluation
    bounds = (
        {}
        if measured is None
        else {key: measured.bounds(key) for key in measured.metric_keys}
    )
    table = pd.DataFrame.from_dict(
        bounds, orient="index", columns=["value", "low", "high"], dtype=float
    )
    return table.dropna(subset=["value"])


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _exists(target: Path) -> InputError:
    return InputError(
        "The export exists already, and an export is never overwritten.",
        where=target,
        how="Delete it, or name another folder.",
    )
