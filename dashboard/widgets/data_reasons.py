"""Why something of the data is not known, and how to make it known."""

from __future__ import annotations

from dashboard.widgets.states import explain
from dashboard.widgets.text import literal
from hirise.diagnosis import Diagnosis
from hirise.runs import Run


def reason_of(diagnosis: Diagnosis, code: str) -> str:
    """Why a check could not be made; "" if it was."""
    return dict(diagnosis.not_applicable).get(code, "")


def show_reason(title: str, reason: str, mend: str) -> None:
    """A box that says why there is nothing to see, and what to do."""
    said = f"{reason[:1].upper()}{reason[1:]}".rstrip(".")
    explain(title, f"{literal(said)}.  \n{mend}")


def how_to_look(run: Run) -> str:
    """How the dataset of a run is looked at, as Markdown."""
    if run.info.status == "imported" and run.catalog() is None:
        return (
            "Import these predictions with the folder of their images: on *Load*, or "
            "with `hirise import FILE --data DIR`."
        )
    keeps = "" if run.is_example else ", and keeps what it finds for this page"
    return (
        f"`hirise check {run.info.id} --data DIR` looks at the images in the folder "
        f"`DIR`{keeps}."
    )
