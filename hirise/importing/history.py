"""Training curves alone -> a run without predictions."""

from __future__ import annotations

from pathlib import Path

from hirise.dataset import read_catalog
from hirise.history import read_curves
from hirise.importing.predictions import described, filled, title_of
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
        File or folder, as `history.read_curves` reads it.
    artifacts : Path
        Where run folders are kept.
    title : str, optional
        Defaults to the name of the file or folder.
    data : Path, optional
        The dataset folder, whose class shares tell what guessing scores.

    Raises
    ------
    InputError
        Not a history, or no dataset.
    """
    curves = read_curves(path)
    catalog = read_catalog(data) if data is not None else None
    writer = create_run(
        artifacts,
        title=title or title_of(path),
        class_names=() if catalog is None else catalog.class_names,
        dataset=None if catalog is None else described(catalog, artifacts),
        status="imported",
        notes=curves.notes,
    )
    return filled(writer, (), curves.table, catalog)
