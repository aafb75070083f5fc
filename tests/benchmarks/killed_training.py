"""A training that is killed and resumed, and what is seen of it meanwhile."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import ZipFile

import h5py
import numpy as np
import pandas as pd

from hirise.runs import Run, list_runs, read_run
from hirise.runs.manage import CHECKPOINT
from hirise.runs.process import last_beat

HIRISE = (sys.executable, "-m", "hirise")
LONGEST = 600
SOON = 30.0
"""Seconds within which a dead training must read as interrupted."""


@dataclass(frozen=True)
class Training:
    """What is trained: the words after `hirise train`."""

    words: tuple[str, ...]

    def start(self, artifacts: Path, resumed: str | None) -> subprocess.Popen[str]:
        """A process that trains anew, or goes on with a run."""
        what = self.words if resumed is None else (f"--resume={resumed}",)
        return subprocess.Popen(
            [*HIRISE, "train", *what, f"--artifacts={artifacts}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )


@dataclass(frozen=True)
class Kill:
    """One kill, and what was found after it.

    Attributes
    ----------
    at : str
        Seconds from the start of the process, or the file that was being written.
    lines, epoch : int
        Epochs in `history.csv`, and in the checkpoint (-1: there was none yet).
    half : tuple of str
        Files that were just being written.
    read_as : float
        Seconds until the run read as interrupted, here.
    elsewhere : float
        The same as another machine sees it, which knows the heartbeat alone; NaN if
        that was not waited for.
    broken : str
        What a command said that it should not have; "" if nothing.
    """

    at: str
    lines: int = 0
    epoch: int = -1
    half: tuple[str, ...] = ()
    read_as: float = float("nan")
    elsewhere: float = float("nan")
    broken: str = ""


def undisturbed(training: Training, artifacts: Path) -> Run:
    """The training that nothing befell."""
    process = training.start(artifacts, None)
    _, said = process.communicate()
    if process.returncode:
        raise SystemExit(said.strip())
    return list_runs(artifacts).runs[0]


@dataclass(frozen=True)
class Moments:
    """When to kill: at random, or while a file is being written.

    Attributes
    ----------
    seconds : float
        What an undisturbed training takes.
    chance : Random
    aims : tuple of str
        Names of files; if there are any, the kill comes as soon as the n-th writing of
        one of them is seen, both at random.
    """

    seconds: float
    chance: random.Random
    aims: tuple[str, ...] = ()

    def await_one(self, process: subprocess.Popen[str], artifacts: Path) -> str:
        """Wait for a moment; what it was, or "" if the process ended before."""
        if self.aims:
            return self._await_file(process, artifacts)
        wait = self.chance.uniform(0, self.seconds)
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            return f"{wait:.2f} s"
        return ""

    def _await_file(self, process: subprocess.Popen[str], artifacts: Path) -> str:
        name, left = self.chance.choice(self.aims), self.chance.randint(1, 3)
        is_there, text = False, f"{name}, {left}."
        while process.poll() is None:
            was_there, is_there = is_there, any(artifacts.glob(f"*/.tmp-*-{name}"))
            left -= is_there and not was_there
            if not left:
                return text
        return ""


def killed(
    training: Training,
    artifacts: Path,
    moments: Moments,
    most: int,
    *,
    watched: int = 0,
    tell: Callable[[Kill], object] = lambda _: None,
) -> tuple[list[Kill], Run]:
    """Kill a training up to `most` times, resume each time; the finished run.

    After the first `watched` kills it is also waited until another machine knows.
    """
    kills: list[Kill] = []
    run: Run | None = None
    while True:
        process = training.start(artifacts, None if run is None else run.info.id)
        at = moments.await_one(process, artifacts) if len(kills) < most else ""
        if not at:
            _, said = process.communicate(timeout=LONGEST)
            if process.returncode:
                raise SystemExit(f"could not go on: {said.strip()}")
            return kills, list_runs(artifacts).runs[0]
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kill, runs = Kill(at), list_runs(artifacts).runs
        if runs:
            run = runs[0]
            if run.info.status == "finished":  # only its verdict was still to be told
                return kills, run
            kill = looked_at(kill, artifacts, run, watched=len(kills) < watched)
        kills.append(kill)
        tell(kill)


def looked_at(kill: Kill, artifacts: Path, run: Run, *, watched: bool) -> Kill:
    """What people see of `run` after a kill."""
    died = time.monotonic()
    while read_run(run.folder).info.status != "interrupted":
        if time.monotonic() - died > SOON:
            return replace(kill, broken="still reads as training")
        time.sleep(0.05)
    kill = replace(
        kill,
        read_as=time.monotonic() - died,
        lines=len(run.history()),
        epoch=_checkpointed(run),
        half=tuple(path.name for path in run.folder.rglob(".tmp-*")),
    )
    if watched:
        kill = replace(kill, elsewhere=_seen_elsewhere(run, died))
    problems = [*_of_listing(artifacts, run), *_of_check(artifacts, run)]
    return replace(kill, broken="; ".join(problems))


def _seen_elsewhere(run: Run, died: float) -> float:
    """Seconds from death until a machine that sees no process here knows of it."""
    copy = run.folder.parent / "elsewhere" / run.folder.name
    shutil.copytree(run.folder, copy)
    document = json.loads((copy / "run.json").read_text("utf-8"))
    (copy / "run.json").write_text(json.dumps(document | {"host": "elsewhere"}))
    beat = last_beat(copy)
    if beat is None or document["status"] != "training":
        shutil.rmtree(copy.parent)
        return float("nan")
    while read_run(copy).info.status == "training":
        time.sleep(0.1)
    shutil.rmtree(copy.parent)
    return time.monotonic() - died


def _of_listing(artifacts: Path, run: Run) -> list[str]:
    done = subprocess.run(
        [*HIRISE, "runs", "--json", f"--artifacts={artifacts}"],
        capture_output=True,
        text=True,
    )
    if done.returncode or done.stderr:
        return [f"hirise runs: {done.stderr.strip()}"]
    document = json.loads(done.stdout)
    found = [one["status"] for one in document["runs"] if one["id"] == run.info.id]
    problems = [f"hirise runs: {line}" for line in document["problems"]]
    return problems if found == ["interrupted"] else [*problems, f"listed as {found}"]


def _of_check(artifacts: Path, run: Run) -> list[str]:
    """`hirise check` has a verdict, or says in one line that there is nothing yet."""
    done = subprocess.run(
        [*HIRISE, "check", run.info.id, f"--artifacts={artifacts}"],
        capture_output=True,
        text=True,
    )
    lines = done.stderr.strip().splitlines()
    nothing = read_run(run.folder).history().empty and done.returncode == 2
    fine = (done.returncode in (0, 1) and not lines) or (nothing and len(lines) == 1)
    return [] if fine else [f"hirise check: {done.stderr.strip() or done.returncode}"]


def _checkpointed(run: Run) -> int:
    path = run.folder / CHECKPOINT
    if not path.is_file():
        return -1
    with np.load(path, allow_pickle=False) as file:
        return int(file["epoch"])


@dataclass(frozen=True)
class Difference:
    """Largest absolute differences from the undisturbed run."""

    history: float = 0.0
    proba: float = 0.0
    weights: float = 0.0
    labels: int = 0
    counts: int = 0

    def with_(self, other: Difference) -> Difference:
        """The larger of each."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Difference(*(max(pair) for pair in pairs))

    def within(self, tolerance: float = 1e-5) -> bool:
        """Whether nothing differs by more than `tolerance`."""
        return max(vars(self).values()) <= tolerance

    def __str__(self) -> str:
        return (
            f"largest difference: history {self.history:.2g}, probabilities "
            f"{self.proba:.2g}, weights {self.weights:.2g}, {self.labels} predicted "
            f"labels, {self.counts} predicted counts"
        )


