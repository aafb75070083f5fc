"""The shape of the packages: how many modules, how long, how many with one importer.

    python tests/benchmarks/shape.py [--root DIR] [--json] [--list] [--trace FILE]

Left out of "one importer", where a module of its own is the rule: page parts (below
`dashboard/app_pages`), members of registries (checks, causes, remedies, figures,
experiments, dataset layouts, readers of histories, model formats), commands
(`hirise/cli`), actions (`hirise/actions`), every `__init__` and `__main__`. Imports
inside functions and under TYPE_CHECKING count; those of tests do not. What a package's
`__init__` re-exports counts as imported from the module that defines it, and
re-exporting alone is no import.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import os
import statistics
import subprocess
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGES = ("hirise", "dashboard")

LEFT_OUT = (
    "dashboard.app_pages",
    "hirise.actions",
    "hirise.cli",
    "hirise.data.layouts",
    "hirise.diagnosis.causes",
    "hirise.diagnosis.checks",
    "hirise.experiments",
    "hirise.figures",
    "hirise.history",
    "hirise.inference.formats",
    "hirise.models.formats",
    "hirise.remedies",
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file: its dotted name, its text and its tree."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @cached_property
    def functions(self) -> list[Function]:
        return [n for n in ast.walk(self.tree) if isinstance(n, Function)]

    @cached_property
    def code_lines(self) -> frozenset[int]:
        """Numbers of the lines that are neither blank, comment nor docstring."""
        skipped = {
            tokenize.COMMENT,
            tokenize.NL,
            tokenize.NEWLINE,
            tokenize.INDENT,
            tokenize.DEDENT,
            tokenize.ENDMARKER,
        }
        lines: set[int] = set()
        for token in self.tokens:
            if token.type not in skipped:
                lines.update(range(token.start[0], token.end[0] + 1))
        return frozenset(lines - self.docstring_lines)

    @cached_property
    def tokens(self) -> list[tokenize.TokenInfo]:
        return list(tokenize.generate_tokens(io.StringIO(self.text).readline))

    @cached_property
    def docstring_lines(self) -> frozenset[int]:
        """Lines of text that stands by itself: docstrings, also those of attributes."""
        lines: set[int] = set()
        for node in ast.walk(self.tree):
            if (
                isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        return frozenset(lines)

    @property
    def n_comments(self) -> int:
        """Comments, but for those that only speak to a tool."""
        marks = ("# noqa", "# type:", "# pragma", "#!")
        found = (t.string for t in self.tokens if t.type == tokenize.COMMENT)
        return sum(not text.startswith(marks) for text in found)


def read_modules(root: Path) -> dict[str, Module]:
    """Every module of the packages by its dotted name."""
    modules = {}
    for path in sorted(p for name in PACKAGES for p in (root / name).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        modules[name] = Module(name, path, text, ast.parse(text))
    return modules


def importers(modules: dict[str, Module]) -> dict[str, set[str]]:
    """Module -> the modules that import it, packages looked through."""
    found: dict[str, set[str]] = defaultdict(set)
    for module in modules.values():
        exported = _exported(module)
        for node in ast.walk(module.tree):
            for target, name in _imported(node, module):
                # An `__init__` that hands a name on does not use it.
                if name and module.is_package and name in exported:
                    continue
                home = defining(target, name, modules)
                if home and home != module.name:
                    found[home].add(module.name)
    return found


def defining(target: str, name: str, modules: dict[str, Module]) -> str | None:
    """The module that defines `name`, asked of `target`; None outside the packages."""
    seen: set[tuple[str, str]] = set()
    while (target, name) not in seen:
        seen.add((target, name))
        if (
            name
            and f"{target}.{name}" in modules
            and not _hands_on(modules.get(target), name)
        ):
            return f"{target}.{name}"
        if target not in modules:
            return None
        handed = _hands_on(modules[target], name)
        if not handed:
            return target
        target, name = handed
    return target if target in modules else None


def _hands_on(module: Module | None, name: str) -> tuple[str, str] | None:
    """Where a package's `__init__` has `name` from."""
    if module is None or not module.is_package:
        return None
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) == name and node.module:
                    return node.module, alias.name
    return None


