"""List the images of a run with their predictions."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

from hirise.actions import RunLike, StrPath, resolve_run
from hirise.actions.check import CheckRequest
from hirise.actions.check import check as check_source
from hirise.actions.explore import Check
from hirise.diagnosis.configuration import NONE
from hirise.errors import InputError, nearest, parameter, shown
from hirise.progress import Progress
from hirise.runs import Run, read_tags

if TYPE_CHECKING:
    import pandas as pd

    from hirise.evaluation.images import ImageFilter
    from hirise.predictions import Predictions


FORMAT = 1


@dataclass(frozen=True)
class ImagesRequest:
    """Images to be listed.

    Attributes
    ----------
    run : str, path or Run
        Id or folder of the run, or the run.
    split : str, optional
        val by default, else test.
    artifacts : path
        Folder of the runs.
    """

    run: RunLike
    _: KW_ONLY
    split: str | None = None
    artifacts: StrPath = "artifacts"


@dataclass(frozen=True, eq=False)
class Images:
    """The images of a split.

    Attributes
    ----------
    run : Run
    predictions : Predictions
    table : DataFrame
        One row per image; see `hirise.evaluation.images.image_table`.
    """

    run: Run
    predictions: Predictions
    table: pd.DataFrame

    @property
    def orders(self) -> tuple[str, ...]:
        """The orders that the images have the numbers for."""
        from hirise.evaluation.images import orders_for

        return orders_for(self.table)

    @property
    def answers(self) -> tuple[str, ...]:
        """The values of `ImageFilter.answer` that differ here."""
        from hirise.evaluation.images import answers_for

        return answers_for(self.table)

    @property
    def tags(self) -> dict[str, tuple[str, ...]]:
        """The images of each tag, as they are in the run now."""
        return read_tags(self.run).images.get(self.predictions.split or "", {})

    def tagged(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows of `table` with a column `tags`, which are separated by commas."""
        by_image: dict[str, list[str]] = {}
        for tag, images in self.tags.items():
            for image in images:
                by_image.setdefault(image, []).append(tag)
        named = {image: ", ".join(tags) for image, tags in by_image.items()}
        return rows.assign(tags=[named.get(image, "") for image in rows["image"]])

    def sort(self, order: str) -> pd.DataFrame:
        """`table` in one of `orders`."""
        from hirise.evaluation.images import sort_images

        return sort_images(self.table, order)

    def select(
        self, wanted: ImageFilter, *, among: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        """The rows of `table`, or of a sorted one, that a filter lets through."""
        from hirise.evaluation.images import select_images

        tags = self.tags if wanted.tag else None
        return select_images(self.table if among is None else among, wanted, tags)

    def listing(self, order: str | None = None, **wanted: Any) -> pd.DataFrame:
        """The rows that a filter lets through, in one of `orders`, with their `tags`.

        Parameters
        ----------
        order : str, optional
            The first of `orders` by default.
        **wanted
            See `ImageFilter`.

        Raises
        ------
        InputError
            If the images have no numbers for the order, or there is no such class or
            tag.
        """
        from hirise.evaluation.images import ImageFilter

        if order is None:
            order = self.orders[0]
        if order not in self.orders:
            hint = nearest(order, self.orders)
            raise InputError(
                f"{parameter('order')}: these images cannot be sorted by "
                f"'{shown(order)}'.",
                how=f"Choose one of: {', '.join(self.orders)}.{hint}",
            )
        names = self.predictions.class_names
        for role in ("true", "predicted"):
            name = wanted.get(role)
            if name and name not in names:
                raise InputError(
                    f"{parameter(role)}: there is no class '{shown(name)}'.",
                    how=nearest(name, names).strip()
                    or "`hirise check` lists the classes.",
                )
        tag, tags = wanted.get("tag"), self.tags
        if tag and tag not in tags:
            raise InputError(
                f"{parameter('tag')}: no image has the tag '{shown(tag)}'."
                f"{nearest(tag, tags)}",
                how=f"There are: {', '.join(tags) or 'no tags'}.",
            )
        return self.tagged(self.select(ImageFilter(**wanted), among=self.sort(order)))

    def to_dict(self, rows: pd.DataFrame) -> dict[str, Any]:
        """The document that `hirise images --json` prints, of some rows of `table`."""
        return {
            "format": FORMAT,
            "run": self.run.info.id,
            "split": self.predictions.split,
            "images": [
                {str(key): _plain(value) for key, value in row.items()}
                for row in rows.astype(object).to_dict("records")
            ],
        }

    def probabilities(self, row: int) -> pd.DataFrame:
        """All probabilities of the image in a row of `table`; empty without any."""
        from hirise.evaluation.images import probabilities_of

        return probabilities_of(self.predictions, row)

    def siblings(self, image: str) -> pd.DataFrame:
        """The rows of the same landmark, that of the image first."""
        from hirise.evaluation.images import siblings_of

        return siblings_of(self.table, image)

    def nearest(self, image: str) -> pd.DataFrame:
        """The images that are most similar to one for the network."""
        from hirise.evaluation.images import nearest_images

        return nearest_images(self.run, self.predictions.split, image)


def _plain(value: Any) -> Any:
    """A cell of the table as JSON has it: null where nothing is known."""
    unknown = value == "" or value is None or value != value
    return None if unknown else value


def images(
    request: ImagesRequest,
    *,
    progress: Progress | None = None,
    check: Check = check_source,
) -> Images:
    r"""List the images of a run with their predictions, to be sorted and filtered.

    Raises
    ------
    InputError
        If there is no such run or split.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.actions.import_ import ImportRequest, import_
    >>> rows = "1.jpg,a,.9,.1\n2.jpg,b,.8,.2\n3.jpg,b,.6,.4\n"
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "small-cnn.csv")
    ...     _ = file.write_text("image,y_true,a,b\n" + rows)
    ...     run = import_(ImportRequest(file, split="val", artifacts=folder))
    ...     images(ImagesRequest(run)).sort("most confident mistakes")["image"].tolist()
    ['2.jpg', '3.jpg', '1.jpg']
    """
    from hirise.evaluation.images import image_table

    run = resolve_run(request.run, request.artifacts)
    split = run.choose_split(request.split)
    predictions = check(
        CheckRequest(run, split=split, config=NONE)
    ).evidence.predictions
    assert predictions is not None  # of a split that the run has
    return Images(run, predictions, image_table(predictions))
