"""What README, CONTRIBUTING and docs name is there: paths, commands, modules."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import hirise
from hirise.cli import LazyGroup, cli

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(ROOT / "docs").glob("*.md"),
]
CODE = re.compile(r"^```\w*\n(.*?)^```|`([^`\n]+)`", re.DOTALL | re.MULTILINE)
PATH = re.compile(
    r"(?<![\w./-])(?:(?:hirise|dashboard|tests|docs|\.ci|\.github)/[\w./-]*[\w/]"
    r"|[A-Za-z]+\.(?:toml|md|txt))(?![\w/<*{])"
)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
DOTTED = re.compile(
    r"(?<![\w./-])(?!hirise\.xml)(?:hirise|dashboard)(?:\.[A-Za-z_]\w*)+(?![\w/])"
)
FILES_OF_USERS = {"log.txt", "hirise.toml"}
"""Files in runs and in folders of users, which the repository does not have."""

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def code_of(document: Path) -> Iterator[str]:
    """Each line of code in a document, in blocks and in the text."""
    for block, inline in CODE.findall(document.read_text(encoding="utf-8")):
        yield from (block or inline).splitlines()


def commands_of(document: Path) -> list[str]:
    """The command lines that begin with `hirise`, without comments."""
    lines = (
        re.split(r"\s+(?:#|\|\||&&|>>?|\|)\s", line)[0] for line in code_of(document)
    )
    return [line.strip() for line in lines if re.match(r"\s*hirise [a-z]", line)]


@documents
def test_paths_exist(document):
    named = {path for line in code_of(document) for path in PATH.findall(line)}
    absent = {path for path in named - FILES_OF_USERS if not (ROOT / path).exists()}
    assert not absent


@documents
def test_links_lead_to_files(document):
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert not {link for link in links if not (document.parent / link).exists()}


@documents
def test_commands_have_these_options(document):
    for line in commands_of(document):
        command: click.Command = cli
        words = shlex.split(line)[1:]
        while isinstance(command, click.Group) and words:
            if words[0].startswith("-") or words[0].isupper():
                break
            context = click.Context(command)
            found = command.get_command(context, words.pop(0))
            if found is None and not isinstance(command, LazyGroup):
                break  # a group that runs without a subcommand
            assert found is not None, line
            command = found
        known = {opt for parameter in command.params for opt in parameter.opts}
        known |= {
            opt for parameter in command.params for opt in parameter.secondary_opts
        }
        given = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert given <= known | {"--help"}, line


@documents
def test_dotted_names_resolve(document):
    text = document.read_text(encoding="utf-8")
    named = set(DOTTED.findall(text)) - FILES_OF_USERS
    absent = {name for name in named if not is_there(name.split("."))}
    assert not absent


def is_there(parts: list[str]) -> bool:
    """Whether the name is a module, or stands in the longest module of its path."""
    for length in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:length])
        source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if source.is_file():
            break
    if length == len(parts):
        return True
    if parts[:length] == ["hirise"]:
        return parts[length] in hirise.__all__
    name = re.escape(parts[length])
    return bool(re.search(rf"\b{name}\b", source.read_text(encoding="utf-8")))
