"""What `hirise predict` and `hirise check` do with files made to do harm.

    python tests/benchmarks/hostile_models.py [--only WORD]

Each file is made for real (a Lambda layer that calls `os.system`, pickles, archives
with `../`, arrays that claim 10 GB, models that never end or fill the memory, an image
of 2,000 megapixels) and given to the command as a user would. Shown: exit status,
seconds, the most memory of the command and all its processes, lines on standard error,
whether what was planted happened, and what was said. Needs onnx.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from hostile_files import FILES, MODELS, dataset, harmless

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def watched(command: list[str], folder: Path) -> tuple[int, float, float, str, str]:
    """Exit status, seconds, peak GB of it and its children, and what it printed."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "hirise", *command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak = 0

    def look() -> None:
        nonlocal peak
        whole = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                several = [whole, *whole.children(recursive=True)]
                peak = max(peak, sum(one.memory_info().rss for one in several))
            except psutil.NoSuchProcess:
                pass
            time.sleep(0.02)

    threading.Thread(target=look, daemon=True).start()
    out, error = process.communicate()
    return process.returncode, time.perf_counter() - start, peak / 1e9, out, error


def tell(name: str, command: list[str], folder: Path, planted: Path) -> None:
    status, seconds, peak, out, error = watched(command, folder)
    happened = planted.exists() or (folder.parent / planted.name).exists()
    lines = error.strip().splitlines()
    print(
        f"{name}: status {status}, {seconds:.1f} s, {peak:.2f} GB, "
        f"{len(lines)} lines, planted {'HAPPENED' if happened else 'did not happen'}"
    )
    for line in [*lines[-3:], *(out.strip().splitlines() if status != 2 else [])][:12]:
        print(f"    {line.replace(str(folder), '.')}")


def commands(name: str, folder: Path, planted: Path) -> list[str]:
    """What is called with the file of that name, which is made in `folder`."""
    data = dataset(folder / "data", huge="PNG" in name)
    if name == "PNG, data info":
        return ["data", "info", str(data)]
    if name in FILES:
        return ["check", str(FILES[name](folder, planted))]
    make = MODELS.get(name)
    model = make(folder, planted) if make else harmless(folder)
    return ["predict", "--model", str(model), "--data", str(data)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", metavar="WORD")
    only = parser.parse_args().only
    for name in [*MODELS, *FILES, "PNG, predict", "PNG, data info"]:
        if only not in name:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "here"
            folder.mkdir()
            planted = folder / "planted"
            tell(name, commands(name, folder, planted), folder, planted)


if __name__ == "__main__":
    main()
