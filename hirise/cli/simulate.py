"""`hirise data simulate`: images where there are none."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from hirise.dataset.simulated.plan import DEFAULT_LANDMARKS, FEWEST, MOST

LINES = 4
LINES_BEFORE_TRAINING = 40
"""More of them, because a page draws its progress bar from them."""

TERMINATED = 128 + signal.SIGTERM


@click.command()
@click.option(
    "--to",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="A new or empty folder, or an earlier simulation, which is replaced.",
)
@click.option(
    "--landmarks",
    default=DEFAULT_LANDMARKS,
    show_default=True,
    metavar="N",
    help=f"{FEWEST} to {MOST}; all but the test landmarks come in seven copies.",
)
@click.option("--seed", default=0, show_default=True, metavar="S", help="0 to 999.")
def simulate(folder: Path, landmarks: int, seed: int) -> None:
    """Simulate landmarks of Mars in the layout of HiRISE v3.2.

    The same seed gives the same images. No camera took them, and they are called
    simulated wherever they show.
    """
    from hirise.dataset.simulated import write_release

    start = time.monotonic()
    with Progress(landmarks) as progress:
        n = write_release(
            folder, n_landmarks=landmarks, seed=seed, progress=progress.landmark_done
        )
    click.echo(
        f"{folder}: {n:,} simulated images of {landmarks:,} landmarks, seed {seed} "
        f"({time.monotonic() - start:.0f} s)"
    )
    from hirise.recipes import SIMULATED_SETTINGS, SIMULATED_SPLIT

    epochs = SIMULATED_SETTINGS["small-cnn"]["epochs"]
    click.echo(
        f"Next: hirise train --data {folder} --split {SIMULATED_SPLIT} "
        f"--recipe small-cnn --epochs {epochs}"
    )


def at_hand(data: Path) -> Path:
    """The folder that `--data` names; simulated Mars is made first if it is absent."""
    from hirise.dataset.simulated.kept import parse_simulated, simulate_if_absent

    mars = None if data.exists() else parse_simulated(str(data))
    if mars is None:
        return data
    if mars.is_kept:
        click.echo(f"Simulated Mars, kept in {mars.folder}")
        return mars.folder
    progress = Progress(mars.n_landmarks, lines=LINES_BEFORE_TRAINING)
    with progress, _stopped_cleanly():
        folder = simulate_if_absent(mars, progress=progress.landmark_done)
    click.echo(f"Simulated Mars is kept in {folder}")
    return folder


@contextmanager
def _stopped_cleanly() -> Iterator[None]:
    """Let a request to end (SIGTERM) tidy up, as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(*_: object) -> None:
        raise SystemExit(TERMINATED)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class Progress:
    """A bar over all landmarks on a terminal, `lines` lines elsewhere."""

    def __init__(self, n_landmarks: int, *, lines: int = LINES) -> None:
        self.n_landmarks = n_landmarks
        self.lines = lines
        self.n_done = 0
        self.bar: tqdm[Any] | None = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            unit, what = "landmark", "simulating"
            self.bar = tqdm(total=self.n_landmarks, unit=unit, desc=what)
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def landmark_done(self) -> None:
        self.n_done += 1
        if self.bar is not None:
            self.bar.update()
        elif self._part(self.n_done) > self._part(self.n_done - 1):
            click.echo(f"{self.n_done:,} of {self.n_landmarks:,} landmarks simulated")

    def _part(self, n_done: int) -> int:
        return n_done * self.lines // self.n_landmarks
