"""How surely image neighbours alone tell right labels from scrambled ones.

    python tests/benchmarks/alignment.py [--data DIR] [--draws 200]

On the real v3 sample, one image per landmark: the association of labels and texture
(z, in standard deviations over 200 permutations), on right labels and with 10 %, 30 %
and all of them permuted among their images, at all, 900 and 300 images. Then the
threshold of HR101: false alarms on random subsets of right labels, 300 to 900 images
each and half of them 300, and misses on the same subsets with all labels permuted.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np

from hirise.data import load_images, read_catalog
from hirise.data.features import SIDE, texture_features
from hirise.diagnosis.checks.labels import MisalignedLabels
from hirise.diagnosis.labels.agreement import association

ROOT = Path(__file__).resolve().parents[2]
DATA = os.environ.get("HIRISE_V3", ROOT.parent / "shared/data/hirise-map-proj-v3")
SHARES = (0.0, 0.1, 0.3, 1.0)
REPEATS = 20


def one_per_landmark(data: Path) -> tuple[np.ndarray, np.ndarray]:
    """Features and labels of the first image of each landmark."""
    catalog = read_catalog(data)
    pixels = load_images(catalog, size=SIDE).pixels
    rows = np.flatnonzero(~catalog.table["landmark"].duplicated())
    start = time.perf_counter()
    features = texture_features(pixels[rows])
    each = (time.perf_counter() - start) / len(rows)
    print(f"{len(rows):,} images, one per landmark; features {1000 * each:.1f} ms each")
    return features, catalog.table["label"].to_numpy()[rows]


def scrambled(labels: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """A share of the labels permuted among their images."""
    chosen = rng.choice(len(labels), round(share * len(labels)), replace=False)
    labels = labels.copy()
    labels[chosen] = labels[rng.permutation(chosen)]
    return labels


def strength(features: np.ndarray, labels: np.ndarray) -> float:
    return association(features, labels, most=len(labels)).z


def print_strengths(features: np.ndarray, labels: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    print(f"\nz: mean (least to most) of {REPEATS} draws; 3 of all images")
    print("images" + "".join(f"{f'{share:.0%} scrambled':>26}" for share in SHARES))
    for n in (len(labels), 900, 300):
        cells = []
        for share in SHARES:
            found = []
            for _ in range(REPEATS if n < len(labels) else 3):
                rows = rng.choice(len(labels), n, replace=False)
                found.append(
                    strength(features[rows], scrambled(labels[rows], share, rng))
                )
            low, high = min(found), max(found)
            cells.append(f"{np.mean(found):>9.1f} ({low:>5.1f} to {high:>5.1f})")
        print(f"{n:>6,}" + "".join(f"{cell:>26}" for cell in cells), flush=True)


def print_errors(features: np.ndarray, labels: np.ndarray, draws: int) -> None:
    rng = np.random.default_rng(1)
    threshold = MisalignedLabels().association
    right, wrong = [], []
    for draw in range(draws):
        n = 300 if draw % 2 else int(rng.integers(300, 901))
        rows = rng.choice(len(labels), n, replace=False)
        right.append(strength(features[rows], labels[rows]))
        wrong.append(strength(features[rows], rng.permutation(labels[rows])))
    alarms = sum(z < threshold for z in right)
    misses = sum(z >= threshold for z in wrong)
    print(f"\nthreshold z {threshold}, {draws} subsets of 300 to 900 images")
    print(f"false alarms on right labels  {alarms} ({alarms / draws:.1%})", end="; ")
    print(f"least z {min(right):.1f}")
    print(f"misses on scrambled labels    {misses} ({misses / draws:.1%})", end="; ")
    print(f"largest z {max(wrong):.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path(DATA))
    parser.add_argument("--draws", type=int, default=200)
    options = parser.parse_args()
    features, labels = one_per_landmark(options.data)
    print_strengths(features, labels)
    print_errors(features, labels, options.draws)


if __name__ == "__main__":
    main()
