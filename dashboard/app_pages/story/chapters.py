"""The first three chapters, and the proofs of their answers."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.app_pages.story.replay import ask, need_exercise, numbers
from dashboard.shared.charts import rate_columns, show_chart, show_heading
from dashboard.shared.curves import show_predicted_classes
from dashboard.shared.navigation import show_opening
from dashboard.shared.text import literal
from dashboard.shared.thumbnails import WIDTH, note_source, one_per_landmark
from dashboard.shared.verdict import show_verdict
from dashboard.state import loaders
from hirise.diagnosis import Diagnosis
from hirise.figures.class_frequencies import class_frequencies_figure
from hirise.figures.replay_curves import replay_curves_figure
from hirise.figures.theme import percent
from hirise.mars.blog import GOAL, PUBLISHED, TEST
from hirise.runs import Run
from hirise.runs.replays import FoundReplay, largest_class, paired_labels

MOST = 6
FOREIGN = "HR101"
SPLITS = {"train": "training", "val": "validation"}

SAME = 0.01
"""An accuracy that is higher by less counts as equal."""

LOADING = """
train = image_dataset_from_directory(
    folder, labels=labels,
    subset="training",
    validation_split=0.15, seed=123)
val = image_dataset_from_directory(
    folder, labels=labels,
    subset="validation",
    validation_split=0.15, seed=123)
