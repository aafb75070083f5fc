"""Simulated Mars as a dataset that is always at hand: simulated once, then stored."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import platformdirs

from hirise.data.catalog import Catalog, ImageSizes
from hirise.data.listing import make_problems
from hirise.errors import InputError
from hirise.files import TEMPORARY, disk_errors, held_lock
from hirise.mars import simulated
from hirise.mars.labels import HIRISE_CLASSES
from hirise.mars.names import parse_names
from hirise.mars.releases import SIMULATED_LAYOUT
from hirise.mars.simulated.image import IMAGE_SIZE
from hirise.mars.simulated.plan import (
    DEFAULT_LANDMARKS,
    FEWEST,
    LIMIT,
    MOST,
    plan_landmarks,
)
from hirise.mars.simulated.release import IMAGE_FOLDER, image_table, write_release

WORD = "simulated"
VARIABLE = "HIRISE_SIMULATED"
"""Environment variable that names another folder to keep simulated Mars in."""

SECONDS_PER_LANDMARK = 0.03
"""Measured on one core, with its copies."""


@dataclass(frozen=True)
class SimulatedMars:
    """A dataset of simulated landmarks, whether or not it was simulated yet.

    Attributes
    ----------
    n_landmarks, seed : int
        See `write_release`.

    Raises
    ------
    InputError
        If a number is out of range.
    """

    n_landmarks: int = DEFAULT_LANDMARKS
    seed: int = 0

    def __post_init__(self) -> None:
        if not FEWEST <= self.n_landmarks <= MOST or not 0 <= self.seed < LIMIT:
            raise InputError(
                "This is out of range.",
                where=self.name,
                how=f"Expected: {WORD}:LANDMARKS:SEED with {FEWEST} to {MOST:,} "
                f"landmarks and a seed from 0 to {LIMIT - 1}.",
            )

    @property
    def name(self) -> str:
        """What `--data` and a training's request call it: `simulated:2000:0`."""
        return f"{WORD}:{self.n_landmarks}:{self.seed}"

    @property
    def folder(self) -> Path:
        """Where it is, or will be; each version of the simulator has a folder."""
        name = f"{self.n_landmarks}-landmarks-seed-{self.seed}-{simulator_version()}"
        return simulated_folder() / name

    @property
    def is_simulated(self) -> bool:
        """Whether it was simulated before, and is still there."""
        return (self.folder / IMAGE_FOLDER).is_dir()

    @property
    def seconds(self) -> float:
        """About how long simulating it takes; 0 if it was simulated before."""
        return 0.0 if self.is_simulated else self.n_landmarks * SECONDS_PER_LANDMARK


def parse_simulated(text: str) -> SimulatedMars | None:
    """`simulated`, `simulated:LANDMARKS` or `simulated:LANDMARKS:SEED`; else None.

    Raises
    ------
    InputError
        If a number is out of range.

    Examples
    --------
    >>> parse_simulated("simulated:2000")
    SimulatedMars(n_landmarks=2000, seed=0)
    >>> parse_simulated("my-folder") is None
    True
    """
    match = re.fullmatch(rf"{WORD}(?::(\d{{1,9}}))?(?::(\d{{1,9}}))?", text.strip())
    if match is None:
        return None
    n_landmarks, seed = match.groups()
    return SimulatedMars(int(n_landmarks or DEFAULT_LANDMARKS), int(seed or 0))


def simulated_folder() -> Path:
    """Where simulated Mars is stored: `HIRISE_SIMULATED`, else with user data."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen)
    return Path(platformdirs.user_data_dir("hirise")) / WORD


def simulate_if_absent(
    mars: SimulatedMars, *, progress: Callable[[], object] = lambda: None
) -> Path:
    """The folder of `mars`, which is simulated first unless it was before.

    Parameters
    ----------
    mars : SimulatedMars
    progress : callable
        Called whenever a landmark is written.

    Raises
    ------
    InputError
        If the disk is full or read-only, or another process simulates just now.
    """
    folder = mars.folder
    if mars.is_simulated:
        return folder
    with disk_errors(folder.parent, elsewhere=f"set {VARIABLE} to another folder"):
        folder.parent.mkdir(parents=True, exist_ok=True)
    with held_lock(folder.parent / ".lock", what="Simulating Mars"):
        # Nobody else is at work here: what is unfinished was left by a kill.
        for left in folder.parent.glob(f"{TEMPORARY}*"):
            shutil.rmtree(left, ignore_errors=True)
        write_release(
            folder, n_landmarks=mars.n_landmarks, seed=mars.seed, progress=progress
        )
    return folder


def planned_catalog(mars: SimulatedMars) -> Catalog:
    """What `read_catalog` will say of the folder once it is simulated.

    Examples
    --------
    >>> catalog = planned_catalog(SimulatedMars(n_landmarks=40))
    >>> len(catalog.table), catalog.class_names[:2]
    (208, ('other', 'crater'))
    """
    images = image_table(plan_landmarks(mars.n_landmarks, mars.seed))
    images = images.sort_values("image", ignore_index=True)
    names = np.asarray(HIRISE_CLASSES)
    table = pd.DataFrame(
        {
            "image": images["image"],
            "path": f"{IMAGE_FOLDER}/" + images["image"],
            "label": images["label"],
            "class_name": pd.Series(names[images["label"]], dtype="str"),
        }
    )
    counts = np.bincount(table["label"], minlength=len(HIRISE_CLASSES))
    return Catalog(
        root=mars.folder,
        table=table.join(parse_names(table["image"])).assign(split=images["split"]),
        problems=make_problems([], "", ""),
        class_names=HIRISE_CLASSES,
        layout=SIMULATED_LAYOUT,
        n_labels=len(table),
        labelled=tuple(int(count) for count in counts),
        sizes=ImageSizes(*[IMAGE_SIZE] * 4),
    )


@cache
def simulator_version() -> str:
    """Eight hex digits that change when the simulator does."""
    digest = hashlib.sha256()
    for module in sorted(Path(simulated.__file__).parent.glob("*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()[:8]
