"""COCO annotations as classes: one category per image is its class."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import msgspec

from hirise.data.layouts.image_files import ImageFiles
from hirise.data.layouts.image_table import path_inside
from hirise.data.layouts.labelled import LabelTable, Row, Rows, list_tables
from hirise.data.layouts.table_folders import find_tables, split_name
from hirise.data.listing import Listing
from hirise.errors import InputError, shown, unreadable

LAYOUT = "coco"
FILE = re.compile(
    r"_?annotations?(?:\.coco)?\.json|(?:.*[-_.])?coco\.json|instances[-_.].*\.json"
    r"|(?:\w+[-_])?(?:train|val|valid|validation|test)(?:20\d\d)?\.json",
    re.IGNORECASE,
)
MOST_BYTES = 2_000_000_000

Id = int | str


class _Image(msgspec.Struct):
    id: Id
    file_name: str


class _Annotation(msgspec.Struct):
    image_id: Id
    category_id: Id


class _Category(msgspec.Struct):
    id: Id
    name: str
    supercategory: str | None = None


class _Coco(msgspec.Struct):
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]


def list_coco(root: Path) -> Listing | None:
    """List the images of COCO annotations in `root`, its splits or `annotations/`.

    Returns
    -------
    Listing or None
        None if there is no such file.

    Raises
    ------
    InputError
        If an image has annotations of several categories, or a file is malformed.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.files import write_json
    >>> document = {
    ...     "images": [{"id": 1, "file_name": "a.jpg"}],
    ...     "annotations": [{"image_id": 1, "category_id": 7}],
    ...     "categories": [{"id": 5, "name": "cat"}, {"id": 7, "name": "dog"}],
    ... }
    >>> with TemporaryDirectory() as folder:
    ...     write_json(Path(folder, "annotations.json"), document)
    ...     Path(folder, "a.jpg").touch()
    ...     listing = list_coco(Path(folder))
    >>> listing.class_names, int(listing.lines["label"][0])
    (('cat', 'dog'), 1)
    """
    found = find_tables(root, lambda name: bool(FILE.fullmatch(name)))
    if found is None:
        return None
    return _list(found.root, found.paths, is_named=False)


def list_coco_file(path: Path) -> Listing:
    """As `list_coco`, of the file that a person names.

    Raises
    ------
    InputError
        Also if this is another kind of JSON.
    """
    listing = _list(path.parent, [path], is_named=True)
    assert listing is not None
    return listing


def _list(root: Path, paths: list[Path], *, is_named: bool) -> Listing | None:
    tables = []
    for path in paths:
        document = _read(path, is_named=is_named)
        if document is not None:
            tables.append(_table(path, document, split_name(path, root)))
    if not tables:
        return None
    return list_tables(root, tables, layout=LAYOUT, files=ImageFiles(root))


def _read(path: Path, *, is_named: bool) -> _Coco | None:
    """The file; None if it is another kind of JSON, unless a person named it."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError("This is larger than 2 GB, the limit.", where=path)
        content = path.read_bytes()
    except OSError as error:
        raise unreadable(error, where=path) from None
    try:
        return msgspec.json.decode(content, type=_Coco)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        if not is_named and not _is_meant_as_coco(content):
            return None
        raise InputError(
            f"This is not a file of COCO annotations ({error}).",
            where=path,
            how="Expected: the lists images, annotations and categories.",
        ) from None


def _is_meant_as_coco(content: bytes) -> bool:
    return all(f'"{key}"'.encode() in content for key in _Coco.__struct_fields__)


def _table(path: Path, document: _Coco, split: str) -> LabelTable:
    names = _category_names(path, document)
    of_image = _categories_of_images(path, document, names)
    _refuse_several(path, document, of_image)
    folder = path.parent.resolve()
    rows = [
        Row(
            line=0,
            image=path_inside(image.file_name, folder, f"{path}, image {image.id}"),
            label=next(iter(of_image.get(image.id, {})), ""),
        )
        for image in document.images
    ]
    return LabelTable(path, Rows.of(rows), tuple(names.values()), split)


def _category_names(path: Path, document: _Coco) -> dict[Id, str]:
    """Id → name, in the order of the ids; without a name that only groups others.

    Roboflow gives the group of all categories a category of its own, the first.
    """
    used = {annotation.category_id for annotation in document.annotations}
    groups = {category.supercategory for category in document.categories}
    listed = [
        category
        for category in document.categories
        if category.id in used or category.name not in groups
    ]
    listed.sort(key=lambda category: (isinstance(category.id, str), category.id))
    names = {category.id: category.name.strip() for category in listed}
    if len(names) < len(listed) or len(set(names.values())) < len(names):
        raise InputError(
            "Two categories have the same id or the same name.", where=path
        )
    if "" in names.values():
        raise InputError("A category has no name.", where=path)
    return names


def _categories_of_images(
    path: Path, document: _Coco, names: dict[Id, str]
) -> dict[Id, dict[str, None]]:
    """The categories of each image that has any."""
    of_image: dict[Id, dict[str, None]] = defaultdict(dict)
    images = {image.id for image in document.images}
    if len(images) < len(document.images):
        raise InputError("Two images have the same id.", where=path)
    for annotation in document.annotations:
        if annotation.category_id not in names or annotation.image_id not in images:
            what = "category" if annotation.image_id in images else "image"
            number = (
                annotation.category_id if what == "category" else annotation.image_id
            )
            raise InputError(
                f"An annotation names {what} {shown(str(number))}, which is absent.",
                where=path,
                how="Export the annotations again.",
            )
        of_image[annotation.image_id][names[annotation.category_id]] = None
    return of_image


def _refuse_several(
    path: Path, document: _Coco, of_image: dict[Id, dict[str, None]]
) -> None:
    several = [
        image for image in document.images if len(of_image.get(image.id, ())) > 1
    ]
    if several:
        first = several[0]
        names = " and ".join(shown(name) for name in list(of_image[first.id])[:3])
        raise InputError(
            f"This is not a classification: {len(several):,} of "
            f"{len(document.images):,} images have annotations of several categories, "
            f"such as {shown(first.file_name)} with {names}.",
            where=path,
            how="Each image must have one class.",
        )
