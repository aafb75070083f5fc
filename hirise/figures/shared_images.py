"""How many evaluation images share something with a training image."""

import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme
from hirise.figures.theme import percent

KINDS = {
    "landmark": "same landmark, by name",
    "bytes": "same file, byte for byte",
    "near": "near-duplicate",
    "copy": "any of these: a copy",
    "observation": "same observation",
}
"""Ways of sharing, by their key."""


def shared_images_figure(table: pd.DataFrame, *, most: float = 0.5) -> go.Figure:
    """A bar per way in which evaluation images share something with training.

    Parameters
    ----------
    table : DataFrame
        Columns `kind`, `n_images` and `frequency`, as
        `LeakageEvidence.shared_table` gives them.
    most : float
        Fraction of copies beyond which a score is worth nothing: the colour of
        findings.

    Examples
    --------
    >>> table = pd.DataFrame({"kind": ["near"], "n_images": [12], "frequency": [0.08]})
    >>> figure = shared_images_figure(table)
    >>> list(figure.layout.yaxis.ticktext), list(figure.data[0].text)
    (['near-duplicate'], ['8.0% (12)'])
    """
    figure = theme.new_figure(60 + 40 * max(len(table), 1), showlegend=False)
    figure.add_bar(
        y=list(range(len(table))),
        x=table["frequency"],
        orientation="h",
        width=0.55,
        marker={
            "color": [
                theme.GREY
                if kind == "observation"
                else theme.LOUD
                if frequency > most
                else theme.BLUE
                for kind, frequency in zip(
                    table["kind"], table["frequency"], strict=True
                )
            ]
        },
        text=[
            f"{percent(frequency)} ({n:,})"
            for frequency, n in zip(table["frequency"], table["n_images"], strict=True)
        ],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    names = [KINDS[kind] for kind in table["kind"]]
    figure.update_yaxes(**theme.name_axis(names, width=30, down=True))
    figure.update_xaxes(range=[0, 1.45], **theme.percent_axis((0, 0.5, 1)))
    return figure
