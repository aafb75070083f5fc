"""The sections of the report that hold charts and tables, in their order."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from hirise.diagnosis import Diagnosis, Evidence
from hirise.diagnosis.proof import FAILING
from hirise.evaluation import Evaluation, metrics_table
from hirise.figures.accuracy_baselines import accuracy_baselines_figure
from hirise.figures.class_intervals import class_intervals_figure, worst_first
from hirise.figures.confusion import confusion_figure
from hirise.figures.label_shares import label_shares_figure
from hirise.report.charts import make_chart
from hirise.report.confidence import confidence_section
from hirise.report.curves import curve_charts, spread_charts
from hirise.report.section import Section
from hirise.report.tables import (
    Column,
    Table,
    bounds,
    count,
    make_table,
    named,
    rate,
    share,
)
from hirise.runs import Run

HEIGHT = 330
MOST_IN_MATRIX = 60
"""Classes of a matrix that can still be read, and that a browser draws at once."""

MOST_IN_COUNTS = 16
"""Classes of a matrix that also fits a page as a table."""

MOST_DRAWN = 40
"""Classes in one chart; the table has more."""


def overview_section(evaluation: Evaluation | None, *, loud: bool) -> Section:
    """Label shares and headline metrics: what stands under the verdict."""
    if evaluation is None:
        return Section("overview", "Overview", empty=NO_PREDICTIONS)
    charts = [
        make_chart(
            label_shares_figure(evaluation.shares, loud=loud, at_most=8, height=HEIGHT),
            key="label-shares",
            title="True and predicted labels",
            alt="Share of each class among the true and among the predicted labels",
            table=_shares_table(evaluation.shares),
            wide=False,
        )
    ]
    if evaluation.has_truth:
        figure = accuracy_baselines_figure(evaluation.summary, loud=loud, height=HEIGHT)
        charts.append(
            make_chart(
                figure,
                key="metrics",
                title="Accuracy and its baselines",
                alt="Accuracy beside what guessing scores, and metrics of all classes",
                help="The two faint bars need no look at any image. The dotted line is "
                "the share of the largest class, the whiskers 95 % intervals.",
                wide=False,
            )
        )
    tables = (_metrics(evaluation),) if evaluation.has_truth else ()
    return Section("overview", "Overview", tuple(charts), tables)


NO_PREDICTIONS = (
    "This run has no predictions yet, so there is nothing to compare with the truth. "
    "What its training recorded is below."
)

NO_TRUTH = "These predictions came without true labels."


def detail_sections(
    run: Run, evidence: Evidence, diagnosis: Diagnosis
) -> Iterator[Section]:
    """From the learning curves to the spread of predicted labels."""
    evaluation = evidence.evaluation
    loud = diagnosis.verdict in FAILING
    curves, best = curve_charts(run, evidence.history)
    empty = "" if curves else "This run was not recorded epoch by epoch."
    yield Section("curves", "Learning curves", curves, best, empty=empty)
    if evaluation is not None:
        yield _confusion(evaluation)
        yield _classes(evaluation)
        yield _labels(evaluation, loud=loud)
        yield confidence_section(evidence, evaluation, diagnosis)
    spread = spread_charts(evidence.predicted_counts)
    empty = "" if spread else "The predicted labels of each epoch were not recorded."
    yield Section("spread", "Predicted labels by epoch", spread, empty=empty)


def _metrics(evaluation: Evaluation) -> Table:
    unit = "image" if evaluation.cluster == "image" else evaluation.cluster
    return make_table(
        metrics_table(evaluation.summary),
        [
            named("Metric", "metric"),
            rate("Value", "value"),
            bounds("95 % interval", "low", "high"),
            named("Meaning", "meaning", look="aside"),
        ],
        caption=f"All metrics of {evaluation.n_judged:,} images; intervals resample "
        f"{evaluation.n_groups:,} {unit}s",
    )


def _confusion(evaluation: Evaluation) -> Section:
    key, title = "confusion", "Confusion matrix"
    if not evaluation.has_truth:
        return Section(key, title, empty=NO_TRUTH)
    names = evaluation.class_names
    table = (
        _counts(evaluation.confusion)
        if len(names) <= MOST_IN_COUNTS
        else _top_confusions(evaluation)
    )
    if len(names) > MOST_IN_MATRIX:
        empty = f"A matrix of {len(names):,} classes is too large to be read here."
        return Section(key, title, tables=(table,), empty=empty)
    chart = make_chart(
        confusion_figure(evaluation.confusion),
        key=key,
        title="Images by true and predicted class",
        alt="Images by true class (rows) and predicted class (columns)",
        table=table,
        help="Blue cells are right, orange ones wrong; the stronger, the larger their "
        "share of the true class.",
    )
    return Section(key, title, (chart,))


def _counts(confusion: pd.DataFrame) -> Table:
    numbers = confusion.set_axis(range(len(confusion.columns)), axis=1)
    # Each as a row of its true class; the caption says what the columns are.
    columns = [named("True \\ predicted")]
    for place, name in enumerate(confusion.columns):
        columns.append(_count_at(str(name), place))
    return make_table(numbers, columns, caption="Images: true by row, predicted across")


def _count_at(title: str, place: int) -> Column:
    return Column(title, lambda row: f"{row[place]:,}")


def _top_confusions(evaluation: Evaluation) -> Table:
    return make_table(
        evaluation.top_confusions,
        [
            named("True", "true"),
            named("Called", "predicted"),
            count("Images", "n"),
            share("Share of the true class", "share"),
        ],
        caption="The most frequent confusions",
        most=50,
    )


def _classes(evaluation: Evaluation) -> Section:
    key, title = "classes", "Classes"
    if not evaluation.has_truth:
        return Section(key, title, empty=NO_TRUTH)
    classes = worst_first(evaluation.per_class)
    drawn = classes.head(MOST_DRAWN)
    more = (
        f" Of {len(classes):,} classes, the {MOST_DRAWN} worst are drawn."
        if len(classes) > MOST_DRAWN
        else ""
    )
    table = make_table(
        classes,
        [
            named("Class"),
            count("Images", "support"),
            count("Called", "predicted"),
            rate("Recall", "recall"),
            bounds("95 % interval", "recall_low", "recall_high"),
            rate("Precision", "precision"),
            bounds("95 % interval", "precision_low", "precision_high"),
            rate("F1", "f1"),
            bounds("95 % interval", "f1_low", "f1_high"),
        ],
        caption="Classes, worst recall first",
    )
    chart = make_chart(
        class_intervals_figure(drawn),
        key=key,
        title="Recall, precision and F1, worst recall first",
        alt="Recall, precision and F1 of each class with 95 % intervals",
        table=table,
        help="Whiskers are 95 % intervals: the fewer images, the wider. The dotted "
        f"line is the recall that is expected.{more}",
    )
    return Section(key, title, (chart,))


def _labels(evaluation: Evaluation, *, loud: bool) -> Section:
    shares = evaluation.shares
    chart = make_chart(
        label_shares_figure(shares, training=True, loud=loud, at_most=MOST_DRAWN),
        key="labels",
        title="True, predicted and training labels",
        alt="Share of each class among true, predicted and training labels",
        table=_shares_table(shares),
    )
    return Section("labels", "Predicted labels", (chart,))


def _shares_table(shares: pd.DataFrame) -> Table:
    columns = [named("Class")]
    for title, number, part in (
        ("True", "n_true", "true_share"),
        ("Predicted", "n_predicted", "predicted_share"),
    ):
        if shares[part].notna().any():
            columns += [count(f"{title} images", number), share(f"{title} share", part)]
    if shares["training_share"].notna().any():
        columns.append(share("Training share", "training_share"))
    return make_table(shares, columns, caption="Labels by class")
