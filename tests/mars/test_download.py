"""A whole release from a server on loopback to a catalog."""

from __future__ import annotations

import hashlib
import shutil
from collections import namedtuple
from dataclasses import replace

import pytest

from hirise.data import read_catalog
from hirise.errors import InputError
from hirise.mars.download import Patience, download
from hirise.mars.releases import ARCHIVES, Archive, archive_named


def names_in(folder):
    names = sorted(path.name for path in folder.iterdir())
    return [name for name in names if not name.endswith(".lock")]


@pytest.fixture
def archive(server, release_zip):
    server.content = release_zip
    return Archive(
        release="v3.2",
        page="https://example.org/records/1",
        url=f"{server.address}/files/hirise-map-proj-v3_2.zip?download=1",
        n_bytes=len(release_zip),
        md5=hashlib.md5(release_zip).hexdigest(),
    )


@pytest.fixture
def get(tmp_path):
    def get(archive, stages=None):
        said = [] if stages is None else stages
        return download(
            archive,
            tmp_path / "data",
            report=lambda *words: said.append(words),
            patience=Patience(timeout=0.2, pauses=(0,)),
        )

    return get


def test_a_release_appears_whole_and_is_recognised(archive, get, server, tmp_path):
    stages = []
    done = get(archive, stages)
    assert done.folder == tmp_path / "data" / "hirise-map-proj-v3_2"
    assert (done.n_files, done.was_there) == (7, False)
    assert names_in(tmp_path / "data") == ["hirise-map-proj-v3_2"]
    catalog = read_catalog(done.folder)
    assert (catalog.layout, len(catalog.table)) == ("hirise-v3.2", 6)
    assert catalog.problem_counts == {}
    assert [stage for stage, done, total in stages if done == total] == [
        "downloading",
        "checking",
        "unpacking",
    ]
    assert len(server.ranges) == 1
    again = get(archive)
    assert (again.folder, again.n_files, again.was_there) == (done.folder, 7, True)
    assert len(server.ranges) == 1


def test_a_second_call_goes_on_where_the_first_stopped(archive, get, server):
    server.faults.extend(["break off", "500", "500"])
    with pytest.raises(InputError, match="Run the same command to continue from there"):
        get(archive)
    assert get(archive).n_files == 7
    assert server.ranges[-1].startswith("bytes=")


def test_a_corrupt_file_of_the_expected_size_is_removed(archive, get, server, tmp_path):
    server.faults.append("other bytes")
    with pytest.raises(InputError, match=r"has the md5 [0-9a-f]{32} instead of"):
        get(archive)
    assert names_in(tmp_path / "data") == []
    assert get(archive).n_files == 7


def test_without_md5_the_checksums_in_the_zip_tell(archive, get, server, tmp_path):
    unknown = replace(archive, n_bytes=None, md5=None)
    server.faults.append("other bytes")
    with pytest.raises(InputError, match="damaged zip file"):
        get(unknown)
    server.faults.append("login page")
    with pytest.raises(InputError, match="damaged zip file"):
        get(unknown)
    assert names_in(tmp_path / "data") == []
    server.faults.append("break off")
    assert get(unknown).n_files == 7


def test_a_zip_that_is_no_release(archive, get, server, make_zip, tmp_path):
    server.content = make_zip({"a.txt": b"x"})
    with pytest.raises(InputError, match="holds no label file"):
        get(replace(archive, n_bytes=None, md5=None))
    assert names_in(tmp_path / "data") == []


def test_a_small_disk_is_reported_before_any_request(archive, get, server, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(archive.n_bytes))
    with pytest.raises(InputError, match="The download, unpacked, needs"):
        get(archive)
    assert server.ranges == []


def test_a_disk_that_fills_while_unpacking_keeps_the_download(
    archive, get, server, monkeypatch, tmp_path
):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfileobj", full)
        with pytest.raises(InputError, match=r"No space left on device\). Free some"):
            get(archive)
    assert names_in(tmp_path / "data") == [".hirise-map-proj-v3_2.zip.part"]
    assert get(archive).n_files == 7
    assert len(server.ranges) == 1


def test_a_place_that_is_taken_or_has_lost_files(archive, get, tmp_path):
    folder = tmp_path / "data" / "hirise-map-proj-v3_2"
    folder.mkdir(parents=True)
    with pytest.raises(InputError, match=r"not from a finished download\. Remove it"):
        get(archive)
    folder.rmdir()
    get(archive)
    next((folder / "map-proj-v3_2").iterdir()).unlink()
    with pytest.raises(InputError, match="has lost 1 of its 7 files"):
        get(archive)
    shutil.rmtree(tmp_path / "data")
    (tmp_path / "data").write_text("")
    with pytest.raises(InputError, match="cannot be written \\(File exists"):
        get(archive)


def test_two_at_once(archive, get, server, tmp_path):
    """The second is told so, and harms neither the first nor what it has."""
    told = []

    def at_it_too(stage, *_):
        if stage == "unpacking" and not told:
            with pytest.raises(InputError, match="is already running here"):
                get(archive)
            told.append(stage)

    patience = Patience(timeout=0.2, pauses=(0,))
    done = download(archive, tmp_path / "data", report=at_it_too, patience=patience)
    assert told == ["unpacking"]
    assert get(archive).was_there
    assert names_in(done.folder.parent) == ["hirise-map-proj-v3_2"]


def test_what_is_published():
    assert [archive.release for archive in ARCHIVES] == ["v3.2", "v3", "v1"]
    for archive in ARCHIVES:
        assert archive.url.startswith(f"{archive.page}/files/{archive.file}?")
        assert (archive.md5 is None) == (archive.n_bytes is None)
    assert archive_named("v3").file == "hirise-map-proj-v3.zip"
    with pytest.raises(InputError, match=r"release 'v4'\. There are: v3\.2, v3, v1"):
        archive_named("v4")