def _imported(node: ast.AST, module: Module) -> Iterator[tuple[str, str]]:
    """`(module, name)` of an import; name "" for a whole module."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if not (module.is_package and alias.asname in _exported(module)):
                yield alias.name, ""
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield node.module or "", alias.name


def _exported(module: Module) -> set[str]:
    for node in module.tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {t.id for t in targets if isinstance(t, ast.Name)}
            if "__all__" in names and isinstance(node.value, ast.List | ast.Tuple):
                constants = node.value.elts
                return {c.value for c in constants if isinstance(c, ast.Constant)}
    return set()


def with_one_importer(modules: dict[str, Module]) -> list[str]:
    """`module <- importer` where there is one importer, less what is left out."""
    found = importers(modules)
    return [
        f"{name} <- {next(iter(found[name]))}"
        for name, module in modules.items()
        if len(found[name]) == 1
        and not module.is_package
        and not name.endswith("__main__")
        and not f"{name}.".startswith(tuple(f"{part}." for part in LEFT_OUT))
    ]


def function_lines(module: Module) -> list[int]:
    """Code lines of each function, without its docstring."""
    return [
        sum(f.lineno <= line <= (f.end_lineno or 0) for line in module.code_lines)
        for f in module.functions
    ]


def public_functions(modules: dict[str, Module]) -> list[Function]:
    """Functions of `hirise`, commands aside, without an underscore in their path."""
    return [
        node
        for name, module in modules.items()
        if name.split(".")[0] == "hirise"
        and not name.startswith("hirise.cli")
        and not any(part.startswith("_") for part in name.split("."))
        for node in module.tree.body
        if isinstance(node, Function) and not node.name.startswith("_")
    ]


def shape(root: Path) -> dict[str, float]:
    """The figures of the table by their titles."""
    modules = read_modules(root)
    found = list(modules.values())
    lengths = [len(module.text.splitlines()) for module in found]
    code = sum(len(module.code_lines) for module in found)
    functions = [n for module in found for n in function_lines(module)]
    public = public_functions(modules)
    shown = sum("Examples\n" in (ast.get_docstring(f) or "") for f in public)
    figures: dict[str, float] = {
        f"modules of {name}": sum(m.name.split(".")[0] == name for m in found)
        for name in PACKAGES
    }
    return {
        **figures,
        "modules": len(found),
        "modules without __init__": sum(not m.is_package for m in found),
        "lines": sum(lengths),
        "modules per 1,000 lines": round(1_000 * len(found) / sum(lengths), 2),
        "code lines": code,
        "module lines, median": statistics.median(lengths),
        "module lines, p90": percentile_90(lengths),
        "functions": len(functions),
        "function code lines, median": statistics.median(functions),
        "function code lines, p90": percentile_90(functions),
        "modules with one importer": len(with_one_importer(modules)),
        "comments per 100 code lines": round(
            100 * sum(m.n_comments for m in found) / code, 2
        ),
        "public functions": len(public),
        "public functions with Examples": shown,
        "public functions with Examples, %": round(
            100 * shown / max(1, len(public)), 1
        ),
    }


def percentile_90(values: list[int]) -> float:
    """The 90th percentile."""
    return statistics.quantiles(values, n=10, method="inclusive")[-1]


TRACE = """
import io, json, os, sys

root, target = sys.argv[1:]
package = os.path.join(root, "hirise") + os.sep
files, done = {}, []

class Output(io.StringIO):
    def write(self, text):
        if text and not done:
            done.append(True)
            sys.setprofile(None)
        return len(text)

def note(frame, event, _):
    code = frame.f_code
    # An import alone runs modules, comprehensions in them, and class bodies.
    named = code.co_name[0] != "<" or code.co_name == "<lambda>"
    if event == "call" and not done and named:
        if code.co_filename.startswith(package) and code.co_flags & 2:
            files.setdefault(code.co_filename[len(root) + 1:])

import hirise.diagnosis
from hirise.__main__ import run

# The package hands on a function of the same name.
module = sys.modules["hirise.diagnosis.diagnose"]
decide, until_sentence = module.decide, []

def decide_and_render(*arguments):
    verdict = decide(*arguments)
    str(verdict.sentence)
    until_sentence.append(len(files))
    return verdict

module.decide = decide_and_render
printed, sys.stdout = sys.stdout, Output()
sys.setprofile(note)
run(["check", target])
sys.setprofile(None)
sys.stdout = printed
print(json.dumps([list(files), *until_sentence[:1]]))
"""


def trace(root: Path, target: Path) -> tuple[list[str], int]:
    """Files of `hirise` with a function that `hirise check` calls before it prints.

    In the order of the first call, in a fresh process; and how many of them it takes
    until the sentence of the verdict is rendered.
    """
    root = root.resolve()
    done = subprocess.run(
        [sys.executable, "-c", TRACE, str(root), str(target.resolve())],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    files, *until_sentence = json.loads(done.stdout)
    # Training curves alone are not evaluated.
    return files, until_sentence[0] if until_sentence else len(files)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    here = Path(__file__).resolve().parents[2]
    parser.add_argument("--root", type=Path, default=here)
    parser.add_argument("--json", action="store_true", dest="as_json")
    parser.add_argument("--trace", type=Path, metavar="FILE")
    parser.add_argument(
        "--list", action="store_true", help="Modules with one importer."
    )
    asked = parser.parse_args()
    figures = shape(asked.root)
    files, n_sentence = trace(asked.root, asked.trace) if asked.trace else ([], 0)
    if asked.trace:
        figures["files of check until the sentence"] = n_sentence
        figures["files of check until it prints"] = len(files)
    if asked.as_json:
        print(json.dumps({**figures, "path": files}, indent=1))
        return
    for title, value in figures.items():
        print(f"{title:<36}{value:>10,}")
    single = with_one_importer(read_modules(asked.root)) if asked.list else []
    lines = [*files[:n_sentence], *(["-- the sentence --"] if files else [])]
    for line in (*single, *lines, *files[n_sentence:]):
        print(f"  {line}")


if __name__ == "__main__":
    main()
