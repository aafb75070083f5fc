"""`hirise data simulate`: images where there are none."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
from tqdm import tqdm

from hirise.dataset.simulated.plan import DEFAULT_LANDMARKS, FEWEST, MOST


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
    with tqdm(
        total=landmarks,
        unit="landmark",
        desc="simulating",
        disable=not sys.stderr.isatty(),
    ) as bar:
        n = write_release(folder, n_landmarks=landmarks, seed=seed, progress=bar.update)
    click.echo(
        f"{folder}: {n:,} simulated images of {landmarks:,} landmarks, seed {seed} "
        f"({time.monotonic() - start:.0f} s)"
    )
