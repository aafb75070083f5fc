"""How a model takes its images: found by trying, unless it is chosen here."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.text import LABELS

AUTO = "auto"
FIND = "find out by trying"
CHOICES: dict[str, tuple[dict[str, str], bool, str]] = {
    "scale": (
        {
            AUTO: FIND,
            "0-255": "0 to 255",
            "0-1": "0 to 1",
            "-1-1": "−1 to 1",
            "imagenet": "0 to 1 minus ImageNet's mean, divided by its deviation",
            "imagenet-caffe": "0 to 255 minus ImageNet's mean",
        },
        True,
        "Pixel scale on which the model was trained; with another one a good model "
        "seems to fail. Type mean=R,G,B;std=R,G,B in fractions of 255 for another one.",
    ),
    "resize": (
        {
            AUTO: FIND,
            "stretch": "stretching to a square",
            "crop": "cropping the centre",
            "letterbox": "padding to a square (letterbox)",
        },
        True,
        "How images are brought to the model's size. Type crop:256 to resize the "
        "shorter side to 256 pixels before the centre is cropped.",
    ),
    "channels": (
        {
            AUTO: FIND,
            "rgb": "red, green, blue",
            "bgr": "blue, green, red",
            "grey": "grey: brightness alone",
        },
        False,
        "Order of the colours on which the model was trained.",
    ),
    "interpolation": (
        {
            AUTO: "the usual one",
            "bilinear": "bilinear",
            "bicubic": "bicubic",
            "nearest": "nearest",
            "lanczos": "Lanczos",
        },
        False,
        "How pixel values are interpolated when images are resized.",
    ),
    "class_order": (
        {
            AUTO: FIND,
            "dataset": "the order of the dataset's classes",
            "alphabetical": "alphabetical",
        },
        True,
        "Classes in the order of the model's outputs. For another order, type their "
        "names, separated by commas.",
    ),
}
"""Fields of `PredictRequest`: choices, whether others can be typed, help."""


def choose_input() -> dict[str, str]:
    """Fields of `PredictRequest` that say how the model takes its images."""
    st.caption(
        "What is not chosen here is read from a file beside the model "
        "(`preprocessor_config.json`, `config.json`, `args.yaml`). Otherwise it is "
        "found by trying a few images of each class, and the outcome is shown."
    )
    with st.grid(3, min_column_width=220, gap="small", vertical_alignment="bottom"):
        return {name: _choose(name) for name in CHOICES}


def _choose(name: str) -> str:
    choices, others, text = CHOICES[name]
    chosen = st.selectbox(
        LABELS[name],
        list(choices),
        format_func=lambda key: choices.get(key, key),
        key=name.replace("_", "-"),
        bind="query-params",
        accept_new_options=others,
        help=text,
    )
    return str(chosen)
