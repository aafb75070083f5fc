"""Ask the product about every training, as `hirise check RUN --json` does.

    python tests/benchmarks/papers/ask.py OUT ANSWERS.jsonl

One line per training: the facts of `make.py`, and the verdict, causes and findings.
"""

from __future__ import annotations

import argparse
import json
import traceback
from pathlib import Path
from typing import Any

from make import VERSIONS
from registry import PROGRAMS

from hirise.actions.check import CheckRequest, check


def main() -> None:
    """Ask about all that are there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("answers", type=Path)
    options = parser.parse_args()
    lines = []
    for program in PROGRAMS:
        for version in VERSIONS:
            folder = options.out / program.key / version
            if (folder / "facts.json").exists():
                facts = json.loads((folder / "facts.json").read_text("utf-8"))
                answer = {"program": program.key, "version": version, "facts": facts}
                lines.append(json.dumps(answer | answer_about(folder)))
    options.answers.write_text("\n".join(lines) + "\n", "utf-8")


def answer_about(folder: Path) -> dict[str, Any]:
    """What the product says of the run in a folder; `refused` where it says nothing."""
    runs = sorted((folder / "runs").glob("*/run.json"))
    if not runs:
        return {"refused": "no run was recorded"}
    try:
        result = check(CheckRequest(str(runs[0].parent)))
        document = result.to_dict()
    except Exception as error:
        return {"refused": f"{type(error).__name__}: {traceback.format_exc(limit=-2)}"}
    keys = ("key", "probability", "likelihood", "score")
    return {
        "verdict": document["verdict"],
        "sentence": document["sentence"],
        "causes": [
            {key: cause.get(key) for key in keys} for cause in document["causes"]
        ],
        "findings": [
            {key: f.get(key) for key in ("code", "severity", "subject", "evidence")}
            for f in document["findings"]
        ],
    }


if __name__ == "__main__":
    main()
