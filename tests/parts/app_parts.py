"""What tests read from a page, and how they wait for what it started."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from hirise.jobs import poll

WRITTEN = (
    "markdown",
    "caption",
    "header",
    "subheader",
    "error",
    "warning",
    "info",
    "success",
)


def text_of(app: AppTest) -> str:
    """All that is written on the page, a line each, without escapes."""
    elements: list[Any] = [element for kind in WRITTEN for element in app.get(kind)]
    return (
        "\n".join(element.value for element in elements)
        .replace("\\", "")
        .replace("\u2060", "")
    )


def errors_of(app: AppTest) -> list[str]:
    return [one.value.replace("\\", "").replace("\u2060", "") for one in app.error]


def button(app: AppTest, label: str) -> Any:
    """The one button with this label."""
    (found,) = [one for one in app.button if one.label == label]
    return found


def labels(app: AppTest) -> list[str]:
    """The labels of all buttons."""
    return [one.label for one in app.button]


def choice(app: AppTest, label: str) -> Any:
    """The one choice with this label, whether it is drawn as radio or as pills."""
    choices: list[Any] = [*app.get("radio"), *app.get("button_group")]
    (chosen,) = [one for one in choices if one.label == label]
    return chosen


def wait_for_job(artifacts: Path) -> None:
    """Until nothing runs in that folder."""
    deadline = time.monotonic() + 120
    while poll(artifacts).running is not None:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def remedy_boxes(app: AppTest) -> dict[str, Any]:
    """The boxes of the page Cure, by the remedy's key."""
    return {
        str(box.key).removeprefix("remedy-"): box
        for box in app.checkbox
        if str(box.key).startswith("remedy-")
    }


def change_run(artifacts: Path, run: str, **values: Any) -> None:
    """Write other values into its `run.json`."""
    path = artifacts / run / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def columns_of(app: AppTest) -> Any:
    """The table of columns and their roles on the page Load."""
    """The table of columns and roles."""
    return next(d.value for d in app.dataframe if "role" in d.value)
