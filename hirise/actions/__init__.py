"""One use case per module: typed data in, typed data out, nothing printed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

P = ParamSpec("P")
Request = TypeVar("Request")
Result = TypeVar("Result")

if TYPE_CHECKING:
    from hirise.runs import Run

    StrPath = str | os.PathLike[str]
    RunLike = StrPath | Run
else:
    StrPath = RunLike = str  # what JSON holds, for those who restore a request from it

ACTIONS = {
    "annotate_run": "hirise.actions.runs:AnnotateRequest:annotate_run",
    "check": "hirise.actions.check:CheckRequest:check",
    "compare": "hirise.actions.compare:CompareRequest:compare",
    "cure": "hirise.actions.cure:CureRequest:cure",
    "data_info": "hirise.actions.data_info:DataInfoRequest:data_info",
    "delete_run": "hirise.actions.runs:DeleteRequest:delete_run",
    "describe": "hirise.actions.describe:DescribeRequest:describe",
    "download": "hirise.actions.download:DownloadRequest:download",
    "examine": "hirise.actions.examine:ExamineRequest:examine",
    "explain": "hirise.actions.explain:ExplainRequest:explain",
    "explore": "hirise.actions.explore:ExploreRequest:explore",
    "export": "hirise.actions.export:ExportRequest:export",
    "hide_examples": "hirise.actions.runs:HideRequest:hide_examples",
    "image_map": "hirise.actions.image_map:MapRequest:image_map",
    "images": "hirise.actions.images:ImagesRequest:images",
    "import_": "hirise.actions.import_:ImportRequest:import_",
    "list_replays": "hirise.actions.replay:ListReplaysRequest:list_replays",
    "list_runs": "hirise.actions.runs:ListRequest:list_runs",
    "plan_cure": "hirise.actions.plan:CureRequest:plan_cure",
    "plan_examination": "hirise.actions.examine:ExamineRequest:plan_examination",
    "plan_training": "hirise.actions.plan:PlanRequest:plan_training",
    "predict": "hirise.actions.predict:PredictRequest:predict",
    "relabel": "hirise.actions.relabel:RelabelRequest:relabel",
    "rename_run": "hirise.actions.runs:RenameRequest:rename_run",
    "replay": "hirise.actions.replay:ReplayRequest:replay",
    "report": "hirise.actions.report:ReportRequest:report",
    "resume": "hirise.actions.train:ResumeRequest:resume",
    "saliency": "hirise.actions.saliency:SaliencyRequest:saliency",
    "settings": "hirise.actions.settings:SettingsRequest:settings",
    "simulate": "hirise.actions.simulate:SimulateRequest:simulate",
    "suggest": "hirise.actions.suggest:SuggestRequest:suggest",
    "tag": "hirise.actions.tag:TagRequest:tag",
    "train": "hirise.actions.train:TrainRequest:train",
}
"""Name in `hirise` -> module, request and function.

Any of them may run as a separate process.
"""


def action_named(name: str) -> tuple[type[Any], Callable[..., Any]]:
    """The request and the function of an action, which are imported now.

    Examples
    --------
    >>> request, function = action_named("export")
    >>> request.__name__, function.__name__
    ('ExportRequest', 'export')
    """
    module, request, function = ACTIONS[name].split(":")
    home = import_module(module)
    return getattr(home, request), getattr(home, function)


def resolve_run(run: RunLike, artifacts: StrPath) -> Run:
    """The run that is given, or that has this id or folder.

    Raises
    ------
    InputError
        If there is none.
    TypeError
        Something else, such as a table.
    """
    from hirise.runs import Run, find_run

    if isinstance(run, Run):
        return run
    if not isinstance(run, str | os.PathLike):
        raise TypeError(
            f"`run` is of type {type(run).__name__}, and a run, its id or its folder "
            "is expected. hirise.save_run(...) makes a run of predictions."
        )
    return find_run(Path(artifacts), os.fspath(run))


def direct(
    request: Callable[P, Request], action: Callable[[Request], Result]
) -> Callable[P, Result]:
    """An action as a function of what its request is made of.

    Examples
    --------
    >>> from hirise.actions.check import CheckRequest, check
    >>> arrays = {"y_true": ["a", "b"], "y_pred": ["a", "a"]}
    >>> direct(CheckRequest, check)(arrays).diagnosis.verdict.key
    'undetermined'
    """

    def call(*args: P.args, **kwargs: P.kwargs) -> Result:
        reason = _misfit(parameters, args, kwargs)
        if reason:
            raise TypeError(_usage(action.__name__, parameters, reason))
        return action(request(*args, **kwargs))

    call.__name__ = call.__qualname__ = action.__name__
    call.__doc__ = f"{action.__doc__}\n\n{request.__doc__}"
    returns = signature(action).return_annotation
    parameters = signature(request).replace(return_annotation=returns)
    call.__signature__ = parameters  # type: ignore[attr-defined]
    return call


def _misfit(
    parameters: Signature, args: Sequence[object], kwargs: Mapping[str, object]
) -> str:
    """What keeps arguments from being those of a signature; "" where they fit."""
    known = parameters.parameters
    plain = [n for n, p in known.items() if p.kind is not Parameter.KEYWORD_ONLY]
    given = {*plain[: len(args)], *kwargs}
    unknown = [name for name in kwargs if name not in known]
    if unknown:
        return f"got an unexpected keyword argument {unknown[0]!r}"
    twice = [name for name in plain[: len(args)] if name in kwargs]
    if twice:
        return f"got multiple values for argument {twice[0]!r}"
    if len(args) > len(plain):
        expected = f"{len(plain)} positional argument{'' if len(plain) == 1 else 's'}"
        return f"takes {expected} but {len(args)} were given"
    needed = [n for n, p in known.items() if p.default is Parameter.empty]
    missing = [name for name in needed if name not in given]
    if not missing:
        return ""
    kind = "positional" if missing[0] in plain else "keyword-only"
    names = [name for name in missing if (name in plain) is (kind == "positional")]
    noun = f"{kind} argument{'' if len(names) == 1 else 's'}"
    return f"missing {len(names)} required {noun}: {' and '.join(map(repr, names))}"


def _usage(name: str, parameters: Signature, reason: str) -> str:
    """What is wrong with a call, and what the arguments are."""
    known = parameters.parameters.values()
    plain = [p.name for p in known if p.kind is not Parameter.KEYWORD_ONLY]
    named = [p.name for p in known if p.kind is Parameter.KEYWORD_ONLY]
    listed = ", ".join([*plain, "*", *(f"{name}=" for name in named)])
    advice = " Arrays are diagnosed by hirise.diagnose(y_true, y_pred)."
    arrays = advice if name in ("check", "import_") else ""
    return f"hirise.{name}({listed}) {reason}.{arrays}"
