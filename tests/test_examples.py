"""The examples in the docstrings are true: they run, and show what they say."""

from __future__ import annotations

import ast
import doctest
import importlib
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.tensorflow

ROOT = Path(__file__).resolve().parents[1]
# Importing these takes seconds; their examples run where something else did so already.
HEAVY = ("keras", "tensorflow")
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def source_of(name: str) -> Path:
    """The file of a module, or nothing that exists."""
    path = ROOT.joinpath(*name.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def imported_by(name: str) -> frozenset[str]:
    """What a module of `hirise` imports at once: modules, and names in modules."""
    imported: set[str] = set()
    if name.partition(".")[0] != "hirise" or not source_of(name).is_file():
        return frozenset(imported)  # of others, or a name in a module
    for node in ast.parse(source_of(name).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = str(node.module)
            imported |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return frozenset(imported)


def is_heavy(name: str) -> bool:
    """Whether importing a module imports Keras or TensorFlow, itself or by another."""
    seen, ahead = {name}, [name]
    while ahead:
        new = imported_by(ahead.pop()) - seen
        seen |= new
        ahead += new
    return any(other.partition(".")[0] in HEAVY for other in seen)


def modules_with_examples() -> list[str]:
    """Dotted names of the modules in `hirise` whose docstrings hold examples."""
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / "hirise").rglob("*.py"))
        if ">>> " in path.read_text(encoding="utf-8")
    ]


@pytest.mark.parametrize("name", modules_with_examples())
def test_the_examples_of_a_module_show_what_they_say(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    if is_heavy(name) and not any(module in sys.modules for module in HEAVY):
        pytest.skip("importing TensorFlow for it takes seconds")
    if not find_spec("torch") and any("torch" in other for other in imported_by(name)):
        pytest.skip("PyTorch is not installed")
    tests = doctest.DocTestFinder(exclude_empty=True).find(
        importlib.import_module(name)
    )
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    report: list[str] = []
    for test in tests:
        runner.run(test, out=report.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)
