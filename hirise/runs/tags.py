"""Words that a person gives to a run or to some of its images, to find them again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Annotated

import msgspec
from msgspec import Meta

from hirise.errors import InputError, shown
from hirise.files import disk_errors, held_lock, write_json
from hirise.runs.folder import Run
from hirise.runs.info import FORMAT, INFO_FILE, read_document
from hirise.runs.manage import refuse_example
from hirise.runs.writer import LOCK

TAGS = "tags.json"

LONGEST_TAG = 40
"""Characters of a tag."""

MOST_TAGS = 100
"""Different tags of a run, and of the images of a split."""

MOST_TAGGED = 100_000
"""Images that one tag can have."""

Tag = Annotated[str, Meta(min_length=1, max_length=LONGEST_TAG)]


@dataclass(frozen=True)
class Tags:
    """The contents of `tags.json`.

    Attributes
    ----------
    format : int
        Version of the folder's format.
    run : tuple of str
        Tags of the run.
    images : mapping of str to mapping of str to tuple of str
        Of each split, of each tag, the names of the images; row numbers where images
        have no names.
    """

    format: int = FORMAT
    run: tuple[Tag, ...] = ()
    images: dict[str, dict[Tag, tuple[str, ...]]] = field(default_factory=dict)


def check_tag(tag: str) -> str:
    """`tag` without outer space; refused when empty, long, or with a comma or break.

    Examples
    --------
    >>> check_tag(" blurred ")
    'blurred'
    """
    tag = tag.strip()
    if not tag or len(tag) > LONGEST_TAG or "," in tag or not tag.isprintable():
        raise InputError(
            f"A tag must be one line of 1 to {LONGEST_TAG} characters without commas, "
            f"got {shown(tag[: LONGEST_TAG + 10])!r}."
        )
    return tag


def read_tags(run: Run) -> Tags:
    """The tags of a run and of its images; none where there is no file.

    Raises
    ------
    InputError
        A file that cannot be read, or is of another form.
    """
    path = run.folder / TAGS
    if not path.exists():
        return Tags()
    try:
        return msgspec.convert(read_document(path), Tags)
    except msgspec.ValidationError as error:
        raise InputError(
            f"This is not in the format that hirise writes ({error}).",
            where=path,
            how="Restore the file, or delete it.",
        ) from error


def tag_run(run: Run, tag: str, *, remove: bool = False) -> Tags:
    """Give a run a tag, or take it away.

    Raises
    ------
    InputError
        If the tag is no tag, the run has too many, or it is an example.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     run = create_run(Path(folder), title="Small", class_names=["a", "b"]).read()
    ...     tag_run(run, "promising").run
    ('promising',)
    """
    tag = check_tag(tag)

    def change(tags: Tags) -> Tags:
        return replace(tags, run=tuple(_changed(tags.run, [tag], remove=remove)))

    return _amend(run, change)


def tag_images(
    run: Run, split: str, tag: str, images: Iterable[str], *, remove: bool = False
) -> Tags:
    """Give images of a split a tag, or take it away; a tag of no image is gone.

    Raises
    ------
    InputError
        If the tag is no tag, there are too many, or the run is an example.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     run = create_run(Path(folder), title="Small", class_names=["a", "b"]).read()
    ...     _ = tag_images(run, "val", "blurred", ["a.jpg", "b.jpg"])
    ...     tag_images(run, "val", "blurred", ["a.jpg"], remove=True).images
    {'val': {'blurred': ('b.jpg',)}}
    """
    tag, chosen = check_tag(tag), list(images)

    def change(tags: Tags) -> Tags:
        of_split = dict(tags.images.get(split, {}))
        of_split[tag] = tuple(_changed(of_split.get(tag, ()), chosen, remove=remove))
        if not of_split[tag]:
            del of_split[tag]
        by_split = {**tags.images, split: of_split}
        return replace(tags, images={k: v for k, v in by_split.items() if v})

    return _amend(run, change)


def _changed(
    before: tuple[str, ...], chosen: list[str], *, remove: bool
) -> Iterable[str]:
    if remove:
        gone = set(chosen)
        return (one for one in before if one not in gone)
    return dict.fromkeys([*before, *chosen])


def _amend(run: Run, change: Callable[[Tags], Tags]) -> Tags:
    """Read `tags.json`, change it and write it whole."""
    refuse_example(run)
    read_document(run.folder / INFO_FILE)  # a lock would make a deleted folder anew
    with (
        disk_errors(run.folder),
        held_lock(run.folder / LOCK, what="A change of this run", patience=10),
    ):
        tags = change(read_tags(run))
        _refuse_too_many(tags)
        write_json(run.folder / TAGS, msgspec.to_builtins(tags))
    return tags


def _refuse_too_many(tags: Tags) -> None:
    if max(map(len, (tags.run, *tags.images.values()))) > MOST_TAGS:
        raise InputError(
            f"There are {MOST_TAGS} different tags here already, and no more fit.",
            how="Remove one of them.",
        )
    for of_split in tags.images.values():
        for tag, images in of_split.items():
            if len(images) > MOST_TAGGED:
                raise InputError(
                    f"{len(images):,} images have the tag {shown(tag)!r}. At most "
                    f"{MOST_TAGGED:,} can have it.",
                    how="Choose fewer images.",
                )
