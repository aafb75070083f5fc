"""One use case per module: typed data in, typed data out, nothing printed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    StrPath = str | os.PathLike[str]
else:
    StrPath = str  # what JSON holds, for those who restore a request from it

ACTIONS = {
    "train": "hirise.actions.train:TrainRequest:train",
    "resume": "hirise.actions.train:ResumeRequest:resume",
    "cure": "hirise.actions.cure:CureRequest:cure",
    "predict": "hirise.actions.predict:PredictRequest:predict",
    "saliency": "hirise.actions.saliency:SaliencyRequest:saliency",
    "map": "hirise.actions.image_map:MapRequest:image_map",
    "replay": "hirise.actions.replay:ReplayRequest:replay",
    "simulate": "hirise.actions.simulate:SimulateRequest:simulate",
}
"""Name -> module, request and function of what may run as a process of its own."""
