"""How long each page takes in a browser, and what the server then holds in memory.

    python tests/benchmarks/page_speed.py [--repeats 5] [--sizes 64947,1000000]

For the shipped examples and for each number of predictions (8 classes with
probabilities, HiRISE names, 20 epochs of curves, imported by `hirise import`) a server
and a browser are started, and every page is opened by its link in the navigation. The
clock, that of the browser, runs from the click until the title, all charts and tables
of that page are drawn and its script has ended. A page's first visit also measures what
no page asked for before; the later ones, `repeats` in turn through all pages, do not.
Memory is that of the server and its children: after the verdict, and in the end.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
from check_speed import write_predictions
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
GOALS = {64_947: 0.7, 1_000_000: 2.0}
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
            (chart) => chart.querySelector('.main-svg .plot, .main-svg .pielayer'))
        && all('[data-testid=stDataFrame]').every(
            (table) => table.querySelector('canvas'))
        && all('[data-testid=stImage] img').every((image) => image.complete);
}"""
OPEN = f"""async (link, title) => {{
    const settled = {SETTLED};
    const start = performance.now();
    link.click();
    while (!settled(title))
        await new Promise(requestAnimationFrame);
    return (performance.now() - start) / 1000;
}}"""


def visit(page: Page, title: str) -> float:
    """Seconds from the click on a link to the page that it opens, all drawn."""
    page.mouse.move(700, 5)
    link = page.get_by_role("link", name=title, exact=True).first.element_handle()
    taken = page.evaluate(f"([link, title]) => ({OPEN})(link, title)", [link, title])
    if page.locator("[data-testid=stException]").count():
        sys.exit(f"The page {title} shows an exception.")
    return float(taken)


def measure(
    browser: Browser, artifacts: Path, repeats: int
) -> tuple[pd.DataFrame, list[float]]:
    """Seconds by page (index) and visit (columns), and the memory before and after."""
    port = free_port()
    with (
        started(dashboard_command(artifacts, port), port) as server,
        fresh_page(browser) as page,
    ):
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_function(SETTLED, arg="Overview")
        memory = [resident(server)]
        links = page.get_by_role("link")
        titles = [t for t in PAGES if links.get_by_text(t, exact=True).count()]
        columns = [[visit(page, t) for t in titles] for _ in range(repeats + 1)]
        table = pd.DataFrame(columns, columns=titles).T
        memory.append(resident(server))
    return table, memory


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


def report(title: str, table: pd.DataFrame, memory: list[float]) -> float:
    """Print what was measured; the slowest page's median."""
    print(f"\n{title}\n{'seconds':<20}{'first':>7}{'median':>8}   each")
    medians = []
    for name, (first, *later) in zip(table.index, table.to_numpy(), strict=True):
        medians.append(statistics.median(later))
        each = " ".join(f"{taken:.2f}" for taken in later)
        print(f"{name:<20}{first:>7.2f}{medians[-1]:>8.2f}   {each}")
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
        report("examples", *measure(browser, shipped, given.repeats))
        for n in map(int, given.sizes.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                artifacts = import_run(Path(folder), n)
                measured = measure(browser, artifacts, given.repeats)
            slowest = report(f"{n:,} predictions", *measured)
            goal = GOALS.get(n, float("inf"))
            missed += slowest > goal
            print(f"slowest page {slowest:.2f} s, goal at most {goal} s", flush=True)
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
