"""A training that is killed with signal 9 leaves a whole run, and goes on."""

import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from hirise.__main__ import run as hirise
from hirise.runs import list_runs, read_run

SETTINGS = ("image_size=32", "filters=4,8", "patience=0", "batch_size=8", "depth=1")
LONGEST = 300


def start(artifacts, *words):
    changes = [f"--set={pair}" for pair in SETTINGS]
    given = words if words[0].startswith("--resume") else (*words, *changes)
    return subprocess.Popen(
        [sys.executable, "-m", "hirise", "train", f"--artifacts={artifacts}", *given],
        stdout=subprocess.DEVNULL,
    )


def kill_after(process, artifacts, epochs):
    """Kill it as soon as so many epochs are in the history."""
    deadline = time.monotonic() + LONGEST
    while not (runs := list_runs(artifacts).runs) or len(runs[0].history()) < epochs:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return read_run(runs[0].folder)


@pytest.mark.slow
def test_killed_twice_it_comes_to_what_an_undisturbed_one_does(
    make_dataset, tmp_path, capsys
):
    root = make_dataset(observations=12, landmarks=4, size=32)
    words = (f"--data={root}", "--recipe=small-cnn", "--split=random", "--epochs=6")
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert start(whole, *words).wait(LONGEST) == 0
    run = kill_after(start(parts, *words), parts, 2)
    for epochs in (4, None):
        assert run.info.status == "interrupted"
        assert hirise(["runs", f"--artifacts={parts}"]) == 0
        assert f"{run.info.id}  small-cnn  interrupted" in capsys.readouterr().out
        assert hirise(["check", run.info.id, f"--artifacts={parts}"]) in (0, 1)
        assert capsys.readouterr().err == ""
        process = start(parts, f"--resume={run.info.id}")
        if epochs:
            run = kill_after(process, parts, epochs)
    assert process.wait(LONGEST) == 0
    (one,), (two,) = list_runs(whole).runs, list_runs(parts).runs
    assert two.info.status == "finished"
    histories = [each.history().drop(columns="seconds") for each in (one, two)]
    pd.testing.assert_frame_equal(*histories, rtol=0, atol=1e-6)
    tables = [pd.read_parquet(each.predictions_path("test")) for each in (one, two)]
    assert tables[0]["image"].equals(tables[1]["image"])
    chances = [table.filter(like="p:").to_numpy() for table in tables]
    np.testing.assert_allclose(*chances, rtol=0, atol=1e-6)
