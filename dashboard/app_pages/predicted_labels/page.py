"""What does the model predict, and with what confidence? Also τ."""

from functools import partial

import streamlit as st

from dashboard.app_pages.predicted_labels.tau import explore_tau
from dashboard.shared.charts import show_chart
from dashboard.shared.image_links import (
    CLICK,
    offer_images,
    open_clicked,
    open_confidence,
)
from dashboard.shared.states import (
    NO_PROBABILITIES,
    need_evaluation,
    need_run,
    need_split,
)
from dashboard.shared.verdict import show_findings
from dashboard.state.loaders import load_confidence, load_diagnosis
from hirise.diagnosis.checks import codes_of
from hirise.figures.class_frequencies import class_frequencies_figure
from hirise.figures.confidence_histogram import confidence_histogram_figure

run = need_run()
split = need_split(run)
evaluation = need_evaluation(run, split, truth=False)
frequencies = evaluation.shares
diagnosis = load_diagnosis(run, split)

show_chart(
    class_frequencies_figure(
        frequencies, training=True, loud=diagnosis.verdict.failing, at_most=16
    ),
    key="labels",
    title="Class frequencies",
    alt="Frequency of each class among true, predicted and training labels",
    table=frequencies,
    help=CLICK,
    beside=partial(offer_images, evaluation, key="images"),
    on_click=open_clicked("chart-labels", evaluation),
)
confidence = load_confidence(run, split)
if confidence.empty:
    st.caption(NO_PROBABILITIES)
else:
    explorer = st.container()  # filled last: it takes the longest
    show_chart(
        confidence_histogram_figure(confidence),
        key="confidence",
        title="Confidence of correct and incorrect predictions",
        alt="Images by the probability of their predicted class, correct and incorrect",
        table=confidence,
        help="A single narrow bar means that all images get the same prediction with "
        "the same confidence. Click a bar to open its images.",
        on_click=open_confidence("chart-confidence", evaluation),
    )
show_findings(diagnosis, codes=codes_of("predictions"))
if not confidence.empty:
    with explorer:
        explore_tau(run, split, frequencies)
