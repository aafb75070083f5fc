"""Train every fault on every family that can have it.

    python tests/benchmarks/faults/make.py OUT [--photos FILE] [--workers N]

Each training is one file, `FAMILY--KIND--SEVERITY--NETWORK--SEED.npz`. Those that exist
are not made again. Only NumPy, PyTorch and `hirise.recording.torch` are needed.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
import zipfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from families import DRAWN, Family, photographs
from kinds import FAULTS
from plant import SOUND, Fault, make

NETWORKS = ("cnn", "bn")
SEEDS_OF_SOUND = 5


@dataclass(frozen=True)
class Case:
    """One training to be made."""

    family: str
    fault: str
    severity: float
    network: str
    seed: int

    @property
    def name(self) -> str:
        """The name of its file."""
        kind = self.fault.replace(" ", "-")
        return f"{self.family}--{kind}--{self.severity:g}--{self.network}--{self.seed}"


def families(photos: Path) -> dict[str, Family]:
    """Every family by name."""
    return {family.name: family for family in (*DRAWN, *photographs(photos))}


def cases(known: dict[str, Family]) -> Iterator[Case]:
    """The grid: each fault with each severity, its network chosen in turn."""
    for number, fault in enumerate(FAULTS):
        for place, family in enumerate(known.values()):
            if not fault.needs(family):
                continue
            if fault.key == SOUND:
                for seed in range(SEEDS_OF_SOUND):
                    for severity in fault.severities:
                        for network in NETWORKS:
                            yield Case(family.name, fault.key, severity, network, seed)
                continue
            for turn, severity in enumerate(fault.severities):
                network = NETWORKS[(number + place + turn) % 2]
                yield Case(family.name, fault.key, severity, network, 0)


def fault_named(key: str) -> Fault:
    """The fault of that name."""
    return next(fault for fault in FAULTS if fault.key == key)


def _make(case: Case, photos: str, out: str) -> str:
    from train import train

    path = Path(out, f"{case.name}.npz")
    if path.exists():
        return ""
    try:
        family = families(Path(photos))[case.family]
        setup = make(
            family, fault_named(case.fault), case.severity, case.network, case.seed
        )
        arrays = train(setup)
    except Exception:
        return f"{case.name}: {traceback.format_exc(limit=-2)}"
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, **arrays)
    part.rename(path)
    return ""


def main() -> None:
    """Make what is missing, on several cores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--photos", type=Path, default=Path("photos.npz"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="part of the names of cases")
    parser.add_argument(
        "--zip", type=Path, metavar="DIR", help="pack the files when done"
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    wanted = [
        case for case in cases(families(options.photos)) if options.only in case.name
    ]
    print(f"{len(wanted)} trainings", flush=True)
    begun = time.monotonic()
    with ProcessPoolExecutor(options.workers) as pool:
        photos, out = str(options.photos), str(options.out)
        futures = [pool.submit(_make, case, photos, out) for case in wanted]
        problems = [text for future in futures if (text := future.result())]
    print(f"{time.monotonic() - begun:.0f} s, {len(problems)} failed")
    print("\n".join(problems[:10]), file=sys.stderr)
    if options.zip:
        _pack(sorted(options.out.glob("*.npz")), options.zip)


def _pack(paths: list[Path], folder: Path) -> None:
    """Archives of at most 15 MB."""
    folder.mkdir(parents=True, exist_ok=True)
    part, size = 0, 0
    for path in paths:
        size += path.stat().st_size
        if size > 15_000_000:
            part, size = part + 1, path.stat().st_size
        with zipfile.ZipFile(folder / f"faults-{part}.zip", "a") as archive:
            archive.write(path, path.name)


if __name__ == "__main__":
    main()
