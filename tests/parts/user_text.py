"""Text that people read: messages, headings, help and the prose of documents."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^\s*```")
CODE = re.compile(r"`[^`]*`|\]\([^)]*\)|https?://\S+")
EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
UNREAD = re.compile(r"\b(class|id|for|data-\w+)=\"[^\"]*\"")
LITERAL = re.compile(r"\"[^\"]* [^\"]*\"|`[^`]* [^`]*`")
SHELL_COMMENT = re.compile(r"\s#\s.*")


@dataclass(frozen=True)
class Text:
    """One piece of text, and the line that it begins on."""

    path: Path
    line: int
    text: str


def python_text(path: Path) -> Iterator[Text]:
    """Strings of a module that hold a space and so are read by people.

    Names of columns, keys and options hold none. Docstrings are left out, but for those
    of commands, which are their help.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = _docstrings(tree) | _patterns(tree) | _keys(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped.update(id(part) for part in ast.walk(node) if part is not node)
    for node in ast.walk(tree):
        if id(node) in skipped and not isinstance(node, ast.JoinedStr):
            continue
        text = _text(node)
        if " " in text.strip() or re.search(r"^ %", text):
            yield Text(path, getattr(node, "lineno", 0), text)
        if isinstance(node, ast.FunctionDef) and _is_command(node):
            yield Text(path, node.lineno, ast.get_docstring(node) or "")


def _text(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) or "{}" for part in parts)
        case _:
            return ""


def _docstrings(tree: ast.Module) -> set[int]:
    """Ids of docstrings, and of the strings that stand below a constant."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def _patterns(tree: ast.Module) -> set[int]:
    """Ids of the strings that calls of `re` are given."""
    return {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        for part in ast.walk(node)
    }


def _keys(tree: ast.Module) -> set[int]:
    """Ids of the keys of dictionaries and subscripts."""
    keys: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            keys.update(id(key) for key in node.keys)
        elif isinstance(node, ast.Subscript):
            keys.add(id(node.slice))
    return keys


def _is_command(node: ast.FunctionDef) -> bool:
    """Whether click shows the docstring as help."""
    return any(
        isinstance(part, ast.Attribute) and part.attr in ("command", "group")
        for decorator in node.decorator_list
        for part in ast.walk(decorator)
    )


def markdown_text(path: Path) -> Iterator[Text]:
    """Lines of a document without code; comments of shell blocks are kept."""
    inside = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if FENCE.match(line):
            inside = not inside
        elif inside:
            if comment := SHELL_COMMENT.search(line):
                yield Text(path, number, comment.group().strip())
        else:
            yield Text(path, number, CODE.sub("``", line))


def template_text(path: Path) -> Iterator[Text]:
    """Lines of a template, without expressions and attributes that nobody reads."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        yield Text(path, number, UNREAD.sub("", EXPRESSION.sub(_literals, line)))


def script_text(path: Path) -> Iterator[Text]:
    """String literals of a script."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        yield Text(path, number, " ".join(LITERAL.findall(line)))


def _literals(expression: re.Match[str]) -> str:
    """What a template's expression shows as it is written."""
    return " ".join(LITERAL.findall(expression.group())) or "{}"


READERS = {
    ".py": python_text,
    ".md": markdown_text,
    ".html": template_text,
    ".js": script_text,
}


def user_texts(*paths: Path) -> Iterator[Text]:
    """All text below `paths`; by default of packages, README and docs."""
    roots = paths or (
        ROOT / "hirise",
        ROOT / "dashboard",
        ROOT / "docs",
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
    )
    for root in roots:
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        for file in files:
            if file.suffix in READERS and file.is_file():
                yield from READERS[file.suffix](file)
