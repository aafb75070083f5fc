"""Simulated Mars as a dataset that is made when first needed, and kept."""

import pandas as pd
import pytest

from hirise.data import read_catalog
from hirise.data.simulated import (
    SimulatedMars,
    parse_simulated,
    planned_catalog,
    simulate_if_absent,
    simulated_folder,
)
from hirise.errors import InputError
from hirise.files import held_lock

SMALL = SimulatedMars(40, 7)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("simulated", SimulatedMars()),
        ("simulated:60", SimulatedMars(60)),
        (" simulated:60:5 ", SimulatedMars(60, 5)),
        ("simulated-mars", None),
        ("~/mars", None),
        ("simulated:x", None),
    ],
)
def test_its_name_is_read(text, expected):
    assert parse_simulated(text) == expected


def test_a_name_reads_back():
    assert SMALL.name == "simulated:40:7"
    assert parse_simulated(SMALL.name) == SMALL


@pytest.mark.parametrize("text", ["simulated:5", "simulated:60:1000"])
def test_a_number_out_of_range_is_one_line(text):
    with pytest.raises(InputError, match=f"{text}.*Expected: simulated:LANDMARKS"):
        parse_simulated(text)


def test_what_is_planned_is_what_is_simulated_and_read():
    planned = planned_catalog(SMALL)
    assert not SMALL.is_simulated
    assert SMALL.seconds > 0
    read = read_catalog(simulate_if_absent(SMALL))
    pd.testing.assert_frame_equal(planned.table, read.table)
    pd.testing.assert_frame_equal(planned.problems, read.problems)
    for name in ("root", "class_names", "layout", "n_labels", "labelled"):
        assert getattr(planned, name) == getattr(read, name)
    assert planned.fingerprint == read.fingerprint


def test_mars_is_simulated_once_and_what_a_kill_left_is_removed():
    left = simulated_folder() / ".tmp-0123"
    left.mkdir(parents=True)
    done = []
    folder = simulate_if_absent(SMALL, progress=lambda: done.append(1))
    assert (len(done), SMALL.is_simulated, SMALL.seconds) == (40, True, 0)
    assert not left.exists()
    assert simulate_if_absent(SMALL, progress=lambda: done.append(1)) == folder
    assert len(done) == 40


def test_two_do_not_simulate_at_once():
    simulated_folder().mkdir(parents=True, exist_ok=True)
    with (
        held_lock(simulated_folder() / ".lock", what="Simulating Mars"),
        pytest.raises(InputError, match="Simulating Mars is already running"),
    ):
        simulate_if_absent(SMALL)


def test_a_place_that_cannot_be_made_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("HIRISE_SIMULATED", str(tmp_path / "file" / "inside"))
    with pytest.raises(InputError, match="Set HIRISE_SIMULATED"):
        simulate_if_absent(SMALL)
