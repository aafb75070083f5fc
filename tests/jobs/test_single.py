"""One process of a kind at a time: started, watched, stopped, and found broken."""

import json
import os
import sys
import time
from dataclasses import dataclass
from typing import ClassVar

import pytest

from hirise.errors import InputError
from hirise.jobs import single

SLOW = (sys.executable, "-c", "import time; print('at it'); time.sleep(600)")
GOOD = (sys.executable, "-c", "import sys; print(sys.argv[1:])")
BAD = (sys.executable, "-c", "print('hirise: x: is gone.'); raise SystemExit(2)")


@dataclass(frozen=True)
class Wish(single.SingleRequest):
    kind: ClassVar[str] = "wish"
    word: str

    def arguments(self, artifacts):
        return [self.word]

    @property
    def busy(self):
        return f"{self.word} is under way."


class OtherWish(Wish):
    kind: ClassVar[str] = "other"


def look_at_end(artifacts, **options):
    deadline = time.monotonic() + 120
    while (job := single.look(artifacts, Wish, **options)).state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return job


def kept(artifacts):
    return artifacts / ".jobs" / "wish" / "job.json"


def write_elsewhere(artifacts):
    """A job that runs on another machine."""
    kept(artifacts).parent.mkdir(parents=True)
    words = {"id": "x", "request": {"word": "hi"}, "state": "running"}
    process = {"pid": os.getpid(), "process_started": 1.0, "host": "elsewhere"}
    kept(artifacts).write_text(json.dumps(words | process))


def test_it_runs_to_its_end_and_is_forgotten(tmp_path):
    started = single.start(tmp_path, Wish("hi"), program=GOOD)
    assert (started.state, started.request) == ("running", Wish("hi"))
    job = look_at_end(tmp_path)
    assert (job.id, job.state, job.error) == (started.id, "finished", "")
    assert single.log(tmp_path, Wish) == ["['hi']"]
    single.forget(tmp_path, Wish)
    assert single.look(tmp_path, Wish) is None
    assert single.log(tmp_path, Wish) == []


def test_its_last_word_is_the_reason(tmp_path):
    single.start(tmp_path, Wish("hi"), program=BAD)
    job = look_at_end(tmp_path)
    assert (job.state, job.error) == ("failed", "x: is gone.")


def test_what_it_made_can_tell_that_it_finished(tmp_path):
    seen = []

    def has_finished(artifacts, job, status):
        seen.append((artifacts, job.request, status))
        return True

    single.start(tmp_path, Wish("hi"), program=BAD)
    assert look_at_end(tmp_path, has_finished=has_finished).state == "finished"
    assert seen == [(tmp_path, Wish("hi"), 2)]


def test_one_of_a_kind_at_a_time(tmp_path):
    first = single.start(tmp_path, Wish("hi"), program=SLOW)
    with pytest.raises(InputError, match=r"^hi is under way\.$"):
        single.start(tmp_path, Wish("ho"), program=SLOW)
    single.forget(tmp_path, Wish)
    assert single.look(tmp_path, Wish) == first
    other = single.start(tmp_path, OtherWish("ho"), program=SLOW)
    stopped = [single.stop(tmp_path, one, patience=2) for one in (Wish, OtherWish)]
    assert stopped == [first, other]
    assert single.look(tmp_path, Wish).state == "stopped"
    assert single.stop(tmp_path, Wish, patience=2) is None
    single.start(tmp_path, Wish("ho"), program=GOOD)
    assert look_at_end(tmp_path).state == "finished"


def test_what_is_prepared_lies_in_its_folder(tmp_path):
    def prepare(request, folder):
        (folder / "own").write_text(request.word)
        return Wish("changed")

    job = single.start(tmp_path, Wish("hi"), program=GOOD, prepare=prepare)
    assert job.request == Wish("changed")
    assert kept(tmp_path).with_name("own").read_text() == "hi"
    assert look_at_end(tmp_path).request == Wish("changed")
    assert single.log(tmp_path, Wish) == ["['changed']"]


def test_one_of_another_machine_is_left_alone(tmp_path):
    write_elsewhere(tmp_path)
    assert single.look(tmp_path, Wish).state == "running"
    assert single.stop(tmp_path, Wish, patience=2) is None
    assert single.look(tmp_path, Wish).state == "running"
    with pytest.raises(InputError, match="hi is under way"):
        single.start(tmp_path, Wish("ho"), program=GOOD)


def test_one_of_another_machine_that_is_long_silent_has_failed(tmp_path):
    write_elsewhere(tmp_path)
    os.utime(kept(tmp_path), (1, 1))
    job = single.look(tmp_path, Wish)
    assert (job.state, job.error) == ("failed", "It ended without a word.")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"id": "x"}',
        '{"request": 3}',
        '{"id": "x", "request": {"word": 3}, "state": "running"}',
        '{"id": "x", "request": {"word": "hi"}, "state": "odd"}',
        '{"id": "x", "request": {"word": "hi"}, "state": "failed", "error": 3}',
        '{"id": "x", "request": {"word": "hi"}, "state": "failed", "command": "rm"}',
    ],
)
def test_a_broken_file_is_no_job(tmp_path, text):
    kept(tmp_path).parent.mkdir(parents=True)
    kept(tmp_path).write_text(text)
    assert single.look(tmp_path, Wish) is None
    single.start(tmp_path, Wish("hi"), program=GOOD)
    assert look_at_end(tmp_path).state == "finished"
