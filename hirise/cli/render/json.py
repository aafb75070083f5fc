"""A check as one JSON document."""

from hirise.actions.check import CheckResult
from hirise.cli import json_text
from hirise.diagnosis import FailOn


def render(result: CheckResult, *, fail_on: FailOn = "error") -> str:
    """The document of `hirise check --json`."""
    return json_text(result.to_dict())
