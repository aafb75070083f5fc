"""A training from the first file of its run folder to the last, or resumed."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from hirise.errors import InputError, error_line
from hirise.files import disk_errors
from hirise.progress import Progress
from hirise.recipes import to_dict
from hirise.runs import Run, RunWriter, create_run
from hirise.runs.manage import CHECKPOINT
from hirise.runs.process import heartbeat
from hirise.runs.tables import LABELS_GIVEN, SPLIT_GIVEN, write_table
from hirise.runs.writer import portable_path
from hirise.training.plan import Plan
from hirise.training.tensorflow_setup import PACKAGES, native_output_to


def train(
    plan: Plan,
    *,
    artifacts: Path,
    title: str | None = None,
    progress: Progress | None = None,
) -> Run:
    """Train `plan` in a new run folder, which can be read meanwhile.

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
        dataset=_dataset_document(plan, artifacts),
        seed=plan.seed,
        packages=PACKAGES,
        notes=plan.splits.notes,
    )
    return run_plan(plan, writer, progress, started=started)


def run_plan(
    plan: Plan, writer: RunWriter, progress: Progress | None, *, started: float
) -> Run:
    """Train into the run folder of `writer`, from its checkpoint on if it has one.

    `started`, in seconds of `time.monotonic`, is when the training began; see `train`.
    """
    artifacts, progress = writer.folder.parent, progress or Progress()
    try:
        with heartbeat(writer.folder):
            _write_given(plan, writer)
            progress.update("Loading TensorFlow")
            with native_output_to(writer.folder / "log.txt"):
                from hirise.training.fit import fit, load
            decoded, plan = load(plan, writer, progress)
            writer.update(dataset=_dataset_document(plan, artifacts))
            changes = fit(plan, decoded, writer, progress)
        seconds = round(time.monotonic() - started, 1)
        writer.finish("finished", seconds=seconds, **changes)
        # Only now: until the status is written the run may have to be resumed.
        with disk_errors(writer.folder):
            (writer.folder / CHECKPOINT).unlink(missing_ok=True)
    except BaseException as error:
        end_failed(writer, error, round(time.monotonic() - started, 1))
        raise
    return writer.read()


def _write_given(plan: Plan, writer: RunWriter) -> None:
    """Write what resuming needs and nothing else in the run tells."""
    if plan.labels is not None:
        writer.write_file(LABELS_GIVEN, partial(write_table, plan.labels))
    if plan.own_split:
        table = plan.table
        used = table.loc[table["split"] != "", ["image", "split"]]
        writer.write_file(SPLIT_GIVEN, partial(write_table, used))
    if plan.parent is not None:
        writer.update(parent=plan.parent, remedies=list(plan.remedies))


def end_failed(writer: RunWriter, error: BaseException, seconds: float) -> None:
    """Write why the run ended; a full disk must not hide the first error."""
    reason = error_line(error)
    if not isinstance(error, InputError):
        reason = f"{type(error).__name__}: {reason}"
    with suppress(InputError):
        if isinstance(error, KeyboardInterrupt | SystemExit):
            writer.finish("interrupted", seconds=seconds)
        else:
            writer.finish("failed", seconds=seconds, error=reason[:1000])


def _dataset_document(plan: Plan, artifacts: Path) -> dict[str, Any]:
    """The dataset in `run.json`."""
    split = plan.split_name
    if not plan.own_split and Path(split).is_file():
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
        **plan.catalog.chosen,
        "layout": plan.catalog.layout,
        "channels": plan.catalog.channels,
        "split": split,
        "fractions": plan.fractions and list(plan.fractions),
        "n_images": int((plan.splits.split != "").sum()),
        "problems": plan.catalog.problem_counts,
    }
