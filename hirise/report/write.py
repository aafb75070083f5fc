"""Run -> report: gathered, judged, drawn and written."""

from __future__ import annotations

import os
from pathlib import Path

from hirise.diagnosis import Diagnosis, Evidence, diagnose, gather
from hirise.diagnosis.proof import FAILING
from hirise.errors import InputError
from hirise.report.advice import explained, told
from hirise.report.page import Contents, render
from hirise.report.provenance import provenance_of
from hirise.report.sections import detail_sections, overview_section
from hirise.report.worst import gallery_of
from hirise.runs import Run, find_run
from hirise.runs.disk import write_whole

Source = Run | str | os.PathLike[str]


def report_html(
    run: Source,
    *,
    split: str | None = None,
    data: str | os.PathLike[str] | None = None,
    artifacts: str | os.PathLike[str] = "artifacts",
) -> str:
    """The report of a run as one HTML page that asks for nothing.

    Parameters
    ----------
    run : Run, str or path
        A run, its id or the beginning of it, or its folder.
    split : str, optional
        Defaults to val, else test, else the only one.
    data : path, optional
        Folder of the images, where it is not the one that the run names.
    artifacts : path
        Folder of the runs, where `run` is an id.

    Raises
    ------
    InputError
        No such run, split or folder, or a file of the run that cannot be read.
    """
    found = run if isinstance(run, Run) else find_run(Path(artifacts), os.fspath(run))
    evidence = gather(found, split=split)
    folder = None if data is None else Path(data)
    return report_of(found, evidence, diagnose(evidence), data=folder)


def write_report(
    run: Source,
    out: str | os.PathLike[str],
    *,
    split: str | None = None,
    data: str | os.PathLike[str] | None = None,
    artifacts: str | os.PathLike[str] = "artifacts",
    force: bool = False,
) -> Path:
    """Write the report of a run to `out`, whole or not at all; see `report_html`.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    InputError
        As `report_html`; or `out` is there and not `force`, or cannot be written.
    """
    path = Path(out)
    _check_free(path, force=force)
    text = report_html(run, split=split, data=data, artifacts=artifacts)
    _check_free(path, force=force)
    content = text.encode("utf-8", "replace")
    try:
        write_whole(path, lambda beside: beside.write_bytes(content))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{path}: cannot be written ({reason}).") from error
    return path


def report_of(
    run: Run, evidence: Evidence, diagnosis: Diagnosis, *, data: Path | None = None
) -> str:
    """The report of a run whose evidence is gathered and judged; see `report_html`."""
    evaluation = evidence.evaluation
    loud = diagnosis.verdict in FAILING
    return render(
        Contents(
            title=run.info.title,
            run=run.info.id,
            split=evaluation.split if evaluation is not None else "",
            diagnosis=diagnosis,
            overview=overview_section(evaluation, loud=loud),
            causes=explained(diagnosis),
            findings=told(diagnosis),
            sections=tuple(detail_sections(run, evidence, diagnosis)),
            gallery=gallery_of(run, evidence.predictions, data),
            provenance=provenance_of(run, evidence),
        )
    )


def _check_free(path: Path, *, force: bool) -> None:
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a file, such as report.html.")
    if path.exists() and not force:
        raise InputError(
            f"{path}: is there already. Choose another name, or replace it with "
            "--force (`force=True` in Python)."
        )
