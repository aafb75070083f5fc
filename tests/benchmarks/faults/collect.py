"""Write the photographs that faults are planted in.

python tests/benchmarks/faults/collect.py OUT.npz NAME=FOLDER …
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from families import SIZE

from hirise.data import read_catalog
from hirise.data.images import decode_some


def main(out: str, *named: str) -> None:
    """Decode every folder, small, into one file."""
    arrays: dict[str, np.ndarray] = {
        "families": np.array([n.partition("=")[0] for n in named])
    }
    for text in named:
        name, _, folder = text.partition("=")
        catalog = read_catalog(Path(folder))
        table = catalog.table
        paths = [catalog.root / path for path in table["path"]]
        decoded = decode_some(paths, size=SIZE, channels=catalog.channels)
        kept = [not isinstance(one, str) for one in decoded]
        arrays[f"{name}.pixels"] = np.stack(
            [d for d in decoded if not isinstance(d, str)]
        )
        arrays[f"{name}.labels"] = table["label"].to_numpy(dtype=np.int64)[kept]
        # Copies of one landmark, and images of one observation, belong together.
        own = pd.Series(range(len(table)), index=table.index).astype(str)
        groups = table["landmark"].where(table["landmark"] != "", own)
        arrays[f"{name}.groups"] = pd.factorize(groups)[0][kept]
        arrays[f"{name}.class_names"] = np.array(catalog.class_names)
        print(name, arrays[f"{name}.pixels"].shape)
    np.savez_compressed(out, **arrays)


if __name__ == "__main__":
    main(*sys.argv[1:])
