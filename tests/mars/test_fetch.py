"""Downloads from a server that breaks off, lies, and serves the wrong thing."""

from __future__ import annotations

import random
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from hirise.errors import InputError
from hirise.mars import download as module
from hirise.mars.download import Patience, fetch

CONTENT = random.Random(0).randbytes(50_000)
N_BYTES = len(CONTENT)


@pytest.fixture
def get(server, tmp_path):
    """Fetch from the misbehaving server; the bytes that came."""
    server.content = CONTENT

    def get(*faults, n_bytes=N_BYTES, part=b"", pauses=(0, 0)):
        server.faults.extend(faults)
        path = tmp_path / "file.part"
        if part:
            path.write_bytes(part)
        fetch(
            f"{server.address}/files/file.zip?download=1",
            path,
            n_bytes=n_bytes,
            report=lambda *_: None,
            patience=Patience(timeout=0.2, pauses=pauses),
        )
        return path.read_bytes()

    return get


def test_in_one_go(get, server):
    assert get() == CONTENT
    assert server.ranges == [None]


@pytest.mark.parametrize("n_bytes", [len(CONTENT), None])
def test_the_rest_is_requested_from_a_server_that_breaks_off(get, server, n_bytes):
    assert get("break off", "break off", "break off", n_bytes=n_bytes) == CONTENT
    assert server.ranges[0] is None
    starts = [int(asked[6:-1]) for asked in server.ranges[1:]]
    assert starts == sorted(set(starts))
    assert len(starts) == 3


def test_what_an_earlier_call_left_is_gone_on_from(get, server):
    assert get(part=CONTENT[:30_000]) == CONTENT
    assert server.ranges == ["bytes=30000-"]


@pytest.mark.parametrize("n_bytes", [len(CONTENT), None])
def test_what_an_earlier_call_completed_is_kept(get, server, n_bytes):
    assert get(part=CONTENT, n_bytes=n_bytes) == CONTENT
    assert server.ranges == ([] if n_bytes else ["bytes=50000-"])


def test_a_part_longer_than_the_file_is_no_part_of_it(get):
    assert get(part=CONTENT + b"x") == CONTENT
    assert get(part=CONTENT + b"x", n_bytes=None) == CONTENT


def test_a_server_without_ranges_begins_anew(get, server):
    server.always.append("no ranges")
    assert get("break off", part=CONTENT[:9]) == CONTENT


def test_a_server_that_sends_another_range_is_not_believed(get):
    assert get("other range", part=CONTENT[:9]) == CONTENT


@pytest.mark.parametrize("fault", ["slow", "nothing", "500", "503", "429"])
def test_faults_that_pass(get, fault):
    assert get(fault) == CONTENT


def test_bytes_that_were_announced_and_never_come(get, server):
    assert get("too long", n_bytes=None) == CONTENT
    assert server.ranges == [None, "bytes=50000-"]


def test_chunks_without_a_length(get):
    assert get("no length") == CONTENT
    with pytest.raises(InputError, match="sends more than 50,000 bytes"):
        get("endless", part=CONTENT[:9])


def test_a_redirect_is_followed(get):
    assert get("elsewhere") == CONTENT


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        (["404"], "The server answers 404 Not Found. See the page"),
        (["500"] * 3, "answers 500 Internal Server Error, 3 times in a row. 0 bytes"),
        (["nothing"] * 3, "The connection broke off, 3 times in a row"),
        (["login page"], r"offers 19 bytes, but the release has 50,000. A proxy or a"),
        (["too long"], "offers 50,999 bytes"),
        (["too short"], "offers 49,991 bytes"),
    ],
)
def test_faults_that_stay_are_one_clear_line(get, faults, message):
    with pytest.raises(InputError, match=message) as error:
        get(*faults)
    assert "\n" not in str(error.value)


def test_silence_ends_and_what_came_is_kept(get, tmp_path):
    with pytest.raises(InputError, match=r"answers 500 .*, 2 times in a row. 25,000 b"):
        get("slow", "500", "500", pauses=(0,))
    assert CONTENT.startswith((tmp_path / "file.part").read_bytes())


def test_no_server_is_one_line(get, server, tmp_path):
    with pytest.raises(InputError, match="Cannot be reached"):
        fetch(
            "http://127.0.0.1:9/x.zip",
            tmp_path / "x",
            n_bytes=9,
            report=lambda *_: None,
            patience=Patience(timeout=0.2, pauses=(0,)),
        )


def test_a_way_out_of_encryption_is_refused():
    with pytest.raises(InputError, match="not encrypted"):
        module._check_scheme("https://a/x.zip", "http://b/x.zip")


def test_a_small_disk_is_reported_before_anything_is_written(
    get, monkeypatch, tmp_path
):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(20_000))
    with pytest.raises(InputError, match="needs 50 kB, but only 20 kB"):
        get(n_bytes=None)
    assert not (tmp_path / "file.part").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_disk_that_fills_up_is_one_line(get, tmp_path):
    (tmp_path / "file.part").symlink_to("/dev/full")
    with pytest.raises(
        InputError, match=r"\(No space left on device\)\. Free some space"
    ):
        get()
