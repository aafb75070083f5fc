"""The formats of `hirise check`, each in a module that is imported when asked for."""

import json
from collections.abc import Mapping
from typing import Any

from hirise.diagnosis import Diagnosis, Evidence, FailOn, check_document
from hirise.diagnosis.wording import one_line

FORMATS = ("text", "json", "junit", "markdown", "github")


def printed(
    evidence: Evidence,
    diagnosis: Diagnosis,
    form: str,
    *,
    fail_on: FailOn,
    more: Mapping[str, Any],
) -> str:
    """A diagnosis in one of `FORMATS`, without the last line break.

    `more` are further keys of the JSON document.
    """
    if form == "json":
        document = {**check_document(evidence, diagnosis), **more}
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
