"""Has the classifier collapsed? The verdict, then causes, findings and metrics."""

from functools import partial

import streamlit as st

from dashboard.app_pages.overview.causes import offer_report, show_causes
from dashboard.shared.charts import show_chart, show_heading, show_table
from dashboard.shared.curves import choose_predicted_classes
from dashboard.shared.examination import show_examination
from dashboard.shared.image_links import CLICK, offer_images, open_clicked
from dashboard.shared.states import explain_no_predictions, need_run
from dashboard.shared.verdict import (
    show_evidence,
    show_findings,
    show_other_checks,
    show_verdict,
)
from dashboard.state.loaders import chosen_split, load_check
from hirise.evaluation import metrics_table
from hirise.figures.accuracy_baselines import accuracy_baselines_figure
from hirise.figures.class_frequencies import class_frequencies_figure

HEIGHT = 330

run = need_run()
split = chosen_split(run)
checked = load_check(run, split)
diagnosis = checked.diagnosis
evaluation = checked.evidence.evaluation
loud = diagnosis.verdict.failing

if evaluation is not None or loud:
    show_verdict(diagnosis)
if evaluation is None:
    explain_no_predictions(run)
    choose_predicted_classes(run.predicted_counts())
else:
    frequencies, metrics = st.columns(2, gap="medium")
    with frequencies:
        show_chart(
            class_frequencies_figure(
                evaluation.shares, loud=loud, at_most=8, height=HEIGHT
            ),
            key="label-shares",
            title="Class frequencies",
            alt="Frequency of each class among the true and among the predicted labels",
            table=evaluation.shares,
            help=CLICK,
            beside=partial(offer_images, evaluation, key="images"),
            on_click=open_clicked("chart-label-shares", evaluation),
        )
    with metrics:
        if evaluation.has_truth:
            show_chart(
                accuracy_baselines_figure(evaluation.summary, loud=loud, height=HEIGHT),
                key="metrics",
                title="Accuracy and its baselines",
                alt="Accuracy beside its baselines, and metrics that weigh all "
                "classes equally",
                table=evaluation.summary,
                help="The two faint bars are reached without using any image. The "
                "dotted line is the majority-class baseline, and the whiskers "
                "are 95% CIs.",
            )
    show_evidence(diagnosis)
offer_report(run, checked)
if run.info.status != "training":
    show_causes(diagnosis)
    show_examination(run, diagnosis)
    if diagnosis.findings:
        st.header("Findings", anchor=False)
        show_findings(diagnosis)
    show_other_checks(diagnosis)
if evaluation is not None and evaluation.has_truth:
    table = metrics_table(evaluation.summary)
    show_heading("All metrics", key="all-metrics", table=table, shown=True)
    show_table(table, key="all", alt="All metrics with 95% CIs")
