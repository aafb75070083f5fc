"""The files that describe the project agree with each other."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEST_COMMAND = "python -m pytest"


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def requirement_lines():
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_requirements_are_the_ranges_of_pyproject(project):
    extras = project["optional-dependencies"]
    own = re.compile(r"hirise\[")
    declared = {
        line
        for group in (project["dependencies"], *extras.values())
        for line in group
        if not own.match(line)
    }
    *ranges, last = requirement_lines()
    assert last == "-e ."
    assert len(ranges) == len(set(ranges))
    assert set(ranges) == declared


def test_every_range_has_a_lower_bound_and_the_next_major_as_upper_bound():
    for line in requirement_lines()[:-1]:
        found = re.fullmatch(r"[a-z0-9-]+>=([\d.]+),<([\d.]+)", line)
        assert found, line


def test_base_install_carries_neither_tensorflow_nor_streamlit(project):
    names = {re.split("[>=<]", line)[0] for line in project["dependencies"]}
    assert not names & {
        "tensorflow",
        "tensorboard",
        "keras",
        "streamlit",
        "plotly",
        "scikit-learn",
    }


def test_ci_runs_the_test_command_that_the_readme_prints():
    ci_lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert TEST_COMMAND in ci_lines
    readme = (ROOT / "README.md").read_text("utf-8")
    fences = re.findall(r"```\w*\n(.*?)```", readme, flags=re.DOTALL)
    assert any(TEST_COMMAND in fence for fence in fences)


@pytest.mark.slow
def test_collecting_the_tests_imports_no_tensorflow():
    code = (
        "import pytest, sys; print(pytest.main(['--collect-only', '-q', '-n', '0']),"
        " [m for m in ('tensorflow', 'keras', 'torch') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout.splitlines()[-1] == "0 []", done.stdout[-2000:] + done.stderr


@pytest.mark.parametrize("module", ["hirise.cli", "hirise.data", "hirise.errors"])
def test_importing_the_core_imports_nothing_heavy(module):
    heavy = ("tensorflow", "keras", "streamlit", "plotly", "sklearn", "scipy")
    code = f"import sys, {module}; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
