"""`hirise check --json` of the public cases, and of files of every kind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from golden_cases import GROUPS, Case, expected_path, outcome
from golden_inputs import VERDICTS, public_cases

import hirise

CASES = [(group, case) for group in ("public", "files") for case in GROUPS[group]]
of_each = pytest.mark.parametrize(
    ("group", "case"), CASES, ids=lambda one: getattr(one, "name", one)
)


@of_each
def test_numbers_and_codes_of_files_stay(group: str, case: Case, stays) -> None:
    stays(group, case)


@of_each
def test_sentences_of_files_stay(group: str, case: Case, stays) -> None:
    stays(group, case, text=True)


@pytest.mark.parametrize("case", GROUPS["public"], ids=lambda case: case.name)
def test_a_public_case_gets_its_verdict_status_and_code(
    case: Case, in_inputs: Path
) -> None:
    verdict, status, code = VERDICTS[case.name]
    found, _ = outcome(case)
    assert found["status"] == status
    if verdict is None:
        assert (found["stdout"], found["stderr_lines"]) == (None, 1)
        return
    assert found["stdout"]["verdict"] == verdict
    codes = {finding["code"] for finding in found["stdout"]["findings"]}
    assert not code or code in codes


@pytest.mark.parametrize("form", ["file", "arrays"])
@pytest.mark.parametrize(
    "name", ["constant", "permuted-against-truth", "weak-balanced", "no-truth"]
)
def test_diagnose_from_python_says_what_the_command_says(
    name: str, form: str, in_inputs: Path
) -> None:
    source = f"{name}.csv" if form == "file" else public_cases()[name]
    diagnosis = hirise.diagnose(source)
    (case,) = (case for case in GROUPS["public"] if case.name == name)
    numbers, text = (
        json.loads(expected_path("public", case, text=text).read_text("utf-8"))
        for text in (False, True)
    )
    expected = numbers["stdout"]
    assert (diagnosis.verdict.key, diagnosis.kind) == (
        expected["verdict"],
        expected["kind"],
    )
    found = [(f.code, f.severity, f.subject) for f in diagnosis.findings]
    keys = ("code", "severity", "subject")
    assert found == [tuple(f[key] for key in keys) for f in expected["findings"]]
    assert list(diagnosis.passed) == expected["passed"]
    if form == "file":
        assert diagnosis.sentence == text["stdout"]["/sentence"]


def test_names_that_import_hirise_offers_stay() -> None:
    names = [
        *(
            "Diagnosis",
            "Evaluation",
            "Evidence",
            "Finding",
            "InputError",
            "Predictions",
        ),
        *("Run", "__version__", "diagnose", "evaluate", "evidence_of", "figures"),
        *("list_runs", "load_run", "predictions_of", "read_predictions", "report"),
        *("testing", "write_report"),
    ]
    assert set(names) <= set(hirise.__all__)
    assert all(hasattr(hirise, name) for name in names)
