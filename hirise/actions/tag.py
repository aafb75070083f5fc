"""Tag a run, or some of its images, to find them again."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from hirise import runs
from hirise.actions import RunLike, StrPath, resolve_run
from hirise.errors import InputError, nearest, parameter, shown
from hirise.progress import Progress
from hirise.runs import Run, Tags


@dataclass(frozen=True)
class TagRequest:
    """A tag to be given or removed.

    Attributes
    ----------
    run : str, path or Run
        Id or folder of the run, or the run.
    tag : str
        At most 40 characters, without commas.
    images : tuple of str, optional
        Names of the images that get it, or their row numbers where they have no names;
        the run itself without any.
    split : str, optional
        That of the images; val by default, else test.
    remove : bool
        Whether the tag is removed.
    artifacts : path
        Folder of the runs.
    """

    run: RunLike
    tag: str
    _: KW_ONLY
    images: tuple[str, ...] = ()
    split: str | None = None
    remove: bool = False
    artifacts: StrPath = "artifacts"


def tag(request: TagRequest, *, progress: Progress | None = None) -> Tags:
    r"""Tag a run, or some of its images, or remove a tag.

    Returns
    -------
    Tags
        All tags of the run and of its images.

    Raises
    ------
    InputError
        If there is no such run, split or image, the run is an example, or the tag is
        empty, too long or one of too many.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.actions.import_ import ImportRequest, import_
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "small-cnn.csv")
    ...     _ = file.write_text("image,y_true,y_pred\n1.jpg,a,a\n2.jpg,b,a\n")
    ...     run = import_(ImportRequest(file, split="val", artifacts=folder))
    ...     _ = tag(TagRequest(run, "promising"))
    ...     tags = tag(TagRequest(run, "blurred", images=("2.jpg",)))
    >>> tags.run, tags.images
    (('promising',), {'val': {'blurred': ('2.jpg',)}})
    """
    run = resolve_run(request.run, request.artifacts)
    if not request.images:
        return runs.tag_run(run, request.tag, remove=request.remove)
    split = run.choose_split(request.split)
    if not request.remove:
        _require(request.images, run, split)
    return runs.tag_images(
        run, split, request.tag, request.images, remove=request.remove
    )


def _require(images: tuple[str, ...], run: Run, split: str) -> None:
    """Refuse images that the run has no predictions of."""
    from hirise.predictions import read_predictions

    predictions = read_predictions(run.predictions_path(split))
    n = len(predictions)
    known = range(n) if predictions.image is None else predictions.image
    names = set(map(str, known))
    for name in images:
        if name not in names:
            hint = nearest(name, names) if len(names) < MOST_COMPARED else ""
            raise InputError(
                f"{parameter('images')}: the split {split} has no image "
                f"'{shown(name)}'.{hint}",
                how="`hirise images` lists the images.",
            )


MOST_COMPARED = 10_000
"""Names among which one that is alike is looked for."""
