"""Where the model looks in one image: the map, or a button that has it computed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.shared.states import EVERY
from dashboard.shared.text import literal, show_how_far
from dashboard.state import loaders, pictures
from hirise.errors import InputError
from hirise.figures.saliency_overlay import describe_saliency, saliency_overlay
from hirise.figures.theme import percent
from hirise.jobs.saliency import (
    LookJob,
    LookRequest,
    look_at_looking,
    looking_log,
    start_looking,
    stop_looking,
    why_not_looked,
)
from hirise.remedies.confidence import MISLEADS
from hirise.runs import Run
from hirise.runs.saliency import NUMBERS, as_map

PIXELS = 320

HOW = {
    "grad-cam": "By Grad-CAM: the last maps of features of the network, weighted by "
    "what they add to the class. It is as coarse as these maps are.",
    "occlusion": "By occlusion: what the class loses where a place is covered with "
    "grey.",
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
    found = None if table is None else table[table["image"] == image]
    if found is not None and len(found):
        _show_map(run, split, found.iloc[0])
    else:
        _offer(run, LookRequest(run.info.id, split, image))


def _show_map(run: Run, split: str, row: pd.Series) -> None:
    image, asked, heat = row["image"], literal(row["asked"]), as_map(row["map"])
    left, right = st.columns([2, 3], gap="large")
    with right:
        over = st.toggle("Lay it over the image", value=True, key="saliency-over")
        st.markdown(
            f"What speaks for **{asked}**, which the model says of this image. "
            f"Yellow speaks most, purple less; what is left grey hardly speaks for it."
        )
        _say_what_misleads(run, split)
        told = (
            f"It is {describe_saliency(heat)}."
            if heat.any()
            else "Nothing speaks for it."
        )
        st.caption(f"{told} {HOW[row['method']]}")
        if row["border_area"] and pd.notna(row["border_share"]):
            area, share = (percent(row[key], 0) for key in NUMBERS)
            st.caption(
                f"A black border without data takes {area} of the image and {share} of "
                f"what speaks for the class."
            )
    with left:
        _show_picture(run, image, heat, str(row["asked"]), row["method"], over=over)


def _show_picture(
    run: Run, image: str, heat: np.ndarray, asked: str, method: str, *, over: bool
) -> None:
    found = loaders.load_images(run, (image,))
    for pixels in found.pixels.values():
        if over:
            alt = f"{image}, where the model looks for {asked}, by {NAMES[method]}"
            shown = saliency_overlay(pixels, heat)
            st.image(shown, width=PIXELS, alt=f"{alt}: {describe_saliency(heat)}")
        else:
            st.image(pixels, width=PIXELS, alt=image)
    if found.reason:
        st.caption(f":material/hide_image: {literal(found.reason)}")


def _say_what_misleads(run: Run, split: str) -> None:
    reason = MISLEADS.get(loaders.load_diagnosis(run, split).verdict)
    if reason:
        st.warning(
            f"This would mislead as an explanation: {reason}. The map shows what moves "
            f"the number of this class, not that the image was understood.",
            icon=":material/warning:",
        )


def _offer(run: Run, request: LookRequest) -> None:
    """A button, what it started, or why there is none."""
    artifacts = loaders.artifacts_folder()
    job = look_at_looking(artifacts)
    if job is not None and job.state == "running":
        if job.request == request:
            _watch(job.id)
        else:
            st.caption(
                f":material/hourglass_top: {literal(job.request.image)} is being "
                "looked at; this one can be when that is done."
            )
            _wait(job.id)
        return
    reason = why_not_looked(
        artifacts, run, loaders.load_predictions(run, request.split)
    )
    if reason:
        st.caption(f":material/visibility_off: {literal(reason)}")
        return
    if _failed(job, request):
        assert job is not None
        st.error(literal(job.error), icon=":material/error:")
    st.caption(
        "Not computed for this image yet. It takes some seconds, most of them to load "
        "the model; `hirise saliency` does it for many images at once."
    )
    if st.button("Show where it looks", icon=":material/visibility:"):
        _start(request)


def _failed(job: LookJob | None, request: LookRequest) -> bool:
    return job is not None and job.state == "failed" and job.request == request


def _start(request: LookRequest) -> None:
    try:
        start_looking(loaders.artifacts_folder(), request)
    except InputError as error:
        st.error(literal(error), icon=":material/error:")
    else:
        st.rerun()


@st.fragment(run_every=EVERY)
def _watch(job_id: str) -> None:
    if not _is_running(job_id):
        st.rerun()
    show_how_far(looking_log(loaders.artifacts_folder()), before="Starting …")
    if st.button("Stop", icon=":material/stop_circle:", key="stop-looking"):
        stop_looking(loaders.artifacts_folder())
        st.rerun()


@st.fragment(run_every=EVERY)
def _wait(job_id: str) -> None:
    if not _is_running(job_id):
        st.rerun()


def _is_running(job_id: str) -> bool:
    job = look_at_looking(loaders.artifacts_folder())
    return job is not None and job.id == job_id and job.state == "running"
