"""`hirise dashboard`: serve the pages on this machine."""

from __future__ import annotations

import gc
import os
import socket
import sys
import time
from contextlib import closing, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

import click

from hirise.cli import artifacts_option
from hirise.errors import InputError

# The pages read files and start processes: nobody else on the network may.
ADDRESS = "127.0.0.1"
ARTIFACTS = "HIRISE_ARTIFACTS"
"""Environment variable with the folder of the runs, for the pages."""
BETWEEN = 0.0005
"""Seconds that the preparation may delay what the browser requests."""


@click.command(short_help="Open the pages in a browser.")
@artifacts_option
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8501,
    show_default=True,
    help="Port on this machine.",
)
def dashboard(artifacts: Path, port: int) -> None:
    """Open the pages in a browser: has it collapsed, why, and what cures it.

    It serves this machine only and sends no statistics. Ctrl-C ends it.
    """
    page = find_app()
    check_port(port)
    os.environ[ARTIFACTS] = str(artifacts.resolve())
    click.echo(f"The dashboard is at http://{ADDRESS}:{port} (Ctrl-C ends it).")
    # Into a pipe, the line would stay in the buffer as long as the server runs.
    sys.stdout.flush()
    arguments = ["run", str(page), *server_flags(page, port)]
    sys.argv = ["streamlit", *arguments]
    gc.disable()  # a fifth of the start, which makes objects and drops none
    Thread(target=prepare, args=(port,), daemon=True).start()
    # By name: the command loads nothing that the pages need.
    streamlit = import_module("streamlit.web.cli").main
    # The server passes Ctrl-C on, which is how it is to end.
    with suppress(click.exceptions.Abort):
        streamlit(arguments, prog_name="streamlit", standalone_mode=False)


def find_app() -> Path:
    """The script that Streamlit runs, wherever the package is installed."""
    missing = [name for name in ("streamlit", "plotly") if find_spec(name) is None]
    if missing:
        raise InputError(
            f"The dashboard needs {' and '.join(missing)}, not installed here.",
            how='Run: python -m pip install "hirise[dashboard]"',
        )
    package = find_spec("dashboard")
    if package is None or package.origin is None:
        raise InputError("The pages are missing.", how="Install hirise again with pip.")
    return Path(package.origin).with_name("server.py")


def check_port(port: int) -> None:
    """Refuse a port that another program holds."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        if os.name == "posix":
            # As the server does: a port that was just closed is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            raise InputError(
                f"Port {port} cannot be used ({error.strerror}).",
                how=f"Choose another one: hirise dashboard --port {port % 65535 + 1}",
            ) from error


def prepare(port: int) -> None:
    """Load what the pages need, and the first verdict, while the browser starts.

    It waits for the server, which would answer later if both loaded at once. What is
    loaded stays, so it is exempted from the garbage collection after every script,
    which takes a tenth of a second each time.
    """
    wait_for(port)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(BETWEEN)
    try:
        # By name, as Streamlit runs the pages: the command does not know them.
        import_module("dashboard.state.loaders").prepare()
    finally:
        sys.setswitchinterval(usual)
        gc.freeze()
        gc.enable()


def wait_for(port: int) -> None:
    """Wait until a server answers on `port`."""
    while True:
        with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
            if probe.connect_ex((ADDRESS, port)) == 0:
                return
        time.sleep(0.01)


def server_flags(page: Path, port: int) -> list[str]:
    """Settings that hold whatever the working directory.

    The theme lies in `.streamlit` beside the pages in a wheel, where Streamlit finds
    it, and one folder higher in the repository, where it would not.
    """
    settings: dict[str, object] = {
        "server.address": ADDRESS,
        "server.port": port,
        "server.fileWatcherType": "none",
        "server.showEmailPrompt": "false",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "logger.hideWelcomeMessage": "true",
    }
    theme = page.parents[1] / ".streamlit" / "config.toml"
    if theme.is_file() and not (page.parent / ".streamlit").exists():
        settings["theme.base"] = theme
    return [f"--{name}={value}" for name, value in settings.items()]
