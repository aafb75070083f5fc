"""Write a run as one HTML file."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from importlib.util import find_spec
from pathlib import Path

from hirise.actions import RunLike, StrPath, resolve_run
from hirise.diagnosis.configuration import Configuration, find_configuration
from hirise.errors import InputError
from hirise.progress import Progress

NEEDED = ("plotly", "jinja2")


@dataclass(frozen=True)
class ReportRequest:
    """A report to be written.

    Attributes
    ----------
    run : str, path or Run
        Id or folder of the run, or the run.
    out : path, optional
        The HTML file; by default that of the run's id in the current folder.
    split : str, optional
        val by default, else test.
    data : path, optional
        Folder of the images, if not the one that the run names.
    force : bool
        Replace `out` if it exists.
    config : Configuration or path, optional
        Accepted findings and thresholds, as in `hirise.check`.
    artifacts : path
        Folder of the runs.
    """

    run: RunLike
    out: StrPath | None = None
    _: KW_ONLY
    split: str | None = None
    data: StrPath | None = None
    force: bool = False
    config: Configuration | StrPath | None = None
    artifacts: StrPath = "artifacts"


def report(request: ReportRequest, *, progress: Progress | None = None) -> Path:
    r"""Write the verdict on a run, with charts, tables and images, as one HTML file.

    Raises
    ------
    InputError
        If there is no such run or split, Plotly or Jinja is missing, or the file exists
        or cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.actions.import_ import ImportRequest, import_
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "small-cnn.csv")
    ...     _ = file.write_text("y_true,y_pred\n" + "a,a\nb,a\n" * 20)
    ...     run = import_(ImportRequest(file, artifacts=folder))
    ...     out = Path(folder, "report.html")
    ...     report(ReportRequest(run.info.id, out, artifacts=folder)).name
    'report.html'
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(
            f"A report needs {' and '.join(missing)}, not installed here.",
            how='Run: python -m pip install "hirise[report]"',
        )
    if isinstance(request.run, str | Path) and Path(request.run).is_file():
        raise InputError(
            "This is a file, but a report is made from a run.",
            where=request.run,
            how=f"Make it one: hirise import {request.run}",
        )
    configuration = find_configuration(request.config)
    run = resolve_run(request.run, request.artifacts)
    from hirise.reporting import write_report

    out = f"{run.info.id}.html" if request.out is None else request.out
    return write_report(
        run,
        out,
        split=request.split,
        data=request.data,
        force=request.force,
        configuration=configuration,
    )
