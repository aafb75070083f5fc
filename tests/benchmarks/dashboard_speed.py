"""From `hirise dashboard` to the verdict, against TensorBoard to its first chart.

    python tests/benchmarks/dashboard_speed.py [--repeats 5] [--tensorboard PYTHON]

Each start is a process of its own and a browser context of its own, the two tools in
turn, the system's cache of files emptied before each (as root on Linux; it says if it
was not). The clock runs from the start of the process; the browser, open already, loads
the address as soon as it answers. `hirise` shows the shipped examples, and stops when
the verdict can be read; TensorBoard shows 20 epochs of loss and accuracy of training
and validation, and stops when the first line is drawn. TensorBoard is no requirement:
without `--tensorboard` it is installed in a folder for temporary files. There it has no
TensorFlow beside it, which it would import at its start: it is then at its fastest.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser
from serving import (
    chromium,
    dashboard_command,
    forget_files,
    free_port,
    fresh_page,
    machine,
    started,
)

ARTIFACTS = Path(__file__).parents[2] / "artifacts"
GOAL = 0.6
VERDICT = """() => [...document.querySelectorAll('[data-testid=stAlert]')].some(
    (found) =>
      found.querySelector("h3") && found.checkVisibility({ visibilityProperty: true })
)"""
FIRST_LINE = """() => [...document.querySelectorAll('line-chart path')].some(
    (line) =>
      (line.getAttribute('d') ?? '').length > 50 &&
      line.checkVisibility({ visibilityProperty: true })
)"""
WRITE_LOG = """
import math, sys
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter
for side, gap in (("train", 0.0), ("validation", 0.1)):
    writer = EventFileWriter(f"{sys.argv[1]}/{side}")
    for epoch in range(20):
        loss = math.exp(-epoch / 5) + gap
        for tag, number in (("epoch_loss", loss), ("epoch_accuracy", 1 - loss / 2)):
            value = Summary.Value(tag=tag, simple_value=number)
            summary = Summary(value=[value])
            time = 1.7e9 + 10 * epoch
            writer.add_event(Event(step=epoch, wall_time=time, summary=summary))
    writer.close()
"""

Command = Callable[[int], list[str]]


def seconds(browser: Browser, command: Command, drawn: str) -> float:
    """From the start of the process until `drawn` holds in the browser."""
    port = free_port()
    start = time.perf_counter()
    with started(command(port), port), fresh_page(browser) as page:
        page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
        page.wait_for_function(drawn)
        return time.perf_counter() - start


def tensorboard_python(folder: Path) -> str:
    """A Python that has TensorBoard, made on first use."""
    python = folder / "bin" / "python"
    if not python.is_file():
        print("Installing TensorBoard …", flush=True)
        venv.create(folder, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "tensorboard"]
        subprocess.run(install, check=True)
    return str(python)


def compare(python: str, repeats: int) -> tuple[list[float], list[float], bool]:
    """Times of both, in turn, and whether the caches could be emptied."""

    def tensorboard(port: int) -> list[str]:
        options = ["--logdir", log, "--host", "127.0.0.1", "--port", str(port)]
        return [python, "-m", "tensorboard.main", *options]

    def ours(port: int) -> list[str]:
        return dashboard_command(ARTIFACTS, port)

    times: tuple[list[float], list[float]] = ([], [])
    with tempfile.TemporaryDirectory() as log, chromium() as browser:
        subprocess.run([python, "-c", WRITE_LOG, log], check=True, capture_output=True)
        for number in range(1, repeats + 1):
            for kept, command, drawn in zip(
                times, (ours, tensorboard), (VERDICT, FIRST_LINE), strict=True
            ):
                cold = forget_files()
                kept.append(seconds(browser, command, drawn))
            print(f"{number:>3}{times[0][-1]:>10.2f}{times[1][-1]:>13.2f}", flush=True)
    return *times, cold


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--tensorboard", metavar="PYTHON", default="")
    given = parser.parse_args()
    default = Path(tempfile.gettempdir()) / "hirise-benchmark-tensorboard"
    python = given.tensorboard or tensorboard_python(default)
    print(machine())
    print("run    hirise  tensorboard   seconds")
    ours, theirs, cold = compare(python, given.repeats)
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"med{statistics.median(ours):>10.2f}{statistics.median(theirs):>13.2f}")
    print("File caches emptied before each." if cold else "File caches NOT emptied.")
    print(f"Ratio of the medians {ratio:.2f}, goal at most {GOAL}.")
    sys.exit(ratio > GOAL)


if __name__ == "__main__":
    main()
