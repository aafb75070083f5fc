"""A folder of images: what it holds, how it is split, and its pixels."""

from hirise.dataset.catalog import Catalog, read_catalog
from hirise.dataset.images import Decoded, load_images
from hirise.dataset.splitfile import read_split_file
from hirise.dataset.splits import SplitResult, assign_split, why_not

__all__ = [
    "Catalog",
    "Decoded",
    "SplitResult",
    "assign_split",
    "load_images",
    "read_catalog",
    "read_split_file",
    "why_not",
]
