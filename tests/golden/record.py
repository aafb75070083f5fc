"""Record what the golden tests expect: `python tests/golden/record.py [--sentences]`.

To be run by hand, where a change is meant. A rewording records `--sentences` only, so
that the files of the numbers stay as they are.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import chdir
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "parts")]

from golden_cases import (  # noqa: E402
    EXAMPLES,
    GROUPS,
    copy_held_runs,
    expected_path,
    outcome,
)
from golden_inputs import write_inputs  # noqa: E402
from golden_parts import compact  # noqa: E402


def main(*, numbers: bool) -> None:
    """Write the expected files anew."""
    os.environ["HIRISE_EXAMPLES"] = str(EXAMPLES)
    with tempfile.TemporaryDirectory() as scratch, chdir(scratch):
        os.environ["HIRISE_CACHE"] = str(Path(scratch, "cache"))
        os.environ["HIRISE_SIMULATED"] = str(Path(scratch, "simulated"))
        write_inputs(Path())
        copy_held_runs(Path())
        for group, cases in GROUPS.items():
            for case in cases:
                found = outcome(case)
                for value, text in zip(found, (False, True), strict=True):
                    if text or numbers:
                        path = expected_path(group, case, text=text)
                        path.parent.mkdir(parents=True, exist_ok=True)
                        path.write_text(compact(value) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(numbers="--sentences" not in sys.argv[1:])
