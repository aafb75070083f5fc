"""Manage the runs of a folder: list, rename, annotate and delete them."""

from __future__ import annotations

from dataclasses import KW_ONLY, asdict, dataclass
from pathlib import Path
from typing import Any

from hirise import runs
from hirise.actions import RunLike, StrPath, resolve_run
from hirise.actions.summary import RunSummary, summarise
from hirise.errors import InputError, Refusal
from hirise.progress import Progress
from hirise.runs import Run
from hirise.runs.folder import find_replayed

FORMAT = 1


@dataclass(frozen=True)
class ListRequest:
    """A list of runs to be made.

    Attributes
    ----------
    artifacts : path
        Folder of the runs.
    replayed : str, optional
        Id of a run of the replay that ships, which is listed only when asked for.
    search : str
        Words that title, id, note, recipe or tags of a run must contain.
    tag : str
        One that a run must have.
    scores : bool
        Also the verdict and the scores of each run, which are kept in it.
    """

    artifacts: StrPath = "artifacts"
    replayed: str | None = None
    _: KW_ONLY
    search: str = ""
    tag: str = ""
    scores: bool = False


@dataclass(frozen=True)
class RenameRequest:
    """Another title for a run, which is named by its id or folder."""

    run: RunLike
    title: str
    _: KW_ONLY
    artifacts: StrPath = "artifacts"


@dataclass(frozen=True)
class AnnotateRequest:
    """A note beside a run, which is named by its id or folder; "" removes it."""

    run: RunLike
    note: str
    _: KW_ONLY
    artifacts: StrPath = "artifacts"


@dataclass(frozen=True)
class DeleteRequest:
    """A run to be deleted, which is named by its id or folder."""

    run: RunLike
    _: KW_ONLY
    artifacts: StrPath = "artifacts"


@dataclass(frozen=True)
class HideRequest:
    """Whether the lists of runs in `artifacts` leave out the examples."""

    artifacts: StrPath = "artifacts"
    hidden: bool = True


@dataclass(frozen=True)
class ListedRuns:
    """The runs that can be read, newest first.

    Attributes
    ----------
    runs : list of Run
    problems : list of str
        One line per folder that cannot be read.
    examples_hidden : bool
        Whether the examples that ship with hirise are left out.
    summaries : dict, optional
        Verdict and scores by id, or why there are none; None if not asked for.
    """

    runs: list[Run]
    problems: list[str]
    examples_hidden: bool = False
    summaries: dict[str, RunSummary | Refusal] | None = None

    def to_dict(self) -> dict[str, Any]:
        """The document that `hirise runs --json` prints."""
        documents = [_document(run) | self._scores(run) for run in self.runs]
        return {"format": FORMAT, "runs": documents, "problems": self.problems}

    def _scores(self, run: Run) -> dict[str, Any]:
        if self.summaries is None:
            return {}
        found = self.summaries[run.info.id]
        known = isinstance(found, RunSummary)
        summary = found if isinstance(found, RunSummary) else RunSummary()
        return {
            **asdict(summary),
            "problem": None if known else str(found),
        }


@dataclass(frozen=True)
class Deleted:
    """A run that was deleted, and the bytes that this freed."""

    id: str
    size_bytes: int


def list_runs(request: ListRequest, *, progress: Progress | None = None) -> ListedRuns:
    r"""List the runs of a folder; a broken one is a line among the problems.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.actions.import_ import ImportRequest, import_
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "small-cnn.csv")
    ...     _ = file.write_text("y_true,y_pred\na,a\n")
    ...     _ = import_(ImportRequest(file, artifacts=folder))
    ...     _ = hide_examples(HideRequest(folder))
    ...     [run.info.title for run in list_runs(ListRequest(folder)).runs]
    ['small-cnn']
    """
    artifacts, name = Path(request.artifacts), request.replayed
    listed, problems = runs.list_runs(artifacts)
    if name and name not in [run.info.id for run in listed]:
        replayed = find_replayed(artifacts, name)
        listed = listed if replayed is None else [*listed, replayed]
    listed = find_runs(listed, search=request.search, tag=request.tag)
    summaries = None
    if request.scores:
        summaries = {run.info.id: _summary(run) for run in listed}
    return ListedRuns(listed, problems, runs.examples_hidden(artifacts), summaries)


