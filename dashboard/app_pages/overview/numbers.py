"""Class frequencies and accuracy beside its baselines, and all metrics."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.shared.charts import show_chart, show_heading, show_table
from dashboard.shared.image_links import CLICK, offer_images, open_clicked
from hirise.diagnosis import Diagnosis
from hirise.evaluation import Evaluation, metrics_table
from hirise.figures.accuracy_baselines import accuracy_baselines_figure
from hirise.figures.class_frequencies import class_frequencies_figure

HEIGHT = 270


def show_frequencies_and_accuracy(diagnosis: Diagnosis, evaluation: Evaluation) -> None:
    """True against predicted class frequencies; accuracy against its baselines."""
    loud = diagnosis.verdict.failing
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


def show_all_metrics(evaluation: Evaluation) -> None:
    """Every metric with its interval and meaning."""
    table = metrics_table(evaluation.summary)
    show_heading("All metrics", key="all-metrics", table=table, shown=True)
    show_table(table, key="all", alt="All metrics with 95% CIs")
