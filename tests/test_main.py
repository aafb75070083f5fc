from __future__ import annotations

import errno
import subprocess
import sys

import click
import pytest

from hirise.__main__ import run
from hirise.cli import COMMANDS, cli
from hirise.errors import InputError


@pytest.fixture
def failing(monkeypatch):
    """`failing(error)` makes `hirise data` raise it."""

    def failing(error):
        @click.command()
        def command():
            raise error

        monkeypatch.setattr(cli, "get_command", lambda ctx, name: command)

    return failing


def one_line(capsys):
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("hirise: ")
    return captured.err.removeprefix("hirise: ").rstrip("\n")


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (InputError("a is\n wrong"), 2, "a is wrong"),
        (
            OSError(errno.ENOSPC, "No space left", "/disk/run"),
            2,
            "/disk/run: the disk is full; free some space, or write elsewhere.",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "x"),
            2,
            "x: permission denied; change the permissions, or use another place.",
        ),
        (
            OSError(errno.EROFS, "Read-only"),
            2,
            "the disk is read-only; write elsewhere.",
        ),
        (
            FileNotFoundError(errno.ENOENT, "No such file", "x"),
            2,
            "x: No such file.",
        ),
        (click.Abort(), 130, "interrupted"),
    ],
)
def test_a_failure_is_one_line(failing, capsys, error, status, line):
    failing(error)
    assert run(["data"]) == status
    assert one_line(capsys) == line


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["chek"], "No such command 'chek'. Did you mean 'check'?"),
        (["qqq"], "No such command 'qqq'. Known are: data, recipes,"),
        (["data", "--jsn"], "No such option"),
        (["data", "info"], "Missing argument 'DIR'"),
        (["data", "info", "--jsn", "x"], "Did you mean "),
    ],
)
def test_invalid_usage_is_one_line_with_a_hint(capsys, arguments, line):
    assert run(arguments) == 2
    assert line in one_line(capsys)


def test_a_status_is_passed_on(monkeypatch):
    @click.command()
    @click.pass_context
    def command(ctx):
        ctx.exit(1)

    monkeypatch.setattr(cli, "get_command", lambda ctx, name: command)
    assert run(["data"]) == 1


def test_a_programming_error_stays_one(failing):
    failing(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        run(["data"])


def test_help_lists_every_command_and_imports_none():
    code = (
        "import sys; from hirise.__main__ import run; run(['--help'])\n"
        "print([name for name in sys.modules if name.startswith('hirise.cli.')])"
    )
    command = [sys.executable, "-c", code]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert all(f"\n  {name} " in shown for name in COMMANDS)
    assert shown.endswith("\n[]\n")


def test_every_command_in_the_table_exists():
    context = click.Context(cli)
    for name in COMMANDS:
        assert isinstance(cli.get_command(context, name), click.Command)


@pytest.mark.skipif(sys.platform == "win32", reason="no such pipe on Windows")
def test_a_closed_pipe_is_quiet(make_dataset):
    command = [sys.executable, "-m", "hirise", "data", "info", str(make_dataset())]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141
