import gc
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from hirise.__main__ import run
from hirise.cli import dashboard as command


def test_a_port_in_use_is_one_line_and_status_2(capsys):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        assert run(["dashboard", "--port", str(port)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"hirise: Port {port} cannot be used")
    assert "--port" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("missing", ["streamlit", "plotly"])
def test_what_is_not_installed_is_named_with_the_command(monkeypatch, capsys, missing):
    real = command.find_spec
    monkeypatch.setattr(
        command, "find_spec", lambda name: None if name == missing else real(name)
    )
    assert run(["dashboard"]) == 2
    error = capsys.readouterr().err
    assert f"The dashboard needs {missing}" in error
    assert 'pip install "hirise[dashboard]"' in error


def test_flags_hold_address_and_statistics_in_any_folder():
    flags = command.server_flags(command.find_app(), 8600)
    assert "--server.address=127.0.0.1" in flags
    assert "--server.port=8600" in flags
    assert "--browser.gatherUsageStats=false" in flags


def test_the_theme_is_passed_on_only_where_streamlit_would_not_find_it(tmp_path):
    page = tmp_path / "dashboard" / "app.py"
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").touch()
    assert any(
        flag.startswith("--theme.base=") for flag in command.server_flags(page, 1)
    )
    (page.parent / ".streamlit").mkdir(parents=True)
    assert "--theme" not in " ".join(command.server_flags(page, 1))


def test_garbage_is_collected_again_even_if_nothing_could_be_prepared(monkeypatch):
    def fail(name):
        raise ImportError(name)

    monkeypatch.setattr(command, "import_module", fail)
    interval = sys.getswitchinterval()
    gc.disable()
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(ImportError):
        command.prepare(server.getsockname()[1])
    assert gc.isenabled()
    assert sys.getswitchinterval() == pytest.approx(interval)
    gc.unfreeze()


def wait_until_healthy(port: int) -> None:
    end = time.monotonic() + 180
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health").close()
        except OSError:
            time.sleep(0.1)
        else:
            return


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_ctrl_c_ends_it_quietly(tmp_path: Path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "hirise", "dashboard", "--port", str(port)],
        cwd=tmp_path,
        env={**os.environ, "STREAMLIT_SERVER_HEADLESS": "true"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until_healthy(port)
    server.send_signal(signal.SIGINT)
    out, error = server.communicate(timeout=120)
    assert f"http://127.0.0.1:{port}" in out
    assert "Traceback" not in error
    assert server.returncode in (0, 130)
