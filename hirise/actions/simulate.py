"""Simulate landmarks of Mars, or find the images that a request names."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hirise.actions import StrPath
from hirise.mars.simulated.plan import DEFAULT_LANDMARKS
from hirise.progress import Progress

TERMINATED = 128 + signal.SIGTERM


@dataclass(frozen=True, kw_only=True)
class SimulateRequest:
    """A simulated release to be made.

    Attributes
    ----------
    folder : path
        New, empty, or an earlier simulated release, which is replaced.
    landmarks : int
        Those in train and val come in seven copies, those in test in one.
    seed : int
        From 0 to 999; another seed gives other landmarks.
    """

    folder: StrPath
    landmarks: int = DEFAULT_LANDMARKS
    seed: int = 0


@dataclass(frozen=True)
class Simulated:
    """A simulated release: where it is, how many images it has, and the time taken."""

    folder: Path
    n_images: int
    seconds: float


def simulate(
    request: SimulateRequest, *, progress: Progress | None = None
) -> Simulated:
    """Simulate landmarks of Mars in the layout of HiRISE v3.2.

    The same seed gives the same images.

    Raises
    ------
    InputError
        If a number is out of range, the folder holds anything else, or the disk is
        full or read-only.
    """
    from hirise.mars.simulated import write_release

    folder, started = Path(request.folder), time.monotonic()
    n_images = write_release(
        folder,
        n_landmarks=request.landmarks,
        seed=request.seed,
        progress=_counted(request.landmarks, progress or Progress()),
    )
    return Simulated(folder, n_images, time.monotonic() - started)


def image_folder(data: StrPath, progress: Progress) -> Path:
    """The folder of images that `data` names.

    `simulated`, `simulated:LANDMARKS` or `simulated:LANDMARKS:SEED` is simulated first
    unless it is kept from an earlier time.

    Raises
    ------
    InputError
        If a number is out of range, or the simulation cannot be written.
    """
    from hirise.data.simulated import parse_simulated, simulate_if_absent

    path = Path(data)
    mars = None if path.exists() else parse_simulated(str(data))
    if mars is None:
        return path
    if mars.is_simulated:
        progress.say(f"Simulated Mars, kept in {mars.folder}")
        return mars.folder
    with _exit_when_terminated():
        folder = simulate_if_absent(mars, progress=_counted(mars.n_landmarks, progress))
    progress.say(f"Simulated Mars is kept in {folder}")
    return folder


def _counted(n_landmarks: int, progress: Progress) -> Callable[[], None]:
    """A function that counts landmarks, one per call."""
    n_done = 0

    def landmark_done() -> None:
        nonlocal n_done
        n_done += 1
        progress.update("Simulating", n_done, n_landmarks, unit="landmarks")

    return landmark_done


@contextmanager
def _exit_when_terminated() -> Iterator[None]:
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
