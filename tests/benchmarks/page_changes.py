"""What `page_speed.py` changes on the pages: clicks, choices, numbers and a slider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

CALLED = "Call it so where its probability is at least"
ANSWERED = "Least confidence for an answer"


@dataclass(frozen=True)
class Change:
    """Something that a person changes on a page, `make` telling which time it is."""

    page: str
    what: str
    make: Callable[[Page, int], None]


def _cell(page: Page, turn: int) -> None:
    """Click a cell of the matrix, another one each time."""
    points = page.locator("[data-testid=stPlotlyChart] .scatterlayer .point")
    points.nth((turn * 11 + 3) % points.count()).click(force=True)


def _choice(label: str) -> Callable[[Page, int], None]:
    """Choose from a select box by the keyboard."""

    def make(page: Page, turn: int) -> None:
        box = page.get_by_role("combobox", name=label).first
        box.click()
        page.keyboard.press("ArrowUp" if turn % 2 else "ArrowDown")
        page.keyboard.press("Enter")

    return make


def _number(label: str, first: float, step: float) -> Callable[[Page, int], None]:
    def make(page: Page, turn: int) -> None:
        field = page.get_by_label(label, exact=True).first
        field.fill(f"{first + step * turn:.2f}")
        field.press("Enter")

    return make


def _slider(page: Page, turn: int) -> None:
    slider = page.locator("input[type=range]").first
    slider.focus()
    page.keyboard.press("ArrowLeft" if turn % 2 else "ArrowRight")


def _answer(page: Page, turn: int) -> None:
    name = ("wrong", "right", "all")[turn % 3]
    page.locator("[data-testid=stRadio]").get_by_text(name, exact=True).click()


def _image(page: Page, turn: int) -> None:
    """Choose an image of the gallery."""
    page.locator("button.tile").nth(turn + 1).click()


def _leaf(page: Page, turn: int) -> None:
    page.locator("[data-testid=stPagination] button").last.click()


CHANGES = (
    Change("Confusion matrix", "click on a cell", _cell),
    Change("Confusion matrix", "true class", _choice("True class")),
    Change("Classes", "class", _choice("Class")),
    Change("Classes", "threshold", _number(CALLED, 0.3, 0.01)),
    Change("Predicted labels", "τ by the slider", _slider),
    Change("Predicted labels", "τ by the field", _number("τ", 0.5, 0.05)),
    Change("Confidence", "least confidence", _number(ANSWERED, 0.7, 0.01)),
    Change("Images", "order", _choice("First come")),
    Change("Images", "answer", _answer),
    Change("Images", "predicted class", _choice("Predicted class")),
    Change("Images", "next page", _leaf),
    Change("Images", "one image", _image),
)
