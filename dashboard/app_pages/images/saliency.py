"""The saliency map of one image, or a button that has it computed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.shared.jobs import (
    find_job,
    is_asked_for,
    show_job_error,
    show_stop,
    start_job,
    watch_job,
)
from dashboard.shared.text import literal
from dashboard.shared.thumbnails import note_source
from dashboard.state import loaders, pictures
from hirise.actions.saliency import SaliencyRequest, refuse_job
from hirise.errors import InputError
from hirise.figures.saliency_overlay import describe_saliency, saliency_overlay
from hirise.figures.theme import percent
from hirise.remedies.confidence import MISLEADING
from hirise.runs import Run
from hirise.runs.saliency import NUMBERS, unpack_map

PIXELS = 320

HOW = {
    "grad-cam": "By Grad-CAM: the last feature maps of the network, weighted by their "
    "effect on the class. The result is as coarse as these maps.",
    "occlusion": "By occlusion: how much the score of the class falls when a patch is "
    "covered with grey.",
}
"""Method -> how it works."""

NAMES = {"grad-cam": "Grad-CAM", "occlusion": "occlusion"}


def show_saliency(run: Run, split: str, image: str) -> None:
    """The panel of one image."""
    st.subheader("Where the model looks", anchor=False)
    try:
        table = pictures.load_saliency(run, split)
    except InputError as error:
        st.error(literal(error), icon=":material/error:")
        return
    rows = pd.DataFrame() if table is None else table[table["image"] == image]
    if len(rows):
        _show_map(run, split, rows.iloc[0])
    else:
        _offer(run, split, image)


def _show_map(run: Run, split: str, row: pd.Series) -> None:
    image, predicted, heat = row["image"], literal(row["asked"]), unpack_map(row["map"])
    left, right = st.columns([2, 3], gap="large")
    with right:
        over = st.toggle("Lay it over the image", value=True, key="saliency-over")
        st.markdown(
            f"Evidence for **{predicted}**, the predicted class. Yellow is the "
            "strongest evidence, purple is weaker, and grey means hardly any."
        )
        _warn_if_misleading(run, split)
        where = describe_saliency(heat) if heat.any() else "no evidence for it anywhere"
        st.caption(f"It is {where}. {HOW[row['method']]}")
        if row["border_area"] and pd.notna(row["border_share"]):
            area, share = (percent(row[key], 0) for key in NUMBERS)
            st.caption(
                f"A black border without data takes {area} of the image and {share} of "
                "the evidence for the class."
            )
    with left:
        _show_picture(run, image, heat, str(row["asked"]), row["method"], over=over)


def _show_picture(
    run: Run, image: str, heat: np.ndarray, predicted: str, method: str, *, over: bool
) -> None:
    images = loaders.load_images(run, (image,))
    for pixels in images.pixels.values():
        if over:
            alt = f"{image}, where the model looks for {predicted}, by {NAMES[method]}"
            shown = saliency_overlay(pixels, heat)
            st.image(shown, width=PIXELS, alt=f"{alt}: {describe_saliency(heat)}")
        else:
            st.image(pixels, width=PIXELS, alt=image)
    note_source(images.reason)


def _warn_if_misleading(run: Run, split: str) -> None:
    reason = MISLEADING.get(loaders.load_diagnosis(run, split).verdict.key)
    if reason:
        st.warning(
            f"This would mislead as an explanation: {reason}. The map shows what "
            "changes the score of this class, not that the image was understood.",
            icon=":material/warning:",
        )


def _offer(run: Run, split: str, image: str) -> None:
    """A button that has it computed, the progress of that, or why there is none."""
    request = SaliencyRequest(run=run.info.id, split=split, image=(image,))
    job = find_job("saliency")
    if job is not None and job.state == "running":
        if not is_asked_for(job, request):
            st.caption(
                f":material/hourglass_top: {literal(job.title)} is being computed. "
                "This map can be computed when that is done."
            )
        watch_job(job, starting="Starting …")
        if show_stop(job):
            st.rerun()
        return
    refusal = refuse_job(
        loaders.artifacts_folder(), run, loaders.load_predictions(run, split)
    )
    if refusal:
        st.caption(f":material/visibility_off: {literal(refusal)}")
        return
    if job is not None and is_asked_for(job, request):
        show_job_error(job)
    st.caption(
        "Not computed for this image yet. It takes some seconds, most of them to load "
        "the model. `hirise saliency` computes it for many images at once."
    )
    if st.button("Show where the model looks", icon=":material/visibility:"):
        start_job("saliency", request, title=f"The saliency map of {image}")
