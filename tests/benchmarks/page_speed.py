"""How long each page takes in a browser, and what the server then holds in memory.

    python tests/benchmarks/page_speed.py [--repeats 5] [--sizes 64947,1000000]

For the shipped examples and for each number of predictions (8 classes with
probabilities, HiRISE names, 20 epochs of curves, imported as val by `hirise import`) a
server and a browser are started, and every page is opened by its link in the
navigation. The clock, that of the browser, runs from the click until the title, all
charts and tables of that page are drawn and its script has ended. A page's first visit
also measures what no page asked for before; the later ones, `repeats` in turn through
all pages, do not. Then each of `page_changes.CHANGES` is made `repeats` times on its
page, and the clock runs until the page has settled again. Beside the seconds stand
those of the server's CPU, which other work on the machine lengthens less. Memory is
that of the server and its children: after the verdict, and in the end.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
from check_speed import write_predictions
from page_changes import CHANGES, Change
from playwright.sync_api import Browser, Page
from serving import (
    chromium,
    dashboard_command,
    free_port,
    fresh_page,
    machine,
    resident,
    started,
)

EXAMPLES = Path(__file__).parents[2] / "artifacts" / "examples"
GOALS = {64_947: 0.7, 1_000_000: 1.5}
MOST_MEMORY = 1500
"""MB that the server may hold with a million predictions."""

PAGES = (
    *("Learning curves", "Confusion matrix", "Classes", "Predicted labels"),
    *("Confidence", "Images", "Data", "Runs", "Overview"),
)
"""In the order of the visits; those that the navigation lacks are left out."""

SETTLED = """(title) => {
    const all = (found) => [...document.querySelectorAll(found)];
    const app = document.querySelector('[data-testid=stApp]');
    return document.querySelector('h1')?.innerText.trim() === title
        && app.dataset.testScriptState === 'notRunning'
        && !all('[data-testid=stSkeleton], [data-stale=true]').length
        && all('[data-testid=stPlotlyChart]').every(
            (chart) => chart.querySelector(
                '.main-svg .plot, .main-svg .overplot, .main-svg .pielayer'))
        && all('[data-testid=stDataFrame]').every(
            (table) => table.querySelector('canvas'))
        && all('[data-testid=stImage] img').every((image) => image.complete);
}"""
WATCH_RUNS = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    window.ranAt = 0;
    window.watching?.disconnect();
    window.watching = new MutationObserver(() => {
        if (app.dataset.testScriptState !== 'notRunning')
            window.ranAt = performance.now();
    });
    window.watching.observe(app, {attributes: true});
}"""
"""Notes when the script began to run again."""

OPEN = f"""async (link, title) => {{
    const settled = {SETTLED};
    const start = performance.now();
    link.click();
    while (!settled(title))
        await new Promise(requestAnimationFrame);
    return (performance.now() - start) / 1000;
}}"""


LINK = "([link, title]) => (" + OPEN + ")(link, title)"


@dataclass(frozen=True)
class Taken:
    """Seconds by the browser's clock, and of the server's CPU."""

    seconds: float
    cpu: float


def settled(page: Page, title: str) -> None:
    page.wait_for_function(SETTLED, arg=title)
    if page.locator("[data-testid=stException]").count():
        sys.exit(f"The page {title} shows an exception.")


def cpu_of(server: psutil.Process) -> float:
    """CPU seconds of the server and its children so far."""
    family = [server, *server.children(recursive=True)]
    return sum(sum(member.cpu_times()[:2]) for member in family)


def visit(page: Page, title: str, server: psutil.Process) -> Taken:
    """From the click on a link to the page that it opens, all drawn."""
    page.mouse.move(700, 5)
    link = page.get_by_role("link", name=title, exact=True).first.element_handle()
    before = cpu_of(server)
    taken = page.evaluate(LINK, [link, title])
    settled(page, title)
    return Taken(float(taken), cpu_of(server) - before)


