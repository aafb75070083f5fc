"""Labels that a person corrected, as `hirise train --labels` takes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from hirise.errors import InputError, unreadable
from hirise.files import disk_errors, write_whole
from hirise.runs.folder import Run
from hirise.runs.info import INFO_FILE, read_document
from hirise.runs.manage import refuse_example

CORRECTED = "corrected_labels.csv"

HEADER = ["image", "class_name"]


def read_corrected(run: Run) -> dict[str, str]:
    """The corrected class by image; empty where nothing was corrected.

    Raises
    ------
    InputError
        A file that cannot be read, or has other columns.
    """
    path = run.folder / CORRECTED
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise unreadable(error, where=path) from error
    header, *rows = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    if any(len(row) != len(HEADER) for row in rows) or header != HEADER:
        raise InputError(
            "This is not a table of the columns image,class_name.",
            where=path,
            how="Restore the file, or delete it.",
        )
    return {row[0]: row[1] for row in rows}


def keep_corrected(run: Run, labels: Mapping[str, str]) -> None:
    """Write the corrected labels into a run; without any the file goes.

    Raises
    ------
    InputError
        If the run is an example, or cannot be written.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     run = create_run(Path(folder), title="Small", class_names=["a", "b"]).read()
    ...     keep_corrected(run, {"1.jpg": "b"})
    ...     read_corrected(run)
    {'1.jpg': 'b'}
    """
    refuse_example(run)
    read_document(run.folder / INFO_FILE)  # of a deleted run, nothing is made anew
    path = run.folder / CORRECTED
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerows([HEADER, *labels.items()])
    with disk_errors(run.folder):
        if not labels:
            path.unlink(missing_ok=True)
            return
        content = file.getvalue()
        write_whole(path, lambda new: new.write_text(content, "utf-8", newline=""))
