"""The registry of the programs of the papers names causes and findings that exist."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path

from hirise.diagnosis.causes.catalogue import CAUSES
from hirise.diagnosis.checks import CHECKS

FOLDER = Path(__file__).parent / "benchmarks" / "papers"


def kinds():
    spec = importlib.util.spec_from_file_location("kinds", FOLDER / "kinds.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [value for name, value in vars(module).items() if name.isupper()]


def test_acceptable_answers_are_in_the_catalogue():
    causes, codes = {cause.key for cause in CAUSES}, {check.code for check in CHECKS}
    assert len(kinds()) > 10
    for told, findings in kinds():
        assert set(told) <= causes
        assert {finding.partition(":")[0] for finding in findings} <= codes


def test_figures_count_as_the_sheet_of_deepfd_does():
    """Its last row: detected 50, 12, 36, 47, and diagnosed 14, 10, 7, 27."""
    with (FOLDER / "figures.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["from"] == "DeepFD"]
    tools = ("UMLAUT", "AUTOTRAINER", "DeepLocalize", "DeepFD")

    def count(column):
        return [
            sum(row[column] == "1" for row in rows if row["tool"] == tool)
            for tool in tools
        ]

    assert count("detected") == [50, 12, 36, 47]
    assert count("diagnosed") == [14, 10, 7, 27]