def change(page: Page, one: Change, turn: int, server: psutil.Process) -> Taken:
    """From a change on the page until it has settled again."""
    page.evaluate(WATCH_RUNS)
    before, start = cpu_of(server), time.perf_counter()
    one.make(page, turn)
    page.wait_for_function("window.ranAt > 0")
    settled(page, one.page)
    return Taken(time.perf_counter() - start, cpu_of(server) - before)


def measure(
    browser: Browser,
    artifacts: Path,
    repeats: int,
    changes: tuple[Change, ...] = CHANGES,
) -> tuple[dict[str, list[Taken]], tuple[float, float]]:
    """What each visit and change took, the first one first; memory in MB."""
    port = free_port()
    with (
        started(dashboard_command(artifacts, port), port) as server,
        fresh_page(browser) as page,
    ):
        page.goto(f"http://127.0.0.1:{port}/")
        settled(page, "Overview")
        memory = resident(server)
        links = page.get_by_role("link")
        titles = [t for t in PAGES if links.get_by_text(t, exact=True).count()]
        taken: dict[str, list[Taken]] = {title: [] for title in titles}
        for _ in range(repeats + 1):
            for title in titles:
                taken[title].append(visit(page, title, server))
        for one in changes:
            visit(page, "Overview", server)
            visit(page, one.page, server)
            taken[f"{one.page}: {one.what}"] = [
                change(page, one, turn, server) for turn in range(repeats + 1)
            ]
        return taken, (memory, resident(server))


def import_run(folder: Path, n: int, *more: str) -> Path:
    """An artifacts folder with one run of `n` predictions, made as a user makes it.

    `more` are further options of `hirise import`.
    """
    predictions, history = folder / "predictions.parquet", folder / "history.csv"
    write_predictions(predictions, n, named=True)
    falling = np.exp(-np.arange(20) / 5)
    curves = {"loss": falling, "val_loss": falling + 0.1}
    curves |= {"accuracy": 1 - falling / 2, "val_accuracy": 0.95 - falling / 2}
    pd.DataFrame({"epoch": range(1, 21), **curves}).to_csv(history, index=False)
    command = [sys.executable, "-m", "hirise", "import", str(predictions)]
    options = ["--history", str(history), "--artifacts", str(folder / "artifacts")]
    command += [*options, *more]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / "artifacts"


def report(
    title: str, taken: dict[str, list[Taken]], memory: tuple[float, float]
) -> float:
    """Print what was measured; the slowest median."""
    print(f"\n{title}\n{'':<36}{'first':>7}{'CPU':>7}{'median':>8}{'CPU':>7}   each")
    medians = []
    for name, (first, *later) in taken.items():
        medians.append(statistics.median(one.seconds for one in later))
        cpu = statistics.median(one.cpu for one in later)
        each = " ".join(f"{one.seconds:.2f}" for one in later)
        print(
            f"{name:<36}{first.seconds:>7.2f}{first.cpu:>7.2f}{medians[-1]:>8.2f}"
            f"{cpu:>7.2f}   {each}"
        )
    before, after = memory
    print(f"resident memory: {before:.0f} MB on Overview, {after:.0f} MB in the end")
    return max(medians)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--sizes", default=",".join(str(n) for n in GOALS))
    given = parser.parse_args()
    missed = 0
    print(f"{machine()}, {psutil.virtual_memory().total / 1e9:.0f} GB")
    with chromium() as browser, tempfile.TemporaryDirectory() as scratch:
        shipped = Path(scratch) / "artifacts"
        shutil.copytree(EXAMPLES, shipped / "examples")
        report("examples, seconds", *measure(browser, shipped, given.repeats, ()))
        for n in map(int, given.sizes.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                artifacts = import_run(Path(folder), n, "--split", "val")
                taken, memory = measure(browser, artifacts, given.repeats)
            slowest = report(f"{n:,} predictions, seconds", taken, memory)
            goal = GOALS.get(n, float("inf"))
            missed += slowest > goal or memory[1] > MOST_MEMORY
            print(
                f"slowest {slowest:.2f} s, goal at most {goal} s; "
                f"memory at most {MOST_MEMORY} MB",
                flush=True,
            )
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
