"""Evidence from a call: arrays as arguments, or one source of any kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Unpack, cast

import numpy as np
import pandas as pd

from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.objects import Known, is_curves, source_of, write_curves
from hirise.diagnosis.sources import Options, Reading, gather_source
from hirise.errors import InputError, nearest
from hirise.predictions import Predictions
from hirise.predictions.arguments import class_names_of
from hirise.predictions.decisions import Decisions
from hirise.progress import Progress


class Arguments(Options, Decisions, total=False):
    """The keyword arguments of `diagnose` and `evidence_of`."""

    y_true: Any
    proba: Any
    logits: Any
    images: Any
    groups: Any
    class_names: Any
    columns: Mapping[str, str] | None


ARRAYS = ("y_true", "y_pred", "y_score", "proba", "logits", "images", "groups")

_SYNONYMS = {
    "y_true": "labels targets target true ground_truth y actual references",
    "y_pred": "predictions preds pred predicted predicted_labels y_hat",
    "proba": "probabilities probs prob scores y_prob y_proba softmax confidence",
    "class_names": "classes names target_names label_names categories id2label",
    "images": "image filenames files paths image_names",
    "groups": "group patients",
}


def evidence_of(
    source: Any = None,
    y_pred: Any = None,
    y_score: Any = None,
    *,
    progress: Progress | None = None,
    **arguments: Unpack[Arguments],
) -> Evidence:
    """Collect what a source or arrays hold about one split, for `diagnose`.

    Parameters
    ----------
    source : array-like, or what `diagnose` takes
        The true labels, with `y_pred` or scores beside them; or one source.
    y_pred, y_score, **arguments
        As in `diagnose`.
    progress : Progress, optional
        Counts the images of `data` where they have to be decoded.

    Raises
    ------
    InputError
        What cannot be read or evaluated, saying what, where and how to fix it.

    Examples
    --------
    >>> evidence_of(["a", "b"], ["a", "a"]).evaluation.n_images
    2
    """
    call = understood(source, y_pred, y_score, **arguments)
    if isinstance(call.source, pd.DataFrame | Mapping) and is_curves(call.source):
        with curves_file(call.source) as path:
            evidence = gather_source(path, progress=progress, **call.options)
        return replace(evidence, source="curves")
    return gather_source(call.source, progress=progress, **call.reading, **call.options)


class Call(NamedTuple):
    """A call as it was understood: a source, how it is read, and what is said of it."""

    source: Known
    reading: Reading
    options: Options


def understood(
    source: Any = None,
    y_pred: Any = None,
    y_score: Any = None,
    **arguments: Unpack[Arguments],
) -> Call:
    """The source of a call with the arguments of `diagnose`.

    Raises
    ------
    TypeError
        Unknown arguments, or nothing that can be diagnosed.
    InputError
        Objects that cannot be evaluated.

    Examples
    --------
    >>> call = understood(["a", "b"], logits=[[1.0, 2.0], [0.5, -1.0]], split="val")
    >>> sorted(call.source), call.options
    (['logits', 'y_true'], {'split': 'val'})
    """
    check_names(arguments)
    arrays, logits = _arrays(y_pred, y_score, arguments)
    names = arguments.get("class_names")
    columns = arguments.get("columns") or {}
    found = source_of(source, arrays, class_names=names)
    if isinstance(found.source, Predictions) and found.source is not source:
        names = None  # of a confusion matrix, which has them now
    reading = Reading(
        logits=logits,
        class_names=None if names is None else class_names_of(names),
        columns={**found.columns, **columns} or None,
    )
    reading.update(cast(Reading, _named(arguments, Decisions)))
    return Call(found.source, reading, cast(Options, _named(arguments, Options)))


def _named(arguments: Mapping[str, Any], kind: type[Any]) -> dict[str, Any]:
    """Those arguments that are keys of a TypedDict."""
    known = kind.__annotations__
    return {name: value for name, value in arguments.items() if name in known}


def _arrays(
    y_pred: Any, y_score: Any, arguments: Arguments
) -> tuple[dict[str, Any], bool]:
    """The arrays that are there, and whether their scores are logits."""
    values = {"y_pred": y_pred, "y_score": y_score, **arguments}
    is_flag = isinstance(values.get("logits"), bool | np.bool_)
    logits = bool(values.pop("logits")) if is_flag else False
    found = {name: values[name] for name in ARRAYS if values.get(name) is not None}
    return found, logits


@contextmanager
def curves_file(curves: pd.DataFrame | Mapping[str, Any]) -> Iterator[Path]:
    """A file of curves in memory for a while, so that they are read as any file is.

    Examples
    --------
    >>> with curves_file({"loss": [0.5, 0.25]}) as path:
    ...     path.read_text()
    '{"loss": [0.5, 0.25]}'
    """
    with TemporaryDirectory() as folder:
        path = Path(folder, "curves.json")
        write_curves(curves, path)
        try:
            yield path
        except InputError as error:
            raise InputError(error.refusal.what, how=error.refusal.how) from error


def check_names(arguments: Mapping[str, Any]) -> None:
    """Refuse keyword arguments that do not exist, naming the one that is meant.

    Examples
    --------
    >>> check_names({"preds": [0, 1]})
    Traceback (most recent call last):
        ...
    TypeError: There is no argument `preds`. Did you mean `y_pred`?
    """
    known = [*Arguments.__annotations__, *Options.__annotations__, "y_pred", "y_score"]
    for name in arguments:
        if name in known:
            continue
        meant = [key for key, words in _SYNONYMS.items() if name in words.split()]
        offer = f" Did you mean `{meant[0]}`?" if meant else nearest(name, known)
        raise TypeError(f"There is no argument `{name}`.{offer}")
