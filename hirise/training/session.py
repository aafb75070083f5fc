"""One training, from its run folder's first file to its last."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from hirise.errors import InputError
from hirise.native import native_output_to
from hirise.recipes import to_dict
from hirise.runs import Run, RunWriter, create_run
from hirise.runs.disk import disk_errors
from hirise.runs.given import LABELS_GIVEN, SPLIT_GIVEN, write_table
from hirise.runs.heartbeat import beating
from hirise.runs.reopen import CHECKPOINT
from hirise.runs.writer import portable_path
from hirise.training.plan import Plan
from hirise.training.reporter import Reporter, Silent


def train(
    plan: Plan,
    *,
    artifacts: Path,
    title: str | None = None,
    reporter: Reporter | None = None,
) -> Run:
    """Carry out `plan` in a new run folder, which can be read meanwhile.

    The same plan gives the same predictions, to the last bit, on the same machine.

    Parameters
    ----------
    artifacts : Path
        Where the run folder is made.
    title : str, optional
        The recipe's name by default.

    Returns
    -------
    Run
        Finished. A loss that became NaN or infinite ends the training early, with the
        reason in `info.error`, and the run still finishes.

    Raises
    ------
    InputError
        If the disk or the memory gives out; the run then reads as failed.
    KeyboardInterrupt
        On Ctrl-C; the run then reads as interrupted and keeps what it has.
    """
    started = time.monotonic()
    writer = create_run(
        artifacts,
        title=title or plan.recipe.name,
        class_names=plan.catalog.class_names,
        recipe=to_dict(plan.recipe),
        dataset=_described(plan, artifacts),
        seed=plan.seed,
        packages=("tensorflow", "tensorflow-cpu", "keras"),
        notes=plan.sides.notes,
    )
    return carry_out(plan, writer, reporter, started=started)


def carry_out(
    plan: Plan, writer: RunWriter, reporter: Reporter | None, *, started: float
) -> Run:
    """Train into the run folder of `writer`, from its checkpoint on if it has one.

    `started`, in seconds of `time.monotonic`, is when the training began; see `train`.
    """
    artifacts = writer.folder.parent
    try:
        with beating(writer.folder):
            _keep_given(plan, writer)
            with native_output_to(writer.folder / "log.txt"):
                from hirise.training.fit import fit, load
            decoded, plan = load(plan, writer)
            writer.update(dataset=_described(plan, artifacts))
            changes = fit(plan, decoded, writer, reporter or Silent())
        seconds = round(time.monotonic() - started, 1)
        writer.finish("finished", seconds=seconds, **changes)
        with disk_errors(writer.folder):
            (writer.folder / CHECKPOINT).unlink(missing_ok=True)
    except BaseException as error:
        leave(writer, error, round(time.monotonic() - started, 1))
        raise
    return writer.read()


def _keep_given(plan: Plan, writer: RunWriter) -> None:
    """What the plan was given and nothing else would tell, should it be resumed."""
    if plan.labels is not None:
        writer.write_file(LABELS_GIVEN, partial(write_table, plan.labels))
    if plan.own_sides:
        table = pd.DataFrame(
            {"image": plan.catalog.table["image"], "split": plan.sides.split}
        )
        used = table[table["split"] != ""]
        writer.write_file(SPLIT_GIVEN, partial(write_table, used))
    if plan.parent is not None:
        writer.update(parent=plan.parent, remedies=list(plan.remedies))


def leave(writer: RunWriter, error: BaseException, seconds: float) -> None:
    """Say in the run why it ended; a full disk must not hide the first error."""
    reason = " ".join(str(error).split()) or type(error).__name__
    if not isinstance(error, InputError):
        reason = f"{type(error).__name__}: {reason}"
    with suppress(InputError):
        if isinstance(error, KeyboardInterrupt | SystemExit):
            writer.finish("interrupted", seconds=seconds)
        else:
            writer.finish("failed", seconds=seconds, error=reason[:1000])


def _described(plan: Plan, artifacts: Path) -> dict[str, Any]:
    """What `run.json` says of the dataset."""
    split = plan.split_name
    if not plan.own_sides and Path(split).is_file():
        split = portable_path(Path(split), artifacts)
    changed: dict[str, Any] = {}
    if plan.left_out:
        changed["left_out"] = list(plan.left_out)
    if plan.labels is not None:
        changed["labels_given"] = True
    return {
        **changed,
        "path": portable_path(plan.catalog.root, artifacts),
        "fingerprint": plan.catalog.fingerprint,
        "layout": plan.catalog.layout,
        "split": split,
        "fractions": plan.fractions and list(plan.fractions),
        "n_images": int((plan.sides.split != "").sum()),
        "problems": plan.catalog.problem_counts,
    }
