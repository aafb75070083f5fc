from __future__ import annotations

import hashlib

import pytest

from hirise.__main__ import run
from hirise.actions.download import DownloadRequest
from hirise.cli import data as command
from hirise.cli.terminal import TerminalProgress
from hirise.mars import releases
from hirise.mars.releases import Archive


@pytest.fixture
def published(server, release_zip, monkeypatch):
    """The small release on loopback instead of the real ones."""
    server.content = release_zip
    archive = Archive(
        release="v3.2",
        page="https://example.org/records/1",
        url=f"{server.address}/files/hirise-map-proj-v3_2.zip?download=1",
        n_bytes=len(release_zip),
        md5=hashlib.md5(release_zip).hexdigest(),
    )
    monkeypatch.setattr(releases, "archive_named", lambda _: archive)
    return archive


def test_author_size_and_target_folder_are_printed(published, tmp_path, capsys):
    words = ["data", "download", "--to", str(tmp_path)]
    assert run(words) == 0
    out, err = capsys.readouterr()
    folder = (tmp_path / "hirise-map-proj-v3_2").as_posix()
    for line in (
        "  source   https://example.org/records/1",
        "  credit   Wagstaff, Lu, Doran, Mandrake (NASA/JPL-Caltech)",
        "  licence  see https://example.org/records/1",
        f"  size     {published.n_bytes / 1000:.3g} kB, and as much again unpacked",
        f"  to       {folder}",
        f"{folder} is complete: 7 files.",
        f"Next: hirise data info {folder}",
    ):
        assert line in out.splitlines()
    assert f"downloading: {published.n_bytes / 1000:.3g} kB of" in out
    assert err == ""
    assert run(words) == 0
    out, _ = capsys.readouterr()
    assert f"{folder} exists already: 7 files." in out
    assert "downloading" not in out
    assert run(["data", "info", folder]) == 0


def test_a_server_that_refuses_is_one_line(published, server, tmp_path, capsys):
    server.faults.append("404")
    assert run(["data", "download", "--to", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert "The server answers 404 Not Found" in err
    assert err.count("\n") == 1


def test_unknown_facts_of_v1_are_reported_as_unknown(tmp_path):
    lines = command.archive_lines(DownloadRequest("v1", tmp_path))
    assert "unknown, as is the md5; the checksums in the zip" in lines[4]
    assert lines[0] == "HiRISE landmarks v1: hirise-map-proj.zip"


def test_on_a_terminal_a_bar_follows_each_stage(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with TerminalProgress() as progress:
        for stage, done, total in (
            ("downloading", 500, 0),
            ("downloading", 200, 1_000),
            ("downloading", 1_000, 1_000),
            ("unpacking", 10, 10),
        ):
            progress.update(stage, done, total, unit="B")
    shown = capsys.readouterr().err
    assert "downloading: 100%" in shown
    assert "unpacking: 100%" in shown


def test_help_and_unknown_releases(capsys):
    assert run(["data", "download", "--help"]) == 0
    assert "the same command resumes it" in capsys.readouterr().out
    assert run(["data", "download", "--release", "v4"]) == 2
    assert "There is no release 'v4'" in capsys.readouterr().err
