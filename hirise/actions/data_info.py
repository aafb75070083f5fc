"""Say what a folder of images holds."""

from __future__ import annotations

from dataclasses import KW_ONLY, asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hirise.actions import StrPath
from hirise.errors import Refusal
from hirise.progress import Progress

if TYPE_CHECKING:
    from hirise.data import Catalog, SplitResult

FORMAT = 1


@dataclass(frozen=True)
class DataInfoRequest:
    """A folder of images to be described.

    Attributes
    ----------
    data : path
        A dataset folder in one of the layouts of `hirise.data.layouts`, a CSV or
        COCO file, or `simulated` as for a training, which is not simulated for it.
    label_column : str, optional
        The column of labels, where several could be it.
    """

    data: StrPath
    _: KW_ONLY
    label_column: str | None = None


@dataclass(frozen=True)
class DataInfo:
    """What a folder of images holds.

    Attributes
    ----------
    catalog : Catalog
        One row per image, with the problems beside it.
    refused_splits : mapping
        Kind of split -> why it is not possible, None where it is.
    """

    catalog: Catalog
    refused_splits: dict[str, Refusal | None]

    def split(
        self,
        split: str,
        *,
        seed: int = 0,
        fractions: tuple[float, float, float] | None = None,
    ) -> SplitResult:
        """The images divided as a training divides them, by a kind or a CSV file.

        Raises
        ------
        InputError
            If such a split cannot be made.
        """
        from hirise.data.splits import FRACTIONS, make_split

        chosen = fractions or FRACTIONS
        return make_split(self.catalog, split, seed=seed, fractions=chosen)

    def to_dict(self) -> dict[str, Any]:
        """The document that `hirise data info --json` prints."""
        catalog = self.catalog
        table, counts = catalog.table, catalog.problem_counts
        classes = zip(
            catalog.class_names, catalog.labelled, catalog.class_counts, strict=True
        )
        return {
            "format": FORMAT,
            "path": catalog.root.as_posix(),
            "layout": catalog.layout,
            "fingerprint": catalog.fingerprint,
            "n_labels": catalog.n_labels,
            "n_present": catalog.n_labels - catalog.n_absent,
            "n_absent": catalog.n_absent,
            "n_usable": len(table),
            **{
                f"n_{column}s": int(table.loc[table[column] != "", column].nunique())
                for column in ("landmark", "observation")
            },
            "n_copies": int((table["augmentation"] != "").sum()),
            "channels": catalog.channels,
            "image_sizes": None if catalog.sizes is None else asdict(catalog.sizes),
            "split_counts": catalog.split_counts,
            "split_names": catalog.split_names,
            "notes": list(catalog.remarks),
            "classes": [
                {"id": number, "class_name": name, "labelled": n, "usable": usable}
                for number, (name, n, usable) in enumerate(classes)
            ],
            "problem_counts": {key: n for key, n in counts.items() if key != "absent"},
            "problems": catalog.problems.to_dict("records"),
            "splits": {
                kind: None if refusal is None else str(refusal)
                for kind, refusal in self.refused_splits.items()
            },
        }


def data_info(
    request: DataInfoRequest, *, progress: Progress | None = None
) -> DataInfo:
    """Count the images, classes and problems of a folder; say which splits it allows.

    Raises
    ------
    InputError
        If there is no such folder, or no layout of it is known.

    Examples
    --------
    >>> info = data_info(DataInfoRequest("simulated:40"))
    >>> info.to_dict()["n_usable"], info.refused_splits["landmark"] is None
    (208, True)
    """
    from hirise.data import check_split_kind, read_catalog
    from hirise.data.simulated import parse_simulated, planned_catalog
    from hirise.data.splits import KINDS

    path = Path(request.data)
    mars = None if path.exists() else parse_simulated(str(request.data))
    if mars is None:
        catalog = read_catalog(path, label_column=request.label_column)
    else:
        catalog = planned_catalog(mars)
    return DataInfo(catalog, {kind: check_split_kind(catalog, kind) for kind in KINDS})