def compare(run: Run, whole: Run) -> Difference:
    """Hold a resumed run against the undisturbed one."""
    one, two = (each.history().drop(columns="seconds") for each in (run, whole))
    if one.shape != two.shape or run.splits() != whole.splits():
        return Difference(history=float("inf"))
    counts = [each.predicted_counts()["n"].to_numpy() for each in (run, whole)]
    proba, labels = 0.0, 0
    for split in whole.splits():
        mine, other = (
            pd.read_parquet(each.predictions_path(split)) for each in (run, whole)
        )
        labels += int((mine["y_pred"] != other["y_pred"]).sum())
        chances = [name for name in other if name.startswith("p:")]
        gaps = np.abs(mine[chances].to_numpy() - other[chances].to_numpy())
        proba = max(proba, float(gaps.max()))
    return Difference(
        history=float(np.nanmax(np.abs(one.to_numpy() - two.to_numpy()))),
        proba=proba,
        weights=max(
            float(np.abs(a - b).max())
            for a, b in zip(_weights(run), _weights(whole), strict=True)
        ),
        labels=labels,
        counts=int((counts[0] != counts[1]).sum()),
    )


def _weights(run: Run) -> list[np.ndarray]:
    found: list[np.ndarray] = []
    with ZipFile(run.folder / "model.keras").open("model.weights.h5") as file:
        h5py.File(file).visititems(
            lambda _, item: (
                found.append(item[()]) if isinstance(item, h5py.Dataset) else None
            )
        )
    return found
