"""`hirise check --format`: what holds for all of them."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("form", ["text", "junit", "markdown", "github"])
def test_status_follows_the_findings_in_every_format(check, missed, hostile, form):
    ends = [
        check(missed, "--format", form)[0],
        check(missed, "--format", form, "--fail-on", "warning")[0],
        check(hostile, "--format", form)[0],
        check(hostile, "--format", form, "--fail-on", "never")[0],
        check("nowhere.csv", "--format", form)[0],
    ]
    assert ends == [0, 1, 1, 0, 2]


def test_json_beside_another_format_is_refused(check, missed):
    status, out, err = check(missed, "--json", "--format", "junit")
    assert (status, out) == (2, "")
    assert "--json is --format json, but --format junit was given" in err
    both = check(missed, "--json", "--format", "json")
    assert both == check(missed, "--format", "json")
