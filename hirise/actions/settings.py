"""What differs in the settings of runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

from hirise.actions import StrPath, resolve_run
from hirise.progress import Progress
from hirise.runs import Run

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SettingsRequest:
    """Runs whose settings are compared.

    Attributes
    ----------
    runs : tuple of str, path or Run
        Ids or folders of the runs, or the runs.
    all : bool
        Also the settings that are the same in all.
    artifacts : path
        Folder of the runs.
    """

    runs: tuple[str, ...]
    _: KW_ONLY
    all: bool = False
    artifacts: StrPath = "artifacts"


def settings(
    request: SettingsRequest, *, progress: Progress | None = None
) -> pd.DataFrame:
    """The settings of runs beside each other, as text.

    Returns
    -------
    DataFrame
        One row per setting, whose name is the index, and one column per run, named by
        its id. "" where a run does not tell it.

    Raises
    ------
    InputError
        If there is no such run.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     runs = tuple(
    ...         create_run(
    ...             Path(folder), title=f"{rate}", class_names=["a"], recipe=recipe
    ...         ).id
    ...         for rate in (0.1, 0.2)
    ...         if (recipe := {"epochs": 3, "learning_rate": rate})
    ...     )
    ...     table = settings(SettingsRequest(runs, artifacts=folder))
    >>> table.index.tolist(), table.to_numpy().tolist()
    (['learning rate'], [['0.1', '0.2']])
    """
    import pandas as pd

    runs = [resolve_run(run, request.artifacts) for run in request.runs]
    columns = {run.info.id: settings_of(run) for run in runs}
    names = list(dict.fromkeys(name for found in columns.values() for name in found))
    table = pd.DataFrame(
        {
            run: [found.get(name, "") for name in names]
            for run, found in columns.items()
        },
        index=pd.Index(names, name="setting"),
        dtype="str",
    )
    if request.all or not runs:
        return table
    return table[table.ne(table.iloc[:, 0], axis=0).any(axis=1)]


def settings_of(run: Run) -> dict[str, str]:
    """Every setting of a run by name, as text: recipe, data, seed and remedies."""
    info = run.info
    dataset = {
        f"data: {key}": value
        for key, value in (info.dataset or {}).items()
        if key != "fingerprint"
    }
    remedies = {
        f"remedy: {one['key']}": one.get("parameters") or "yes" for one in info.remedies
    }
    classes = {"classes": len(info.class_names), "seed": info.seed}
    found = {**(info.recipe or {}), **classes, **dataset, **remedies}
    return {
        key.replace("_", " "): _text(value)
        for key, value in found.items()
        if value is not None
    }


def _text(value: Any) -> str:
    """A value as people write it; those of an import may be nested."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_text(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
