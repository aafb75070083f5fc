"""The formats of `hirise check`, each in a module that is imported when asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hirise.diagnosis.wording import one_line

if TYPE_CHECKING:
    from hirise.actions.check import CheckResult
    from hirise.diagnosis import FailOn

FORMATS = ("text", "json", "junit", "markdown", "github")


def render(result: CheckResult, form: str, *, fail_on: FailOn) -> str:
    """The result of a check in one of `FORMATS`, without the last line break."""
    evidence, diagnosis = result.evidence, result.diagnosis
    if form == "json":
        document = result.to_dict()
        return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    if form == "junit":
        from hirise.cli.render.junit import junit_report

        return junit_report(evidence, diagnosis, fail_on=fail_on)
    if form == "markdown":
        from hirise.cli.render.markdown import markdown_lines

        return "\n".join(markdown_lines(evidence, diagnosis))
    if form == "github":
        from hirise.cli.render.github import command_lines

        return "\n".join(command_lines(evidence, diagnosis))
    from hirise.cli.render.text import report_lines

    return "\n".join(map(one_line, report_lines(evidence, diagnosis)))
