"""`hirise data download`: the published images."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from hirise.dataset.download import download as carry_out
from hirise.dataset.download import release_folder
from hirise.dataset.room import in_words
from hirise.dataset.zenodo import ARCHIVES, CREDIT, Archive, archive_named

LINES_PER_STAGE = 10


@click.command()
@click.option(
    "--release",
    default="v3.2",
    show_default=True,
    metavar="|".join(archive.release for archive in ARCHIVES),
    help="v3.2 has an official split; v1 is small and has classes of its own.",
)
@click.option(
    "--to",
    default="data",
    show_default=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The release becomes a folder in DIR.",
)
def download(release: str, to: Path) -> None:
    """Download a HiRISE release, check it and unpack it.

    If the download breaks off, the same command goes on where it stopped.
    """
    archive = archive_named(release)
    click.echo("\n".join(described(archive, to)))
    with Progress() as progress:
        done = carry_out(archive, to, report=progress)
    state = "was there already" if done.was_there else "is complete"
    click.echo(f"{done.folder.as_posix()} {state}: {done.n_files:,} files.")
    click.echo(f"Next: hirise data info {done.folder.as_posix()}")


def described(archive: Archive, to: Path) -> list[str]:
    """What will be downloaded, whose it is, and where it goes."""
    if archive.n_bytes is None:
        size = "not known before; nor is the md5: the zip's own checksums are checked"
    else:
        size = f"{in_words(archive.n_bytes)}, and as much again unpacked"
    return [
        f"HiRISE landmarks {archive.release}: {archive.file}",
        f"  source   {archive.page}",
        f"  credit   {CREDIT}",
        f"  licence  {archive.licence or f'see {archive.page}'}",
        f"  size     {size}",
        f"  to       {release_folder(archive, to).as_posix()}",
    ]


class Progress:
    """A bar per stage on a terminal, a line per tenth elsewhere."""

    def __init__(self) -> None:
        self.stage = ""
        self.bar: tqdm[Any] | None = None
        self.tenths = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        if stage != self.stage:
            self._begin(stage, done, total)
        if self.bar is not None:
            self.bar.total = total
            self.bar.update(done - self.bar.n)
        elif total:
            tenths = LINES_PER_STAGE * done // total
            if tenths > self.tenths:
                click.echo(f"{stage}: {in_words(done)} of {in_words(total)}")
            self.tenths = tenths

    def _begin(self, stage: str, done: int, total: int | None) -> None:
        self._close()
        self.stage = stage
        self.tenths = 0
        if sys.stderr.isatty():
            self.bar = tqdm(
                desc=stage,
                initial=done,
                total=total,
                unit="B",
                unit_scale=True,
            )

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None
