"""The run folder: create, append, finish, find, read, rename, annotate, delete."""

from hirise.runs.examples import (
    change_settings,
    examples_hidden,
    hide_examples,
    read_settings,
)
from hirise.runs.folder import Run, RunList, find_run, list_runs, load_run, read_run
from hirise.runs.info import FORMAT, RunInfo
from hirise.runs.manage import annotate_run, delete_run, rename_run
from hirise.runs.tags import Tags, read_tags, tag_images, tag_run
from hirise.runs.writer import RunWriter, create_run

__all__ = [
    "FORMAT",
    "Run",
    "RunInfo",
    "RunList",
    "RunWriter",
    "Tags",
    "annotate_run",
    "change_settings",
    "create_run",
    "delete_run",
    "examples_hidden",
    "find_run",
    "hide_examples",
    "list_runs",
    "load_run",
    "read_run",
    "read_settings",
    "read_tags",
    "rename_run",
    "tag_images",
    "tag_run",
]