""".strip()


def proofs(diagnosis: Diagnosis, splits: Sequence[str]) -> dict[str, str]:
    """For each split whose labels are foreign: the proof, else the evidence."""
    return {
        finding.subject: str(finding.fields.get("proof", finding))
        for finding in diagnosis.findings
        if finding.code == FOREIGN and finding.subject in splits
    }


def show_proof(run: Run, *splits: str) -> None:
    """The proof that the labels of `splits` are foreign, the cause, and the run."""
    diagnosis = loaders.load_diagnosis(run, None)
    proven = proofs(diagnosis, splits)
    lines = [
        f"**Proven for the {SPLITS.get(split, split)} labels:** "
        f"{literal(proven[split].replace('`', ''))}"
        for split in splits
        if split in proven
    ]
    if lines:
        st.success("\n\n".join(lines), icon=":material/verified:")
    show_cause(diagnosis)
    show_opening("overview", f"Open {literal(run.info.title)}", run)


def show_cause(diagnosis: Diagnosis) -> None:
    """The most likely cause, and the test that decides."""
    for cause in diagnosis.causes[:1]:
        st.markdown(
            f"Most likely cause: **{literal(cause.title)}.** Deciding test: "
            f"{literal(cause.experiment)}"
        )


def foreign_share(run: Run, split: str) -> str:
    """Such as "51 of 144": images of a split with the label of another image."""
    table = paired_labels(run, split)
    n_foreign = int((table["label_seen"] != table["right_label"]).sum())
    return f"{n_foreign:,} of {len(table):,}"


def show_two_labels(run: Run, split: str) -> None:
    """Some images with the label of another image, and their correct label."""
    table = paired_labels(run, split)
    foreign = table[table["label_seen"] != table["right_label"]]
    if foreign.empty:
        return
    # Different classes first.
    order = foreign.groupby("right_label").cumcount().sort_values(kind="stable")
    foreign = foreign.loc[order.index]
    names = list(one_per_landmark(foreign["image"]))[:MOST]
    shown = foreign.set_index("image").loc[names]
    title = f"Labels of {SPLITS.get(split, split)} images"
    show_heading(title, key=f"labels-{split}", table=table)
    available = loaders.load_images(run, tuple(map(str, shown.index)))
    with st.container(horizontal=True, gap="small"):
        for name, pixels in available.pixels.items():
            seen, correct = shown.loc[name, ["label_seen", "right_label"]]
            st.image(
                pixels,
                caption=f"correct label {literal(correct)}  \n"
                f"label used: **{literal(seen)}**",
                alt=f"{name}: correct label {correct}, label used: {seen}",
                width=WIDTH,
            )
    note_source(available.reason)


def show_first_networks(replay: FoundReplay) -> None:
    """Chapter 1: validation labels of other images."""
    st.header("1 · The first networks", anchor=False)
    run = need_exercise(replay, "3", "2b", "2a", "1")
    if run is None:
        return
    st.markdown(
        "The author loaded the images with two calls, one list of labels for both, "
        "and trained. Training went well, but validation did not. Dropout of .2, .4 "
        f"and .5 helped little. {numbers(replay, run)}"
    )
    with st.grid(2, min_column_width=340, gap="medium"):
        with st.container(gap="xsmall"):
            st.subheader("The two calls", anchor=False)
            st.code(LOADING, language=None, wrap_lines=True)
        chart = st.container(gap="xsmall")
    answered = ask(
        "Training goes well, but validation does not. What is the cause?",
        {
            "It overfits: it has memorised its training images": False,
            "The rare classes have too few images": False,
            "The validation labels belong to other images": True,
        },
        key="first",
    )
    with chart:
        _show_curves(run, right=answered, answered=answered)
    if answered:
        _explain_validation(run)


def _explain_validation(run: Run) -> None:
    columns = ["val_accuracy", "right_val_accuracy"]
    last = run.history().reindex(columns=columns).iloc[-1]
    correct = last["right_val_accuracy"]
    if correct > last["val_accuracy"] + SAME:
        meaning = "The gap that remains between green and grey is overfitting."
    else:
        meaning = (
            "The network has not learned enough to show a difference: train more "
            "epochs."
        )
    st.markdown(
        "The green line shows the same predictions of the same network, evaluated with "
        f"the correct labels: **{percent(correct)}** are correct, not "
        f"{percent(last['val_accuracy'])}. {meaning}\n\n"
        "`image_dataset_from_directory` shuffles the list that it is given, in place. "
        "The first call pairs images and labels correctly, and leaves the list "
        f"shuffled. The second call gets that list. **{foreign_share(run, 'val')}** "
        "validation images were evaluated with the label of another image."
    )
    show_two_labels(run, "val")
    show_proof(run, "val")


def show_better_batches(replay: FoundReplay) -> None:
    """Chapter 2: training labels of other images too."""
    st.header("2 · A better batch size?", anchor=False)
    after = need_exercise(replay, "4b", "4c")
    if after is None:
        return
    before = replay.run("4a")
    runs = [run for run in (before, after) if run is not None]
    st.markdown(
        "Next the author tried other batch sizes, in later cells of the same notebook. "
        + " ".join(numbers(replay, run) for run in runs)
    )
    charts = st.container()
    answered = ask(
        "Training and validation end closer together. What happened?",
        {
            "The new batch size suits these images": False,
            "Dropout works: the overfitting is gone": False,
            "It learned nothing from the images": True,
        },
        key="second",
    )
    with charts, st.grid(2, min_column_width=340, gap="medium"):
        for run in runs:
            with st.container(gap="xsmall"):
                _show_curves(run, answered=answered)
    if answered:
        _explain_training(after, runs)


def _explain_training(after: Run, runs: list[Run]) -> None:
    name, frequency = _most_predicted(after)
    st.markdown(
        "In the later cell the calls were the third and the fourth with the same "
        "list. By then it was shuffled for training as well: "
        f"**{foreign_share(after, 'train')}** training images had the label of "
        "another image. The images no longer contain any information about the "
        "labels. The best strategy is to predict the most frequent one: the network "
        f"predicts “{literal(name)}” for **{percent(frequency)}** of the validation "
        "images. Anything beyond that in training is memorised."
    )
    with st.grid(2, min_column_width=340, gap="medium"):
        for run in runs:
            with st.container(gap="xsmall"):
                show_predicted_classes(
                    run.predicted_counts(),
                    "val",
                    key=f"spread-{run.info.id}",
                    title=f"{literal(run.info.title)}: predicted labels",
                )
    show_proof(after, "train", "val")


def show_tuners_choice(replay: FoundReplay) -> None:
    """Chapter 3: a dead network, chosen by accuracy."""
    st.header("3 · The tuner's choice", anchor=False)
    run = need_exercise(replay, "final")
    if run is None:
        return
    tested = replay.entry("final", "recorded")
    score = tested.test_accuracy if tested is not None else None
    test = "" if score is None else f" On the test images: **{percent(score)}**"
    test += "." if score is None else f", in the post {percent(TEST)}."
    st.markdown(
        "A tuner then looked for the settings with the highest validation accuracy. It "
        f"took learning rate .01 and three dense layers. {numbers(replay, run)}{test}"
    )
    chart = st.container()
    answered = ask(
        f"{percent(PUBLISHED[-1].val)} in the post is above its goal of "
        f"{percent(GOAL, 0)}. Has it reached the goal?",
        {
            "Yes, on the validation images": False,
            "Almost: the test images are slightly harder": False,
            "These numbers do not show it": True,
        },
        key="third",
    )
    with chart:
        _show_curves(run, answered=answered)
    if answered:
        _explain_goal(replay, run)


def _explain_goal(replay: FoundReplay, run: Run) -> None:
    _show_predictions(run)
    scores = replay.scores().set_index("exercise")
    again = float(scores["retrained_val_accuracy"]["final"])
    largest = largest_class(replay.run("final", "right"))
    fixed = (
        ""
        if largest is None
        else "Correct labels alone do not fix this recipe: trained with them its "
        f"accuracy is {percent(again)}, and that of always “{literal(largest[0])}” is "
        f"{percent(largest[1])}."
    )
    st.markdown(
        "With shuffled labels, predicting anything except the most frequent class "
        "lowers the accuracy. A search for the highest accuracy then finds networks "
        f"that predict one class. {fixed}"
    )


def _show_predictions(run: Run) -> None:
    """True and predicted labels of the test images, and the verdict on them."""
    split = "test" if "test" in run.splits() else None
    diagnosis = loaders.load_diagnosis(run, split)
    evaluation = loaders.load_evidence(run, split).evaluation
    show_verdict(diagnosis)
    if evaluation is not None:
        show_chart(
            class_frequencies_figure(
                evaluation.shares, loud=diagnosis.verdict.failing, at_most=8
            ),
            key="story-shares",
            title="True and predicted class frequencies of the test images",
            alt="Frequency of each class among the true and among the predicted labels",
            table=evaluation.shares,
        )
    show_cause(diagnosis)
    show_opening("overview", f"Open {literal(run.info.title)}", run)


def _show_curves(run: Run, *, right: bool = False, answered: bool) -> None:
    """Accuracy by epoch; with the answer also the majority-class baseline.

    Not beside the correct labels, of which its frequency may be another.
    """
    majority = _most_frequent(run) if answered and not right else None
    history = run.history()
    columns = ["accuracy", "val_accuracy"]
    columns += ["right_val_accuracy"] if right else []
    by = ", and validation with the correct labels" if right else ""
    show_chart(
        replay_curves_figure(history, right=right, majority=majority),
        key=f"curves-{run.info.id}",
        title=f"{literal(run.info.title)}: accuracy",
        alt=f"Accuracy of training and validation by epoch{by}",
        table=history[["epoch", *columns]],
        columns=rate_columns(columns),
    )


def _most_predicted(run: Run) -> tuple[str, float]:
    """The most predicted class of the last validation epoch, and its frequency."""
    counts = run.predicted_counts()
    counts = counts[counts["split"] == "val"]
    last = counts[counts["epoch"] == counts["epoch"].max()]
    top = last.loc[last["n"].idxmax()]
    return str(top["class_name"]), float(top["n"] / last["n"].sum())


def _most_frequent(run: Run) -> tuple[str, float] | None:
    """The most frequent validation label that the run used, and its frequency."""
    labels = paired_labels(run, "val")["label_seen"].value_counts(normalize=True)
    return None if labels.empty else (str(labels.index[0]), float(labels.iloc[0]))
