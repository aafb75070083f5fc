"""The sections of the report that hold charts and tables, in their order."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from hirise.diagnosis import Diagnosis, Evidence
from hirise.diagnosis.proof import FAILING
from hirise.evaluation import Evaluation, confidence_histogram, metrics_table
from hirise.figures.accuracy_baselines import accuracy_baselines_figure
from hirise.figures.class_frequencies import class_frequencies_figure
from hirise.figures.class_intervals import class_intervals_figure, worst_first
from hirise.figures.confidence_histogram import confidence_histogram_figure
from hirise.figures.confusion import confusion_figure
from hirise.figures.learning_curves import (
    CURVES,
    best_epochs,
    learning_curve_figure,
    run_baselines,
)
from hirise.figures.predicted_classes import predicted_classes_figure
from hirise.figures.reliability import reliability_figure
from hirise.reporting.parts import (
    Chart,
    Column,
    Section,
    Table,
    bounds,
    count,
    make_chart,
    make_table,
    named,
    rate,
    share,
)
from hirise.runs import Run

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


MOST_SPREAD = 12
"""Classes that get a column in the table of the spread."""


def curve_charts(
    run: Run, history: pd.DataFrame
) -> tuple[tuple[Chart, ...], tuple[Table, ...]]:
    """A chart per metric that was recorded, and the best epoch by each."""
    guessing = run_baselines(run)
    charts = tuple(
        make_chart(
            learning_curve_figure(history, metric, baselines=guessing.get(metric)),
            key=f"curve-{metric.replace('_', '-')}",
            title=title,
            alt=f"{title} of training and validation over the epochs",
            table=_curve_table(history, metric, title),
            wide=False,
        )
        for metric, title in CURVES.items()
        if _recorded(history, metric)
    )
    best = best_epochs(history) if charts else pd.DataFrame()
    if best.empty:
        return charts, ()
    columns = [
        named("Metric", "metric"),
        count("Epoch", "epoch"),
        rate("Validation value", "value"),
    ]
    return charts, (make_table(best, columns, caption="Best epoch by each metric"),)


def _recorded(history: pd.DataFrame, metric: str) -> list[str]:
    return [
        column
        for column in (metric, f"val_{metric}")
        if column in history and history[column].notna().any()
    ]


def _curve_table(history: pd.DataFrame, metric: str, title: str) -> Table:
    words = {metric: "Training", f"val_{metric}": "Validation"}
    columns = [count("Epoch", "epoch")]
    columns += [rate(words[key], key) for key in _recorded(history, metric)]
    return make_table(history, columns, caption=f"{title} by epoch")


def spread_charts(counts: pd.DataFrame) -> tuple[Chart, ...]:
    """A chart per split whose predicted labels were counted, val first."""
    splits = sorted(set(counts["split"]), reverse=True) if len(counts) else []
    return tuple(
        _spread_chart(counts[counts["split"] == split], str(split), number)
        for number, split in enumerate(splits)
    )


def _spread_chart(counts: pd.DataFrame, split: str, number: int) -> Chart:
    return make_chart(
        predicted_classes_figure(counts),
        key=f"spread-{number}",
        title=f"Predicted labels of {split}",
        alt=f"Share of each class among the predicted labels of {split}, by epoch",
        table=_spread_table(counts),
        help="One colour that takes the whole bar is a collapse.",
    )


def _spread_table(counts: pd.DataFrame) -> Table:
    """An epoch per row and the most frequent classes across, as shares."""
    table = counts.pivot_table(
        index="epoch", columns="class_name", values="n", aggfunc="sum", fill_value=0
    )
    shares = table.div(table.sum(axis=1), axis=0)
    order = table.sum().sort_values(ascending=False, kind="stable").index
    kept = order[:MOST_SPREAD]
    numbers = shares[kept].set_axis(range(len(kept)), axis=1).reset_index()
    columns = [count("Epoch", "epoch")]
    columns += [share(str(name), place) for place, name in enumerate(kept)]
    left = len(order) - len(kept)
    more = f"; {left} rarer classes are left out" if left else ""
    return make_table(numbers, columns, caption=f"Share of each class by epoch{more}")


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
            class_frequencies_figure(
                evaluation.shares, loud=loud, at_most=8, height=HEIGHT
            ),
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
        caption=f"All metrics of {evaluation.n_evaluated:,} images; intervals resample "
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
        class_frequencies_figure(shares, training=True, loud=loud, at_most=MOST_DRAWN),
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
