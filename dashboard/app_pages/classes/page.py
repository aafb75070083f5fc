"""Which classes are classified correctly? Rates, intervals, thresholds."""

from functools import partial

import streamlit as st

from dashboard.app_pages.classes.thresholds import explore_threshold, ranked_classes
from dashboard.shared.charts import MOST_LISTED, show_chart, show_first
from dashboard.shared.image_links import CLICK, link_class, offer_images, open_clicked
from dashboard.shared.paging import choose_classes
from dashboard.shared.states import (
    NO_PROBABILITIES,
    need_evaluation,
    need_run,
    need_split,
)
from dashboard.shared.verdict import show_findings
from dashboard.state.loaders import load_curves, load_diagnosis
from hirise.diagnosis.checks import codes_of
from hirise.figures.class_intervals import class_intervals_figure, worst_first
from hirise.figures.precision_recall import precision_recall_figure

run = need_run()
split = need_split(run)
evaluation = need_evaluation(run, split)
page = choose_classes(
    worst_first(evaluation.per_class), key="classes", order="worst recall first"
)

if not page.drawn.empty:
    show_chart(
        class_intervals_figure(page.drawn),
        key="classes",
        title="Recall, precision and F1, worst recall first",
        alt="Recall, precision and F1 of each class with 95% CIs",
        table=page.found,
        shown=page.is_part,
        help="Whiskers are 95% CIs: the fewer images, the wider. The dotted line is "
        f"the expected recall. {CLICK}",
        beside=partial(offer_images, evaluation, key="images"),
        on_click=open_clicked("chart-classes", evaluation),
    )
if page.is_part:
    show_first(page.found, MOST_LISTED, key="all-classes", alt="All classes")

names = ranked_classes(evaluation)
if not names:
    st.caption(NO_PROBABILITIES)
else:
    plot, controls = st.columns([3, 2], gap="large")
    with controls:
        name, point = explore_threshold(run, split, names)
    with plot:
        curves = load_curves(run, split, (*page.drawn.index, name))
        show_chart(
            precision_recall_figure(curves, chosen=name, mark=point),
            key="precision-recall",
            title="Precision and recall at every threshold",
            alt="Precision against recall of each class at all thresholds",
            table=curves,
        )
        link_class(evaluation, name)
show_findings(load_diagnosis(run, split), codes=codes_of("classes"))
