"""One training at a time in a folder, among processes that know nothing of another."""

import subprocess
import sys

import pytest

from hirise.errors import InputError
from hirise.jobs.control import own_turn
from hirise.runs import create_run

CODE = """
import sys, time
from pathlib import Path
from hirise.jobs.control import own_turn
with own_turn(Path(sys.argv[1]), lambda line: print(line, flush=True)):
    print("has it", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def begin(tmp_path):
    processes = []

    def begin(seconds):
        words = [sys.executable, "-W", "ignore", "-c", CODE, str(tmp_path), seconds]
        processes.append(subprocess.Popen(words, stdout=subprocess.PIPE, text=True))
        return processes[-1]

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


def test_the_second_waits_and_a_killed_one_frees_the_turn(begin, tmp_path):
    first = begin("600")
    assert first.stdout.readline() == "has it\n"
    create_run(tmp_path, title="mine", class_names=["a"])
    second = begin("0")
    line = second.stdout.readline()
    assert line == f"Waiting for the training 'mine' in {tmp_path} to end.\n"
    assert second.poll() is None
    first.kill()
    assert second.stdout.readline() == "has it\n"


def test_a_free_turn_is_taken_without_a_word_and_again_inside(tmp_path):
    lines = []
    for _ in range(2):
        with own_turn(tmp_path, lines.append), own_turn(tmp_path, lines.append):
            pass
    assert lines == []


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(InputError, match="cannot be written"),
        own_turn(tmp_path / "file", print),
    ):
        pass
