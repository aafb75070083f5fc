"""A folder of images: what it holds, how it is split, and its pixels."""

from hirise.data.catalog import Catalog, read_catalog
from hirise.data.images import Decoded, load_images
from hirise.data.splits import (
    SplitResult,
    assign_split,
    check_split_kind,
    read_split_file,
)

__all__ = [
    "Catalog",
    "Decoded",
    "SplitResult",
    "assign_split",
    "check_split_kind",
    "load_images",
    "read_catalog",
    "read_split_file",
]
