"""The sections of the report that hold charts and tables, in their order."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from hirise.diagnosis import Diagnosis, Evidence
from hirise.evaluation import Evaluation, confidence_histogram, metrics_table
from hirise.evaluation.confused import confusion_blocks
from hirise.figures.accuracy_baselines import accuracy_baselines_figure
from hirise.figures.class_frequencies import class_frequencies_figure
from hirise.figures.class_intervals import class_intervals_figure, worst_first
from hirise.figures.confidence_histogram import confidence_histogram_figure
from hirise.figures.confusion import confusion_figure
from hirise.figures.confusion_blocks import confusion_blocks_figure
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
    Section,
    Table,
    bounds,
    count,
    fraction,
    make_chart,
    make_table,
    named,
    rate,
)
from hirise.runs import Run

HEIGHT = 330
"""Pixels of the charts under the verdict."""

MOST_IN_MATRIX = 60
"""Classes of a matrix that can still be read, and that a browser draws at once."""

MOST_IN_COUNTS = 16
"""Classes of a matrix that also fits a page as a table."""

MOST_DRAWN = 40
"""Classes in one chart; the table has more."""

N_BLOCKS = 20
"""Groups of classes that stand for a matrix that is too large."""

MOST_BY_EPOCH = 12
"""Classes that get a column in the table of predicted classes by epoch."""

NO_PREDICTIONS = (
    "This run has no predictions yet, so there is nothing to compare with the ground "
    "truth. The records of its training are below."
)
NO_TRUTH = "These predictions have no true labels."
NO_PROBABILITIES = (
    "Only the predicted labels of this run are known, not the probabilities."
)


def overview_section(evaluation: Evaluation | None, *, loud: bool) -> Section:
    """Class frequencies and headline metrics, below the verdict."""
    if evaluation is None:
        return Section("overview", "Overview", empty=NO_PREDICTIONS)
    frequencies = make_chart(
        class_frequencies_figure(
            evaluation.shares, loud=loud, at_most=8, height=HEIGHT
        ),
        key="label-shares",
        title="Class frequencies",
        alt="Frequency of each class among the true and among the predicted labels",
        table=_frequencies_table(evaluation.shares),
        wide=False,
    )
    if not evaluation.has_truth:
        return Section("overview", "Overview", (frequencies,))
    metrics = make_chart(
        accuracy_baselines_figure(evaluation.summary, loud=loud, height=HEIGHT),
        key="metrics",
        title="Accuracy and its baselines",
        alt="Accuracy beside its baselines, and metrics that weigh all classes equally",
        help="The two faint bars are reached without using any image. The dotted line "
        "is the majority-class baseline, and the whiskers are 95% CIs.",
        wide=False,
    )
    tables = (_metrics_table(evaluation),)
    return Section("overview", "Overview", (frequencies, metrics), tables)


def detail_sections(
    run: Run, evidence: Evidence, diagnosis: Diagnosis
) -> Iterator[Section]:
    """From the learning curves to the predicted classes by epoch."""
    evaluation = evidence.evaluation
    yield _curves(run, evidence.history)
    if evaluation is not None:
        yield _confusion(evaluation)
        yield _classes(evaluation)
        yield _labels(evaluation, loud=diagnosis.verdict.failing)
        yield _confidence(evidence, evaluation, diagnosis)
    yield _predicted_classes(evidence.predicted_counts)


def _curves(run: Run, history: pd.DataFrame) -> Section:
    """A chart per metric that was recorded, and the best epoch by each."""
    baselines = run_baselines(run)
    charts = tuple(
        make_chart(
            learning_curve_figure(history, metric, baselines=baselines.get(metric)),
            key=f"curve-{metric.replace('_', '-')}",
            title=title,
            alt=f"{title} of training and validation by epoch",
            table=_curve_table(history, metric, title),
            wide=False,
        )
        for metric, title in CURVES.items()
        if _recorded(history, metric)
    )
    key, title = "curves", "Learning curves"
    if not charts:
        return Section(key, title, empty="This run has no training history.")
    best = best_epochs(history)
    columns = [
        named("Metric", "metric"),
        count("Epoch", "epoch"),
        rate("Validation value", "value"),
    ]
    tables = (make_table(best, columns, caption="Best epoch by each metric"),)
    return Section(key, title, charts, () if best.empty else tables)


def _recorded(history: pd.DataFrame, metric: str) -> list[str]:
    return [
        column
        for column in (metric, f"val_{metric}")
        if column in history and history[column].notna().any()
    ]


def _curve_table(history: pd.DataFrame, metric: str, title: str) -> Table:
    titles = {metric: "Training", f"val_{metric}": "Validation"}
    columns = [count("Epoch", "epoch")]
    columns += [rate(titles[key], key) for key in _recorded(history, metric)]
    return make_table(history, columns, caption=f"{title} by epoch")


def _confusion(evaluation: Evaluation) -> Section:
    key, title = "confusion", "Confusion matrix"
    if not evaluation.has_truth:
        return Section(key, title, empty=NO_TRUTH)
    n_classes = len(evaluation.class_names)
    few = n_classes <= MOST_IN_COUNTS
    table = _counts(evaluation.confusion) if few else _top_confusions(evaluation)
    if n_classes > MOST_IN_MATRIX:
        return _groups(evaluation, key, title, table)
    chart = make_chart(
        confusion_figure(evaluation.confusion),
        key=key,
        title="Images by true and predicted class",
        alt="Images by true class (rows) and predicted class (columns)",
        table=table,
        help="Correct cells are blue, incorrect ones orange. The stronger the colour, "
        "the larger the fraction of the true class.",
    )
    return Section(key, title, (chart,))


def _groups(evaluation: Evaluation, key: str, title: str, table: Table) -> Section:
    """Groups of confused classes, for a matrix of all would be too large to be read."""
    n_classes = len(evaluation.class_names)
    if evaluation.top_confusions.empty:
        return Section(key, title, empty="No image is misclassified.")
    blocks = confusion_blocks(
        evaluation.cells, evaluation.class_names, n_blocks=N_BLOCKS
    )
    chart = make_chart(
        confusion_blocks_figure(blocks),
        key=key,
        title="Misclassified images between groups of classes",
        alt="Misclassified images by group of true classes and of predicted classes",
        table=table,
        help=f"A matrix of {n_classes:,} classes is too large to be read. Classes that "
        "are confused with each other lie in one group. The stronger the colour, the "
        "larger the fraction of the images of these true classes.",
    )
    return Section(key, title, (chart,))


def _counts(confusion: pd.DataFrame) -> Table:
    names = [str(name) for name in confusion.columns]
    numbers = confusion.set_axis(range(len(names)), axis=1)
    # Each as a row of its true class; the caption says what the columns are.
    columns = [named("True \\ predicted")]
    columns += [count(name, place) for place, name in enumerate(names)]
    caption = "Images: true class by row, predicted class by column"
    return make_table(numbers, columns, caption=caption)


def _top_confusions(evaluation: Evaluation) -> Table:
    return make_table(
        evaluation.top_confusions,
        [
            named("True class", "true"),
            named("Predicted as", "predicted"),
            count("Images", "n"),
            fraction("Fraction of the true class", "frequency"),
        ],
        caption="The most frequent confusions",
        most=50,
    )


def _classes(evaluation: Evaluation) -> Section:
    key, title = "classes", "Classes"
    if not evaluation.has_truth:
        return Section(key, title, empty=NO_TRUTH)
    classes = worst_first(evaluation.per_class)
    table = make_table(
        classes,
        [
            named("Class"),
            count("Images", "support"),
            count("Predicted", "predicted"),
            rate("Recall", "recall"),
            bounds("95% CI", "recall_low", "recall_high"),
            rate("Precision", "precision"),
            bounds("95% CI", "precision_low", "precision_high"),
            rate("F1", "f1"),
            bounds("95% CI", "f1_low", "f1_high"),
        ],
        caption="Classes, worst recall first",
    )
    more = ""
    if len(classes) > MOST_DRAWN:
        more = f" Of {len(classes):,} classes, the {MOST_DRAWN} worst are drawn."
    chart = make_chart(
        class_intervals_figure(classes.head(MOST_DRAWN)),
        key=key,
        title="Recall, precision and F1, worst recall first",
        alt="Recall, precision and F1 of each class with 95% CIs",
        table=table,
        help="Whiskers are 95% CIs: the fewer images, the wider. The dotted line is "
        f"the expected recall.{more}",
    )
    return Section(key, title, (chart,))


def _labels(evaluation: Evaluation, *, loud: bool) -> Section:
    frequencies = evaluation.shares
    chart = make_chart(
        class_frequencies_figure(
            frequencies, training=True, loud=loud, at_most=MOST_DRAWN
        ),
        key="labels",
        title="Class frequencies",
        alt="Frequency of each class among true, predicted and training labels",
        table=_frequencies_table(frequencies),
    )
    return Section("labels", "Predicted labels", (chart,))


def _confidence(
    evidence: Evidence, evaluation: Evaluation, diagnosis: Diagnosis
) -> Section:
    """The histogram of the confidence, and its reliability."""
    key, title = "confidence", "Confidence"
    if evidence.predictions is None or not evaluation.has_proba:
        return Section(key, title, empty=NO_PROBABILITIES)
    histogram = confidence_histogram(evidence.predictions)
    charts = [
        make_chart(
            confidence_histogram_figure(histogram),
            key="sure",
            title="Confidence of correct and incorrect predictions",
            alt="Images by the probability of their predicted class, correct and "
            "incorrect",
            table=_histogram_table(histogram),
            help="A single narrow bar means that all images get the same prediction "
            "with the same confidence.",
            wide=False,
        )
    ]
    if not evaluation.reliability.empty:
        charts.append(_reliability(evaluation.reliability))
    return Section(key, title, tuple(charts), warning=_why_misleading(diagnosis))


def _histogram_table(histogram: pd.DataFrame) -> Table:
    filled = histogram[(histogram[["n_right", "n_wrong", "n_unknown"]] > 0).any(axis=1)]
    columns = [
        fraction("Confidence from", "low"),
        fraction("to", "high"),
        count("Correct", "n_right"),
        count("Incorrect", "n_wrong"),
    ]
    if filled["n_unknown"].any():
        columns.append(count("No ground truth", "n_unknown"))
    return make_table(filled, columns, caption="Images by confidence")


def _reliability(table: pd.DataFrame) -> Chart:
    columns = [
        rate("Mean confidence", "confidence"),
        rate("Accuracy", "accuracy"),
        count("Images", "n_images"),
    ]
    return make_chart(
        reliability_figure(table),
        key="reliability",
        title="Reliability diagram",
        alt="Reliability diagram: accuracy against confidence",
        table=make_table(table, columns, caption="Accuracy by confidence"),
        help="Points below the dotted line are overconfident, those above it "
        "underconfident. The larger a point, the more images.",
        wide=False,
    )


def _why_misleading(diagnosis: Diagnosis) -> str:
    """Why confidence means nothing for a model that failed; "" for any other."""
    if not diagnosis.verdict.failing:
        return ""
    reasons = dict(diagnosis.not_applicable)
    why = reasons.get("HR301", "the predictions do not depend on the images")
    return f"These charts would mislead: {why}."


def _predicted_classes(counts: pd.DataFrame) -> Section:
    """A chart per split whose predicted labels were counted, val first."""
    key, title = "spread", "Predicted labels by epoch"
    if counts.empty:
        empty = "The predicted labels of each epoch were not recorded."
        return Section(key, title, empty=empty)
    charts = []
    for number, split in enumerate(sorted(set(counts["split"]), reverse=True)):
        of_split = counts[counts["split"] == split]
        charts.append(
            make_chart(
                predicted_classes_figure(of_split),
                key=f"spread-{number}",
                title=f"Predicted labels of {split}",
                alt=f"Frequency of each class among the predicted labels of {split}, "
                "by epoch",
                table=_predicted_classes_table(of_split),
                help="A single colour that fills the bar is a collapse.",
            )
        )
    return Section(key, title, tuple(charts))


def _predicted_classes_table(counts: pd.DataFrame) -> Table:
    """An epoch per row and the most frequent classes as columns, as fractions."""
    table = counts.pivot_table(
        index="epoch", columns="class_name", values="n", aggfunc="sum", fill_value=0
    )
    frequencies = table.div(table.sum(axis=1), axis=0)
    order = table.sum().sort_values(ascending=False, kind="stable").index
    kept = order[:MOST_BY_EPOCH]
    numbers = frequencies[kept].set_axis(range(len(kept)), axis=1).reset_index()
    columns = [count("Epoch", "epoch")]
    columns += [fraction(str(name), place) for place, name in enumerate(kept)]
    n_left = len(order) - len(kept)
    more = f", without {n_left} rarer classes" if n_left else ""
    return make_table(numbers, columns, caption=f"Class frequency by epoch{more}")


def _metrics_table(evaluation: Evaluation) -> Table:
    unit = "image" if evaluation.cluster == "image" else evaluation.cluster
    return make_table(
        metrics_table(evaluation.summary),
        [
            named("Metric", "metric"),
            rate("Value", "value"),
            bounds("95% CI", "low", "high"),
            named("Meaning", "meaning", look="aside"),
        ],
        caption=f"All metrics of {evaluation.n_evaluated:,} images. Intervals resample "
        f"{evaluation.n_groups:,} {unit}s",
    )


def _frequencies_table(frequencies: pd.DataFrame) -> Table:
    columns = [named("Class")]
    for title, number, part in (
        ("True", "n_true", "true_share"),
        ("Predicted", "n_predicted", "predicted_share"),
    ):
        if frequencies[part].notna().any():
            columns += [
                count(f"{title} images", number),
                fraction(f"{title} frequency", part),
            ]
    if frequencies["training_share"].notna().any():
        columns.append(fraction("Training frequency", "training_share"))
    return make_table(frequencies, columns, caption="Labels by class")
