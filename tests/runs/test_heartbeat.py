"""Signs of life: a training elsewhere that died reads as interrupted within 30 s."""

import json
import os
import time

import pytest

from hirise.runs.process import BEAT, HEARTBEAT, QUIET, heartbeat, last_beat


@pytest.fixture
def elsewhere(make_run, artifacts):
    """A run that another machine trains."""
    writer = make_run(artifacts, status="training")
    document = json.loads((writer.folder / "run.json").read_text())
    document |= {"host": "another", "pid": 1}
    (writer.folder / "run.json").write_text(json.dumps(document))
    return writer


def beat_ago(folder, seconds):
    then = time.time() - seconds
    (folder / HEARTBEAT).touch()
    os.utime(folder / HEARTBEAT, (then, then))


def test_two_missed_beats_are_allowed_and_death_is_seen_within_30_s():
    assert 3 * BEAT < QUIET < 30


@pytest.mark.parametrize(
    ("seconds", "status"), [(0, "training"), (20, "training"), (26, "interrupted")]
)
def test_a_training_elsewhere_is_known_by_its_heartbeat(elsewhere, seconds, status):
    beat_ago(elsewhere.folder, seconds)
    assert elsewhere.read().info.status == status


def test_the_heart_beats_until_the_end_and_leaves_nothing(tmp_path):
    with heartbeat(tmp_path, seconds=0.01):
        first = wait_for_beat(tmp_path, after=0)
        os.utime(tmp_path / HEARTBEAT, (1, 1))
        assert wait_for_beat(tmp_path, after=1) >= first - 1
    assert last_beat(tmp_path) is None
    assert not list(tmp_path.iterdir())


def wait_for_beat(folder, *, after):
    deadline = time.monotonic() + 120
    while (last_beat(folder) or 0) <= after:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return last_beat(folder)


def test_a_folder_that_cannot_be_written_to_stops_no_heart(tmp_path):
    with heartbeat(tmp_path / "gone", seconds=0.01):
        time.sleep(0.05)
    assert last_beat(tmp_path / "gone") is None
