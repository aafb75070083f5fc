"""Zips that would leave the folder, fill the disk, or are damaged."""

from __future__ import annotations

import io
import os
import shutil
import stat
import zipfile
from collections import namedtuple

import pytest

from hirise.archives import UnsafeArchive
from hirise.errors import InputError
from hirise.mars.download import unzip


@pytest.fixture
def unpack(tmp_path):
    """Unpack these bytes; what then lies in the folder."""
    folder = tmp_path / "out" / "in"
    folder.mkdir(parents=True)

    def unpack(content):
        path = tmp_path / "a.zip"
        path.write_bytes(content)
        unzip(path, folder, report=lambda *_: None)
        files = (file for file in folder.rglob("*") if file.is_file())
        return {
            file.relative_to(folder).as_posix(): file.read_bytes() for file in files
        }

    yield unpack
    assert names_in(folder.parent) == ["in"]
    assert names_in(tmp_path) == ["a.zip", "out"]


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def entry(name, *, mode=0, content=b"x"):
    """A zip with one sound entry and one made by hand."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("sound.txt", b"y")
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, content)
    return buffer.getvalue()


def test_files_without_what_macos_adds(unpack, make_zip):
    files = {"a/b.jpg": b"1", "c.txt": b"2", "élan/d.txt": b"3"}
    side = {"__MACOSX/a/._b.jpg": b"4", "a/._b.jpg": b"5", ".DS_Store": b"6", "e/": b""}
    assert unpack(make_zip({**files, **side})) == files


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "a/../../evil.txt",
        "/etc/evil.txt",
        "//host/evil.txt",
        "C:/evil.txt",
        "C:evil.txt",
        "..\\evil.txt",
        "\\evil.txt",
        "a/./b.txt",
        "file.txt:stream",
        "__MACOSX/../../evil.txt",
        "../",
    ],
)
def test_an_entry_that_leaves_the_folder_refuses_all(unpack, tmp_path, name):
    with pytest.raises(UnsafeArchive, match="leads out of its folder"):
        unpack(entry(name))
    assert names_in(tmp_path / "out" / "in") == []


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFBLK])
def test_links_and_devices_are_refused(unpack, kind):
    with pytest.raises(UnsafeArchive, match="'evil' in it is a link or a device"):
        unpack(entry("evil", mode=kind | 0o777, content=b"/etc/passwd"))


def test_names_that_are_no_text_and_names_that_come_twice(unpack, make_zip):
    with pytest.raises(UnsafeArchive, match=r"'a\\x1b\[31m.txt' in it has a name with"):
        unpack(entry("a\x1b[31m.txt"))
    with pytest.raises(UnsafeArchive, match=r"'SOUND.txt' in it comes twice"):
        unpack(entry("SOUND.txt"))


def test_bombs_are_refused_before_anything_is_written(unpack, make_zip, tmp_path):
    with pytest.raises(UnsafeArchive, match="would unpack to 3 MB, more than the"):
        unpack(make_zip({f"{n}.txt": bytes(1_000_000) for n in range(3)}))
    assert names_in(tmp_path / "out" / "in") == []


def test_an_entry_that_says_less_than_it_holds_is_damaged(unpack, make_zip):
    honest = make_zip({"a.txt": os.urandom(3_000)})
    size = (3_000).to_bytes(4, "little")
    with pytest.raises(UnsafeArchive, match="damaged zip file"):
        unpack(honest.replace(size, (30).to_bytes(4, "little")))


def test_damaged_archives(unpack, make_zip):
    sound = make_zip({"a.txt": os.urandom(3_000)})
    for content in (b"", b"<html>", sound[:-30], sound[:500] + b"\0\0\0" + sound[503:]):
        with pytest.raises(UnsafeArchive, match=r"a.zip: This is a damaged zip file"):
            unpack(content)


def test_encrypted_entries(unpack, make_zip):
    content = bytearray(make_zip({"a.txt": b"x" * 100}))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + offset] |= 1
    with pytest.raises(UnsafeArchive, match=r"'a.txt' in it is encrypted"):
        unpack(bytes(content))


def test_a_small_disk_is_reported_before_unpacking(unpack, make_zip, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(4_096))
    with pytest.raises(InputError, match=r"Unpacking needs 8\.19 kB, but only 4\.1 kB"):
        unpack(make_zip({"a.txt": b"x", "b.txt": b"y"}))
