"""The look that all figures share: few colours, so that only findings are loud.

The hues are Okabe and Ito's, told apart by colour-blind readers, shifted to a middle
lightness that keeps at least 3:1 contrast on white and on near-black backgrounds.
Backgrounds are transparent and text is mid-grey, for any page, notebook or report.
"""

import html
import unicodedata
from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go

BLUE = "#2F83C5"
GREY = "#858D99"
LOUD = "#D9620F"
FAINT = "rgba(133,141,153,0.30)"
GRID = "rgba(133,141,153,0.20)"
TEXT = "#7A828E"

CATEGORY_COLOURS = (
    BLUE,
    "#D99A00",
    "#159B76",
    "#C56A9E",
    "#4FAFDD",
    "#9A7BD0",
    "#A3A02A",
)
"""For classes drawn together; what does not fit is folded into one grey rest."""

TEMPLATE = go.layout.Template(
    layout={
        "colorway": CATEGORY_COLOURS,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": TEXT, "size": 13},
        "hoverlabel": {"align": "left"},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "xaxis": {"automargin": True, "gridcolor": GRID, "zerolinecolor": GRID},
        "yaxis": {"automargin": True, "gridcolor": GRID, "zerolinecolor": GRID},
    }
)


def new_figure(height: int, **layout: Any) -> go.Figure:
    """An empty figure of this look; further options go to its layout.

    Margins are not part of the template, because pages lay their own over it and the
    last label of an axis is dropped where it would not fit.
    """
    margin = {"l": 8, "r": 20, "t": 8, "b": 8}
    return go.Figure(
        layout={"template": TEMPLATE, "height": height, "margin": margin, **layout}
    )


def escaped(text: object) -> str:
    """Text that plotly shows as it is: its labels read `<b>`, `<a>` and `&`."""
    return html.escape(str(text), quote=False)


def shortened(text: object, width: int = 24) -> str:
    """At most `width` columns of `text`, escaped; wide scripts count double."""
    whole, used, kept = str(text), 0, ""
    for character in whole:
        used += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if used > width and len(kept) < len(whole) - 1:
            return escaped(kept.rstrip()) + "…"
        kept += character
    return escaped(whole)


def name_axis(
    names: Iterable[object], *, width: int = 24, down: bool = False
) -> dict[str, Any]:
    """Axis options that show `names` at positions 0, 1, 2 and so on.

    Positions, not categories: two long names may be alike once shortened, and plotly
    would read names such as "1" or "2024-01" as numbers or dates. `down` reads from
    the top, as a table is read.
    """
    labels = [shortened(name, width) for name in names]
    limits = [-0.5, len(labels) - 0.5]
    return {
        "ticklabeloverflow": "allow",
        "tickmode": "array",
        "tickvals": list(range(len(labels))),
        "ticktext": labels,
        "range": limits[::-1] if down else limits,
        "zeroline": False,
        "showgrid": False,
    }


def epoch_axis(n_epochs: int, *, at_least: int = 1) -> dict[str, Any]:
    """Axis options for epochs from 1 on, with room for `at_least` of them."""
    return {
        "title_text": "epoch",
        "showgrid": False,
        "range": [0.4, max(n_epochs, at_least) + 0.6],
        "dtick": 1 if max(n_epochs, at_least) <= 12 else None,
    }


def percent(share: float, digits: int = 1) -> str:
    """A share as the sentences write it: "79.8 %", with a space that does not break."""
    return f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def percent_axis(ticks: Iterable[float] = (0, 0.2, 0.4, 0.6, 0.8, 1)) -> dict[str, Any]:
    """Axis options for shares; plotly's own format has no space before the sign."""
    values = list(ticks)
    digits = 0 if all(float(100 * v).is_integer() for v in values) else 1
    return {
        "tickmode": "array",
        "tickvals": values,
        "ticktext": [percent(value, digits) for value in values],
    }
