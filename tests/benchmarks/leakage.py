"""How surely and how fast copies across a split are found.

    python tests/benchmarks/leakage.py [--data DIR]

DIR holds real images in the v3 layout (default: `HIRISE_V3`, else the sample beside the
repository). By names: all labelled names are split at random and by landmark; siblings
found are counted against those that a look-up of each name gives. By pixels, names
hidden: the true siblings among the images; and each image turned or flipped, compressed
again and given another name. A pair is false if its images are of different landmarks.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import time
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from hirise.data import load_images, read_catalog
from hirise.data.near_duplicates import hash_pairs, near_keys, near_pairs
from hirise.diagnosis.leakage import LeakageEvidence
from hirise.mars.names import parse_names
from hirise.predictions import Predictions

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT.parent / "shared" / "data" / "hirise-map-proj-v3"
SIZES = (64, 128, 227)
QUALITIES = (90, 75, 50)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("HIRISE_V3"))
    folder = Path(parser.parse_args().data or SAMPLE)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs{load}\n")
    by_names(folder)
    catalog = read_catalog(folder)
    landmark = pd.factorize(catalog.table["landmark"])[0]
    print(
        "by pixels, names hidden   pairs  found  recall  false  seconds (of decoding)"
    )
    for size in SIZES:
        start = time.perf_counter()
        pixels = load_images(catalog, size=size).pixels
        decoding = time.perf_counter() - start
        siblings(pixels, landmark, size, decoding)
        for quality in QUALITIES:
            planted(np.asarray(pixels), landmark, size, quality)


def by_names(folder: Path) -> None:
    """Siblings across a split of all labelled names."""
    lines = (folder / "labels-map-proj-v3.txt").read_text("utf-8").splitlines()
    names, labels = zip(*(line.split() for line in lines), strict=True)
    table = pd.DataFrame({"image": names, "class_name": labels})
    parts = parse_names(table["image"])
    rng = np.random.default_rng(0)
    side = np.array(["train", "val", "test"])
    codes = pd.factorize(parts["landmark"])[0]
    splits = {
        "random": rng.choice(side, len(table), p=(0.65, 0.15, 0.2)),
        "landmark": rng.choice(side, codes.max() + 1, p=(0.65, 0.15, 0.2))[codes],
    }
    print(f"by names, {len(table):,}   judged  with sibling  found  seconds")
    for kind, split in splits.items():
        known = set(parts.loc[split == "train", "landmark"])
        true = int(parts.loc[split == "test", "landmark"].isin(known).sum())
        start = time.perf_counter()
        places = table.assign(split=split).join(
            parse_names(table["image"])[["landmark", "observation"]]
        )
        judged = places.loc[places["split"] == "test", "image"].to_numpy(dtype=object)
        labels_of = np.zeros(len(judged), dtype=np.int64)
        predictions = Predictions(labels_of, ("0",), image=judged, split="test")
        leakage = LeakageEvidence(places, predictions)
        found = int(leakage.shared["landmark"].sum())
        _ = leakage.crossings
        seconds = time.perf_counter() - start
        print(f"{kind:<18}{len(judged):>8,}{true:>14,}{found:>7,}{seconds:>9.2f}")
    print()


def siblings(pixels: np.ndarray, landmark: np.ndarray, size: int, decoding: float):
    """True siblings among the images, by their pixels alone."""
    counts = np.bincount(landmark)
    n_true = int((counts * (counts - 1) // 2).sum())
    start = time.perf_counter()
    first, second = near_pairs(hash_pairs(pixels))
    seconds = time.perf_counter() - start
    right = int((landmark[first] == landmark[second]).sum())
    line(f"siblings, {size} px", n_true, right, len(first) - right, seconds, decoding)


def planted(pixels: np.ndarray, landmark: np.ndarray, size: int, quality: int):
    """Each image beside a turned, compressed copy of itself."""
    rng = np.random.default_rng(quality)
    copies = np.stack(
        [compressed(turned(one, rng.integers(1, 8)), quality) for one in pixels]
    )
    start = time.perf_counter()
    pairs = hash_pairs(np.concatenate([pixels, copies]))
    first, second = near_pairs(pairs)
    keys = near_keys(pairs)
    seconds = time.perf_counter() - start
    n = len(pixels)
    found = int(((keys[:n] == keys[n:]) & (keys[:n] >= 0)).sum())
    false = int((landmark[first % n] != landmark[second % n]).sum())
    line(
        f"copies, {size} px, JPEG {quality}", n, found, false, seconds, None, len(first)
    )


def turned(image: np.ndarray, symmetry: int) -> np.ndarray:
    """One of the eight symmetries of the square; 0 is the image itself."""
    image = np.rot90(image, symmetry % 4)
    return np.ascontiguousarray(image.T if symmetry >= 4 else image)


def compressed(image: np.ndarray, quality: int) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def line(
    title: str,
    n_true: int,
    found: int,
    false: int,
    seconds: float,
    decoding: float | None,
    n_pairs: int | None = None,
) -> None:
    share = false / max(n_pairs or found + false, 1)
    extra = "" if decoding is None else f" ({decoding:.1f})"
    print(
        f"{title:<24}{n_true:>7,}{found:>7,}{found / n_true:>8.2%}{share:>7.2%}"
        f"{seconds:>9.1f}{extra}",
        flush=True,
    )


if __name__ == "__main__":
    main()
