"""How sure the model was, and whether that can be believed."""

from __future__ import annotations

import pandas as pd

from hirise.diagnosis import Diagnosis, Evidence
from hirise.diagnosis.proof import FAILING
from hirise.evaluation import Evaluation, confidence_histogram
from hirise.figures.confidence_histogram import confidence_histogram_figure
from hirise.figures.reliability import reliability_figure
from hirise.report.charts import Chart, make_chart
from hirise.report.section import Section
from hirise.report.tables import Table, count, make_table, rate, share

NO_PROBABILITIES = "Only the predicted labels of this run are known, no probabilities."


def confidence_section(
    evidence: Evidence, evaluation: Evaluation, diagnosis: Diagnosis
) -> Section:
    """The histogram and the reliability of stated confidence."""
    key, title = "confidence", "Confidence"
    if evidence.predictions is None or not evaluation.has_proba:
        return Section(key, title, empty=NO_PROBABILITIES)
    histogram = confidence_histogram(evidence.predictions)
    charts = [
        make_chart(
            confidence_histogram_figure(histogram),
            key="sure",
            title="How sure it was, right or wrong",
            alt="Images by the probability of their predicted class, right and wrong",
            table=_histogram_table(histogram),
            help="One narrow bar: every image gets the same answer, equally sure.",
            wide=False,
        )
    ]
    if not evaluation.reliability.empty:
        charts.append(_reliability(evaluation.reliability))
    return Section(key, title, tuple(charts), warning=misleading(diagnosis))


def _histogram_table(histogram: pd.DataFrame) -> Table:
    filled = histogram[(histogram[["n_right", "n_wrong", "n_unknown"]] > 0).any(axis=1)]
    columns = [
        share("Sure from", "low"),
        share("to", "high"),
        count("Right", "n_right"),
        count("Wrong", "n_wrong"),
    ]
    if filled["n_unknown"].any():
        columns.append(count("Truth unknown", "n_unknown"))
    return make_table(filled, columns, caption="Images by stated confidence")


def _reliability(table: pd.DataFrame) -> Chart:
    return make_chart(
        reliability_figure(table),
        key="reliability",
        title="Is it right as often as it says?",
        alt="Reliability diagram: accuracy against confidence",
        table=make_table(
            table,
            [
                rate("Mean confidence", "confidence"),
                rate("Accuracy", "accuracy"),
                count("Images", "n_images"),
            ],
            caption="Accuracy by stated confidence",
        ),
        help="Points under the dotted line are too sure, those above too unsure; the "
        "larger, the more images.",
        wide=False,
    )


def misleading(diagnosis: Diagnosis) -> str:
    """Why confidence tells nothing of a model that failed; "" of any other."""
    if diagnosis.verdict not in FAILING:
        return ""
    reasons = dict(diagnosis.not_applicable)
    why = reasons.get("HR301", "the predictions do not depend on the images")
    return f"What follows would mislead: {why}."