def find_runs(listed: list[Run], *, search: str = "", tag: str = "") -> list[Run]:
    """The runs that contain all words of `search` and have the tag, in their order.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for title in ("Small network", "Large network"):
    ...         _ = runs.create_run(Path(folder), title=title, class_names=["a"])
    ...     found = find_runs(runs.list_runs(folder).runs, search="LARGE net")
    ...     [run.info.title for run in found]
    ['Large network']
    """
    words = search.casefold().split()
    if not words and not tag:
        return listed
    found = []
    for run in listed:
        tags = tags_of(run)
        info = run.info
        recipe = str((info.recipe or {}).get("name") or "")
        text = "\n".join([info.title, info.id, info.note, recipe, *tags]).casefold()
        if all(word in text for word in words) and (not tag or tag in tags):
            found.append(run)
    return found


def tags_of(run: Run) -> tuple[str, ...]:
    """The tags of a run; none where the file cannot be read."""
    try:
        return runs.read_tags(run).run
    except InputError:
        return ()


def _summary(run: Run) -> RunSummary | Refusal:
    try:
        return summarise(run)
    except InputError as error:
        return error.refusal


def rename_run(request: RenameRequest, *, progress: Progress | None = None) -> Run:
    r"""Give a run another title; its id and folder stay.

    Raises
    ------
    InputError
        If there is no such run, it is an example, or the title is empty or too long.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.actions.import_ import ImportRequest, import_
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "small-cnn.csv")
    ...     _ = file.write_text("y_true,y_pred\na,a\n")
    ...     run = import_(ImportRequest(file, artifacts=folder))
    ...     rename_run(RenameRequest(run, "First try")).info.title
    'First try'
    """
    run = resolve_run(request.run, request.artifacts)
    return runs.rename_run(run, request.title)


def annotate_run(request: AnnotateRequest, *, progress: Progress | None = None) -> Run:
    """Write a note beside a run.

    Raises
    ------
    InputError
        If there is no such run, it is an example, or the note is too long.

    Examples
    --------
    >>> annotate_run(AnnotateRequest("my-run", "Learning rate too high."))
    Traceback (most recent call last):
    ...
    hirise.errors.InputError: ...
    """
    run = resolve_run(request.run, request.artifacts)
    return runs.annotate_run(run, request.note)


def delete_run(request: DeleteRequest, *, progress: Progress | None = None) -> Deleted:
    """Delete a run and all its files.

    Raises
    ------
    InputError
        If there is no such run, it is training, it is an example, or its folder may
        hold anything else.

    Examples
    --------
    >>> delete_run(DeleteRequest("my-run"))
    Traceback (most recent call last):
    ...
    hirise.errors.InputError: ...
    """
    run = resolve_run(request.run, request.artifacts)
    size_bytes = run.size_bytes
    runs.delete_run(run)
    return Deleted(run.info.id, size_bytes)


def hide_examples(
    request: HideRequest, *, progress: Progress | None = None
) -> ListedRuns:
    """Leave the examples out of all lists of runs, or show them again.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     hide_examples(HideRequest(folder)).examples_hidden
    True
    """
    runs.hide_examples(Path(request.artifacts), request.hidden)
    return list_runs(ListRequest(request.artifacts))


def _document(run: Run) -> dict[str, Any]:
    info = run.info
    return {
        "id": info.id,
        "title": info.title,
        "status": info.status,
        "created": info.created,
        "recipe": (info.recipe or {}).get("name"),
        "epochs": len(run.history()),
        "splits": list(run.splits()),
        "seconds": info.seconds,
        "error": info.error,
        "note": info.note,
        "tags": list(tags_of(run)),
        "example": run.is_example,
        "size_bytes": run.size_bytes,
    }
