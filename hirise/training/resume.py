"""A training that was killed or stopped, resumed from its last finished epoch."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from hirise.data.splits import FRACTIONS
from hirise.errors import InputError
from hirise.progress import Progress
from hirise.recipes import from_dict
from hirise.runs import Run, RunWriter
from hirise.runs.manage import check_resumable
from hirise.runs.tables import LABELS_GIVEN, SPLIT_GIVEN, given_file
from hirise.training.plan import Plan, make_plan
from hirise.training.session import run_plan


def plan_of(run: Run) -> Plan:
    """The plan of a run that can be resumed, checked against its files.

    Raises
    ------
    InputError
        If the run cannot be resumed, or its images, labels or split are gone or have
        changed.
    """
    refusal = check_resumable(run)
    if refusal is not None:
        raise refusal.error()
    return plan_again(run)


def plan_again(run: Run, data: Path | None = None) -> Plan:
    """The plan of `run`, a run of `hirise train` that ended in any way.

    Parameters
    ----------
    run : Run
    data : Path, optional
        Where the images are now; by default where they were.

    Raises
    ------
    InputError
        If images, labels or split are gone or have changed.
    """
    name, dataset = run.info.id, run.info.dataset or {}
    data = run.dataset_path if data is None else data
    if data is None or not data.exists():
        raise InputError(
            f"{name}: its images are gone ({data}).",
            how="Put them back, or retrain.",
        )
    fractions = dataset.get("fractions")
    plan = make_plan(
        data,
        from_dict(run.info.recipe or {}),
        split=_split_of(run),
        fractions=FRACTIONS if fractions is None else tuple(fractions),
        seed=run.info.seed or 0,
        label_column=run.label_column,
        labels=given_file(run.folder, LABELS_GIVEN),
        leave_out=dataset.get("left_out") or (),
    )
    if given_file(run.folder, SPLIT_GIVEN) is not None:
        # The name of the split is not that of the file in the run folder.
        plan = replace(plan, split_name=str(dataset.get("split")), own_split=True)
    if plan.catalog.fingerprint != dataset.get("fingerprint"):
        raise InputError(
            f"{name}: the images or labels in {data} have changed since it was "
            "trained.",
            how="Restore them, or retrain.",
        )
    # Runs from before colour was read record no channels: they were shown grey.
    channels = int(dataset.get("channels", 1))
    plan = replace(plan, catalog=replace(plan.catalog, channels=channels))
    _check_split(run, plan)
    return plan


def resume(plan: Plan, writer: RunWriter, *, progress: Progress | None = None) -> Run:
    """Go on with `plan` in the run of `writer`, from its last finished epoch.

    Parameters
    ----------
    plan : Plan
        From `plan_of`.
    writer : RunWriter
        From `hirise.runs.manage.reopen_run`.

    Returns
    -------
    Run
        Finished, with what an uninterrupted training would have written, but for the
        times. See `train` for what is raised.
    """
    # The time of earlier epochs counts, so that `seconds` is that of all.
    spent = float(writer.read().history()["seconds"].sum())
    return run_plan(plan, writer, progress, started=time.monotonic() - spent)


def _split_of(run: Run) -> str:
    """The kind of split, or its file as an absolute path."""
    own = given_file(run.folder, SPLIT_GIVEN)
    if own is not None:
        return str(own)
    split = str((run.info.dataset or {})["split"])
    if not split.endswith(".csv") and "/" not in split:
        return split
    path = (run.folder.resolve().parent.parent / Path(split).expanduser()).resolve()
    if not path.is_file():
        raise InputError(
            f"{run.info.id}: its split is gone ({path}).",
            how="Put the file back, or retrain.",
        )
    return str(path)


def _check_split(run: Run, plan: Plan) -> None:
    """Refuse splits that differ; images that could not be decoded were in none."""
    table = run.catalog()
    if table is None:
        return
    used = table.loc[table["split"] != "", ["image", "split"]]
    current = plan.table[["image", "split"]]
    both = used.merge(current, on="image", how="left", suffixes=("", "_now"))
    if not (both["split"] == both["split_now"]).all():
        raise InputError(
            f"{run.info.id}: the split '{plan.split_name}' has changed since it was "
            "trained.",
            how="Restore it, or retrain.",
        )
