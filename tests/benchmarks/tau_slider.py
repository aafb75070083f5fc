"""How soon everything follows when τ is moved on the page Predicted labels.

    python tests/benchmarks/tau_slider.py [--repeats 20] [--size 64947]

A run of `size` predictions (8 classes with probabilities, imported as val by
`hirise import`) is served and opened in a browser. The arrow keys move the slider
`repeats` times. The clock, that of the browser, runs from the slider's input event
until the metrics, the bars and the confusion matrix have all changed and the next
picture begins. Then: how long until Python has followed, so that the address and the
tables below hold the same τ.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from page_speed import SETTLED, import_run
from playwright.sync_api import Page
from serving import (
    chromium,
    dashboard_command,
    free_port,
    fresh_page,
    machine,
    started,
)

GOAL = 200
PAUSE = 100
FIRST = 0.5
"""Here each step changes all that is written; near 0 it changes too few labels."""
WATCH = """(slider) => {
    const parts = ['.numbers', '.shares', '.matrix'].map(
        (name) => slider.getRootNode().querySelector(name));
    const looks = () => parts.map((part) => part.textContent);
    slider.addEventListener('input', (event) => {
        const before = window.seen;
        const wait = (now) => {
            const after = looks();
            if (after.every((text, number) => text !== before[number])) {
                window.seen = after;
                window.taken.push(performance.now() - event.timeStamp);
            } else requestAnimationFrame(wait);
        };
        requestAnimationFrame(wait);
    }, {capture: true});
    window.taken = [];
    window.seen = looks();
}"""
FOLLOWED = """([before, tau]) => location.search !== before
    && document.querySelector('input[aria-label="τ"]')?.value === tau"""


def moves(page: Page, repeats: int) -> list[float]:
    """Milliseconds from the input event until all has followed, one by one."""
    slider = page.locator("input[type=range]")
    slider.wait_for()
    slider.evaluate(WATCH)
    slider.focus()
    for number in range(1, repeats + 1):
        page.keyboard.press("ArrowRight" if number <= repeats // 2 else "ArrowLeft")
        page.wait_for_function(f"window.taken.length === {number}")
        page.wait_for_timeout(PAUSE)
    return [float(taken) for taken in page.evaluate("window.taken")]


def follows(page: Page) -> float:
    """Milliseconds until the address and the field hold the τ of the slider."""
    slider = page.locator("input[type=range]")
    page.wait_for_function(SETTLED, arg="Predicted labels")
    before = page.evaluate("location.search")
    page.keyboard.press("ArrowRight")
    tau = f"{float(slider.input_value()):.2f}"
    start = page.evaluate("performance.now()")
    page.wait_for_function(FOLLOWED, arg=[before, tau])
    return float(page.evaluate("performance.now()")) - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--size", type=int, default=64_947)
    given = parser.parse_args()
    print(machine())
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        artifacts = import_run(Path(folder), given.size, "--split", "val")
        port = free_port()
        with (
            started(dashboard_command(artifacts, port), port),
            fresh_page(browser) as page,
        ):
            page.goto(f"http://127.0.0.1:{port}/predicted_labels?tau={FIRST}")
            page.wait_for_function(SETTLED, arg="Predicted labels")
            taken = moves(page, given.repeats)
            page.wait_for_timeout(1000)
            later = follows(page)
    median = statistics.median(taken)
    print(
        f"{given.size:,} predictions, milliseconds from the input event to the change:"
    )
    print(" ".join(f"{one:.0f}" for one in taken))
    print(f"median {median:.0f} ms, goal at most {GOAL} ms")
    print(f"address and tables followed after {later:.0f} ms")
    sys.exit(median > GOAL)


if __name__ == "__main__":
    main()
