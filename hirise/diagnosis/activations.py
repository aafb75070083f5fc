"""What a network did inside with a few images, as `activations.json` tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from hirise.errors import InputError, shown


@dataclass(frozen=True)
class Input:
    """The numbers that arrive at the first layer with weights.

    `varies`: whether they differ between images; `normalised`: whether that layer or
    the next brings them to a common scale.
    """

    layer: str
    low: float
    high: float
    mean: float
    varies: bool
    normalised: bool


@dataclass(frozen=True)
class Activations:
    """A probe of at most 256 images of one split.

    Attributes
    ----------
    layers : DataFrame
        One row per layer with an activation but the last: `name`, `type`,
        `activation`, `units`, `dead` (units that are the same for all images).
    input : Input, optional
    activation : str
        Of the last layer: `softmax`, `sigmoid`, `linear`, …; "" if unknown.
    n_outputs, n_labels : int
    logit_std : (n_outputs,) float
        Standard deviation of each output over the images, before any softmax; NaN
        where it is not finite.
    loss : str
        Name of the loss, "" if unknown.
    from_logits : bool, optional
        What the loss takes the outputs for.
    """

    n_images: int
    layers: pd.DataFrame
    activation: str
    n_outputs: int
    n_labels: int
    logit_std: np.ndarray[Any, np.dtype[np.float64]]
    input: Input | None = None
    loss: str = ""
    from_logits: bool | None = None
    split: str = field(default="")


def parse_activations(document: Mapping[str, Any], *, where: str) -> Activations:
    """Read `activations.json`; keys that this version does not know are ignored.

    Raises
    ------
    InputError
        A document of another shape.
    """
    try:
        output, loss = document["output"], document.get("loss") or {}
        return Activations(
            n_images=int(document["n_images"]),
            split=str(document.get("split", "")),
            layers=_layers(document["layers"]),
            input=_input(document.get("input")),
            activation=shown(str(output["activation"])),
            n_outputs=int(output["units"]),
            n_labels=int(output["n_labels"]),
            logit_std=np.array(output["logit_std"], dtype=float),
            loss=shown(str(loss.get("name", ""))),
            from_logits=loss.get("from_logits"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{where}: its activations.json is not as hirise writes it "
            f"({type(error).__name__}: {error}). Predict again, or delete that file."
        ) from error


def _layers(rows: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(
        [
            {
                "name": shown(str(row["name"])),
                "type": shown(str(row["type"])),
                "activation": shown(str(row["activation"])),
                "units": int(row["units"]),
                "dead": int(row["dead"]),
            }
            for row in rows
        ],
        columns=["name", "type", "activation", "units", "dead"],
    )
    return table.assign(dead_share=table["dead"] / table["units"])


def _input(found: dict[str, Any] | None) -> Input | None:
    if found is None:
        return None
    return Input(
        layer=shown(str(found["layer"])),
        low=_number(found["min"]),
        high=_number(found["max"]),
        mean=_number(found["mean"]),
        varies=bool(found["varies"]),
        normalised=bool(found["normalised"]),
    )


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
