"""Going on with a training that was killed or stopped."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from hirise.errors import InputError
from hirise.recipes import from_dict
from hirise.runs import Run, RunWriter
from hirise.runs.given import LABELS_GIVEN, SPLIT_GIVEN, given
from hirise.runs.reopen import why_not_resumed
from hirise.training.plan import FRACTIONS, Plan, make_plan
from hirise.training.reporter import Reporter
from hirise.training.session import carry_out

_KEPT = ["image", "label", "split"]


def plan_of(run: Run) -> Plan:
    """The plan that `run` was carrying out, checked against what it has kept.

    Raises
    ------
    InputError
        If the run cannot be resumed, or its images, labels or split are gone or have
        changed.
    """
    reason = why_not_resumed(run)
    if reason:
        raise InputError(reason)
    return plan_again(run)


def plan_again(run: Run, data: Path | None = None) -> Plan:
    """The plan that made `run`, a run of `hirise train`, whatever became of it.

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
            f"{name}: its images are gone ({data}). Put them back, or train anew."
        )
    plan = make_plan(
        data,
        from_dict(run.info.recipe or {}),
        split=_split(run),
        fractions=_fractions(dataset.get("fractions")),
        seed=run.info.seed or 0,
        labels=given(run.folder, LABELS_GIVEN),
        leave_out=dataset.get("left_out") or (),
    )
    if given(run.folder, SPLIT_GIVEN) is not None:
        # The file in the run's folder is not what people call the split.
        plan = replace(plan, split_name=str(dataset.get("split")), own_sides=True)
    if plan.catalog.fingerprint != dataset.get("fingerprint"):
        raise InputError(
            f"{name}: the images or labels in {data} changed since it was trained. "
            "Restore them, or train anew."
        )
    _check_split(run, plan)
    return plan


def resume(plan: Plan, writer: RunWriter, *, reporter: Reporter | None = None) -> Run:
    """Go on with `plan` in the run of `writer`, from its last finished epoch.

    Parameters
    ----------
    plan : Plan
        From `plan_of`.
    writer : RunWriter
        From `hirise.runs.reopen.reopen_run`.

    Returns
    -------
    Run
        Finished, with what an uninterrupted training would have written, but for the
        times. See `train` for what is raised.
    """
    spent = float(writer.read().history()["seconds"].sum())
    return carry_out(plan, writer, reporter, started=time.monotonic() - spent)


def _split(run: Run) -> str:
    """The kind of split, or its file as an absolute path."""
    own = given(run.folder, SPLIT_GIVEN)
    if own is not None:
        return str(own)
    split = str((run.info.dataset or {})["split"])
    if not split.endswith(".csv") and "/" not in split:
        return split
    path = (run.folder.resolve().parent.parent / Path(split).expanduser()).resolve()
    if not path.is_file():
        raise InputError(
            f"{run.info.id}: its split is gone ({path}). Put the file back, or train "
            "anew."
        )
    return str(path)


def _fractions(kept: list[float] | None) -> tuple[float, float, float]:
    if kept is None:
        return FRACTIONS
    train, val, test = kept
    return train, val, test


def _check_split(run: Run, plan: Plan) -> None:
    """Refuse sides that differ; images that could not be decoded had none."""
    kept = run.catalog()
    if kept is None:
        return
    now = plan.catalog.table.assign(split=plan.sides.split)
    used = kept.loc[kept["split"] != "", _KEPT]
    found = used.merge(now[_KEPT], on="image", how="left", suffixes=("", "_now"))
    if not (found["split"] == found["split_now"]).all():
        raise InputError(
            f"{run.info.id}: the split '{plan.split_name}' changed since it was "
            "trained. Restore it, or train anew."
        )
