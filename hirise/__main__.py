"""`hirise` and `python -m hirise`: run the command, turn failures into one line."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence

import click

from hirise.cli import BROKEN_PIPE, cli, in_command
from hirise.errors import InputError

BAD_INPUT = 2
INTERRUPTED = 130

ADVICE = {
    errno.ENOSPC: "the disk is full; free some space, or write elsewhere",
    errno.EDQUOT: "the disk quota is used up; free some space, or write elsewhere",
    errno.EROFS: "the disk is read-only; write elsewhere",
    errno.EACCES: "permission denied; change the permissions, or use another place",
    errno.EPERM: "permission denied; change the permissions, or use another place",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit with its status.

    0 is fine, 1 means findings, 2 bad input or usage, 130 interrupted.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A class name in another script must not end a command on a small code page.
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit status. Failures are one line on stderr."""
    try:
        status = cli.main(arguments, prog_name="hirise", standalone_mode=False)
        sys.stdout.flush()
    except (click.Abort, KeyboardInterrupt):
        return fail("interrupted", INTERRUPTED)
    except InputError as error:
        return fail(error.worded(in_command))
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return BAD_INPUT
    except click.ClickException as error:
        return fail(usage_line(error))
    except BrokenPipeError:
        # Python flushes stdout once more when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        return fail(system_line(error))
    return status if isinstance(status, int) else 0


def fail(message: str, status: int = BAD_INPUT) -> int:
    """Print `message` as one line on stderr; the exit status."""
    print(f"hirise: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201
    return status


def usage_line(error: click.ClickException) -> str:
    """The message of `error`, and where help is found."""
    context = getattr(error, "ctx", None)
    if context is None:
        return error.format_message()
    return f"{error.format_message()} Try '{context.command_path} --help'."


def system_line(error: OSError) -> str:
    """What the operating system refused, and where."""
    reason = ADVICE.get(error.errno or 0, error.strerror or str(error))
    return f"{error.filename}: {reason}." if error.filename else f"{reason}."


if __name__ == "__main__":
    main()
