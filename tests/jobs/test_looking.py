"""The process that looks: started, watched, stopped; a stand-in for the program."""

import sys
import time

import pytest

from hirise.errors import InputError
from hirise.jobs.saliency import (
    LookRequest,
    look_at_looking,
    looking_log,
    start_looking,
    stop_looking,
)

SLOW = (sys.executable, "-c", "import time; print('at it'); time.sleep(600)")
GOOD = (sys.executable, "-c", "import sys; print(sys.argv[1:])")
REQUEST = LookRequest("--run", "val", "--image.jpg")


def wait_until_ended(artifacts):
    deadline = time.monotonic() + 120
    while (job := look_at_looking(artifacts)).state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return job


def test_no_name_reads_as_an_option(tmp_path):
    start_looking(tmp_path / "a", REQUEST, program=GOOD)
    assert wait_until_ended(tmp_path / "a").state == "finished"
    (words,) = looking_log(tmp_path / "a")
    assert "'saliency', '--split=val', '--image=--image.jpg'" in words
    assert words.endswith("'--', '--run']")


def test_one_at_a_time_and_stopped(tmp_path):
    start_looking(tmp_path / "a", REQUEST, program=SLOW)
    with pytest.raises(InputError, match="is being looked at already"):
        start_looking(tmp_path / "a", REQUEST, program=SLOW)
    stop_looking(tmp_path / "a")
    assert look_at_looking(tmp_path / "a").state == "stopped"
