"""How long the first page of the gallery takes until its 60 pictures are there.

    python tests/benchmarks/thumbnails.py --run RUN --data DIR [--repeats 5]

RUN is a run folder with predictions on real images, DIR holds these images; the run is
copied first. Each time a server is started with an empty cache of pictures and the
dashboard is opened on Overview, in a browser. Cold is the first way from there to
Images, with all that no page asked for before: the predictions are read, sorted, and 60
files decoded. Warm is the second way, back from Overview. The clock, that of the
browser, runs from the click on the link until all 60 pictures are complete.
Beside both: what the 60 pictures cost alone, in this process.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from page_speed import settled, visit
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

from hirise.evaluation.images import ORDERS, image_table, sort_images
from hirise.predictions import read_predictions
from hirise.runs import Run, read_run
from hirise.runs.images import thumbnails

GOALS = {"cold": 1.5, "warm": 0.4}
N_PICTURES = 60

SHOWN = f"""async (link) => {{
    const grid = () => {{
        const hosts = '[data-testid=stBidiComponentIsolated]';
        for (const host of document.querySelectorAll(hosts))
            if (host.shadowRoot?.querySelector('.gallery'))
                return host.shadowRoot;
        return document;
    }};
    const complete = () => {{
        const images = [...grid().querySelectorAll('.gallery .tile img')];
        return document.querySelector('h1')?.innerText.trim() === 'Images'
            && images.length === {N_PICTURES}
            && images.every((image) => image.complete && image.naturalWidth);
    }};
    const start = performance.now();
    link.click();
    while (!complete())
        await new Promise(requestAnimationFrame);
    return (performance.now() - start) / 1000;
}}"""


def measure(browser: Browser, artifacts: Path) -> dict[str, float]:
    """Seconds of the first and of the second way to Images, on a new server."""
    port = free_port()
    with (
        tempfile.TemporaryDirectory() as cache,
        started(dashboard_command(artifacts, port), port, HIRISE_CACHE=cache) as server,
        fresh_page(browser) as page,
    ):
        page.goto(f"http://127.0.0.1:{port}/")
        settled(page, "Overview")
        taken = {}
        for kind in GOALS:
            link = page.get_by_role("link", name="Images", exact=True).first
            taken[kind] = float(page.evaluate(SHOWN, link.element_handle()))
            settled(page, "Images")
            visit(page, "Overview", server)
    return taken


def pictures_alone(run: Run, repeats: int) -> dict[str, float]:
    """Median seconds of making and of reading the first 60 pictures."""
    split = "val" if "val" in run.splits() else run.splits()[0]
    table = image_table(read_predictions(run.predictions_path(split)))
    names = sort_images(table, next(iter(ORDERS)))["image"].head(N_PICTURES).tolist()
    taken: dict[str, list[float]] = {"made": [], "read": []}
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as cache:
            os.environ["HIRISE_CACHE"] = cache
            for kind in taken:
                start = time.perf_counter()
                found = thumbnails(run, names)
                taken[kind].append(time.perf_counter() - start)
    assert len(found.pictures) == N_PICTURES, found.reason
    return {kind: statistics.median(each) for kind, each in taken.items()}


def copied(run: Path, data: Path, artifacts: Path) -> Run:
    """The run in a folder of its own, with its images where they are now."""
    folder = artifacts / run.name
    shutil.copytree(run, folder)
    document = json.loads((folder / "run.json").read_text("utf-8"))
    document["dataset"]["path"] = str(data.resolve())
    (folder / "run.json").write_text(json.dumps(document), "utf-8")
    return read_run(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    os.environ["HIRISE_EXAMPLES"] = ""
    missed = 0
    with chromium() as browser, tempfile.TemporaryDirectory() as scratch:
        run = copied(given.run, given.data, Path(scratch))
        print(f"{machine()}; files forgotten before: {forget_files()}")
        ways = [measure(browser, Path(scratch)) for _ in range(given.repeats)]
        for kind, goal in GOALS.items():
            each = [way[kind] for way in ways]
            median = statistics.median(each)
            missed += median > goal
            told = " ".join(f"{taken:.2f}" for taken in each)
            print(f"{kind}: median {median:.2f} s of {told}; goal at most {goal} s")
        for kind, seconds in pictures_alone(run, given.repeats).items():
            print(f"the {N_PICTURES} pictures {kind}: {seconds:.3f} s")
        print(f"{machine()}")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
