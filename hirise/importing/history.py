"""Training curves alone -> a run without predictions."""

from __future__ import annotations

from pathlib import Path

from hirise.dataset import read_catalog
from hirise.history import read_history
from hirise.importing.predictions import described, filled
from hirise.runs import Run, create_run


def import_history(
    path: Path,
    artifacts: Path,
    *,
    title: str | None = None,
    data: Path | None = None,
) -> Run:
    """Make a run of training curves; nothing is written if anything is wrong.

    Parameters
    ----------
    path : Path
        CSV or JSON, as `history.read_history` reads it.
    artifacts : Path
        Where run folders are kept.
    title : str, optional
        Defaults to the file's name.
    data : Path, optional
        The dataset folder, whose class shares tell what guessing scores.

    Raises
    ------
    InputError
        Not a history, or no dataset.
    """
    curves = read_history(path)
    catalog = read_catalog(data) if data is not None else None
    writer = create_run(
        artifacts,
        title=title or path.stem,
        class_names=() if catalog is None else catalog.class_names,
        dataset=None if catalog is None else described(catalog, artifacts),
        status="imported",
    )
    return filled(writer, (), curves, catalog)
