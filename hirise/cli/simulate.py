"""`hirise data simulate`: images where there are none."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from hirise.dataset.simulated.plan import DEFAULT_LANDMARKS, FEWEST, MOST

LINES = 4
EPOCHS = 12
"""What `small-cnn` needs on the default number of landmarks."""


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
    click.echo(
        f"Next: hirise train --data {folder} --split published --recipe small-cnn "
        f"--epochs {EPOCHS}"
    )


class Progress:
    """A bar over all landmarks on a terminal, a few lines elsewhere."""

    def __init__(self, n_landmarks: int) -> None:
        self.n_landmarks = n_landmarks
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
        return n_done * LINES // self.n_landmarks
