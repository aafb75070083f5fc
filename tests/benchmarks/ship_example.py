"""Copy a finished run among the examples that ship, without what is large or private.

    python tests/benchmarks/ship_example.py RUN EXAMPLE --title TEXT --note TEXT

RUN is a run folder, EXAMPLE the folder that it becomes, whose name is its new id. Left
out are the network, the log, the weights of epochs, the features and embeddings of the
images, and the paths of this machine. Tables are compressed again, since they are most
of the size. An example that is made anew keeps its id, and the time that is part of it.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow.parquet as pq

KEPT = (
    "history.csv",
    "predicted_counts.csv",
    "layer_stats.csv",
    "activations.json",
    "catalog.parquet",
    "labels_seen.parquet",
    "predictions/*.parquet",
    "experiments/*.json",
    "saliency/*.parquet",
    "embeddings/*.parquet",
    "images/*/*.png",
)
FEATURES = "image_features.parquet"
FEW = 20_000
"""Bytes up to which the features of the images are kept as well."""
OF_THE_MACHINE = ("job", "pid", "process_started", "host")


def ship(run: Path, example: Path, *, title: str, note: str) -> int:
    """Copy the run; the bytes of the example."""
    before = example / "run.json"
    earlier = json.loads(before.read_text("utf-8")) if before.is_file() else {}
    shutil.rmtree(example, ignore_errors=True)
    files = [path for pattern in KEPT for path in sorted(run.glob(pattern))]
    features = run / FEATURES
    if features.is_file() and features.stat().st_size <= FEW:
        files.append(features)
    for path in files:
        place = example / path.relative_to(run)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            pq.write_table(table, place, compression="zstd", compression_level=19)
        else:
            shutil.copyfile(path, place)
    document = json.loads((run / "run.json").read_text("utf-8"))
    document["created"] = earlier.get("created", document["created"])
    about = shipped(document, example.name, title=title, note=note)
    text = json.dumps(about, indent=2)
    (example / "run.json").write_text(f"{text}\n", "utf-8")
    return sum(p.stat().st_size for p in example.rglob("*") if p.is_file())


def shipped(
    document: dict[str, Any], run_id: str, *, title: str, note: str
) -> dict[str, Any]:
    """`run.json` with another id, title and note, and nothing of this machine."""
    dataset = dict(document["dataset"])
    dataset["path"] = None
    if "split" in dataset:
        dataset["split"] = PurePosixPath(dataset["split"]).name
    return {
        **document,
        **dict.fromkeys(OF_THE_MACHINE),
        "id": run_id,
        "title": title,
        "note": note,
        "dataset": dataset,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("example", type=Path)
    parser.add_argument("--title", required=True)
    parser.add_argument("--note", required=True)
    given = parser.parse_args()
    size = ship(given.run, given.example, title=given.title, note=given.note)
    print(f"{given.example.name}: {size:,} bytes")
