"""The first three chapters, and what proves an answer."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.app_pages.story.replay import ask, need_exercise, numbers
from dashboard.shared.charts import rate_columns, show_chart, show_heading
from dashboard.shared.navigation import show_opening
from dashboard.shared.text import literal
from dashboard.shared.thumbnails import WIDTH, one_per_landmark
from dashboard.shared.verdict import SHOUTED, show_verdict
from dashboard.state import loaders
from hirise.diagnosis import Diagnosis
from hirise.figures.class_frequencies import class_frequencies_figure
from hirise.figures.predicted_classes import predicted_classes_figure
from hirise.figures.replay_curves import replay_curves_figure
from hirise.figures.theme import percent
from hirise.mars.blog import GOAL, PUBLISHED, TEST
from hirise.runs import Run
from hirise.runs.replays import FoundReplay, largest_class, last_epoch, two_labels

MOST = 6
PROVEN = "Proven: "
FOREIGN = "HR101"
SIDES = {"train": "training", "val": "validation"}


def proofs(diagnosis: Diagnosis, splits: Sequence[str]) -> dict[str, str]:
    """For each split whose labels are foreign: the proof, else what shows it."""
    found = {}
    for finding in diagnosis.findings:
        if finding.code == FOREIGN and finding.subject in splits:
            _, _, proof = finding.evidence.partition(PROVEN)
            found[finding.subject] = proof or finding.evidence
    return found


def show_proof(run: Run, *splits: str) -> None:
    """The proof that the labels of `splits` are foreign, the cause, and the way on."""
    diagnosis = loaders.load_diagnosis(run, None)
    said = proofs(diagnosis, splits)
    lines = [
        f"**Proven for the {SIDES.get(split, split)} labels:** "
        f"{literal(said[split].replace('`', ''))}"
        for split in splits
        if split in said
    ]
    if lines:
        st.success("\n\n".join(lines), icon=":material/verified:")
    show_cause(diagnosis)
    show_opening("overview", f"Open {literal(run.info.title)}", run)


def show_cause(diagnosis: Diagnosis) -> None:
    """The cause that ranks first, and what would decide."""
    for cause in diagnosis.causes[:1]:
        st.markdown(
            f"The diagnosis puts first: **{literal(cause.title)}.** To decide: "
            f"{literal(cause.experiment)}"
        )


def foreign_share(run: Run, split: str) -> str:
    """Such as "51 of 144": images of a split whose label was not theirs."""
    table = two_labels(run, split)
    wrong = int((table["label_seen"] != table["right_label"]).sum())
    return f"{wrong:,} of {len(table):,}"


def show_two_labels(run: Run, split: str) -> None:
    """Some images whose label was not theirs, with both labels."""
    table = two_labels(run, split)
    apart = table[table["label_seen"] != table["right_label"]]
    if apart.empty:
        return
    # Different classes first.
    order = apart.groupby("right_label").cumcount().sort_values(kind="stable")
    apart = apart.loc[order.index]
    shown = apart.set_index("image").loc[list(one_per_landmark(apart["image"]))[:MOST]]
    title = f"What {SIDES.get(split, split)} images were judged by"
    show_heading(title, key=f"labels-{split}", table=table)
    found = loaders.load_images(run, tuple(map(str, shown.index)))
    with st.container(horizontal=True, gap="small"):
        for name, pixels in found.pixels.items():
            seen, right = shown.loc[name, ["label_seen", "right_label"]]
            st.image(
                pixels,
                caption=f"is {literal(right)}  \njudged as **{literal(seen)}**",
                alt=f"{name}: is {right}, judged as {seen}",
                width=WIDTH,
            )
    if found.reason:
        st.caption(f":material/hide_image: {literal(found.reason)}")


SAME = 0.01
"""An accuracy that is higher by less is called no better."""

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


def show_first_networks(found: FoundReplay) -> None:
    """Chapter 1: validation labels of other images."""
    st.header("1 · The first networks", anchor=False)
    run = need_exercise(found, "3", "2b", "2a", "1")
    if run is None:
        return
    st.markdown(
        "The author loaded the images with two calls, one list of labels for both, and "
        "trained. Training went well, validation did not. Dropout of .2, .4 and .5 "
        f"helped little. {numbers(found, run)}"
    )
    with st.grid(2, min_column_width=340, gap="medium"):
        with st.container(gap="xsmall"):
            st.subheader("The two calls", anchor=False)
            st.code(LOADING, language=None, wrap_lines=True)
        chart = st.container(gap="xsmall")
    answered = ask(
        "Training goes well, validation does not. What is wrong?",
        {
            "It overfits: it knows its training images by heart": False,
            "The rare classes have too few images": False,
            "The validation labels belong to other images": True,
        },
        key="first",
    )
    with chart:
        _show_curves(run, right=answered, answered=answered)
    if answered:
        _tell_of_validation(run)


def _tell_of_validation(run: Run) -> None:
    right, last = last_epoch(run, "right_val_accuracy"), run.history().iloc[-1]
    if right > last["val_accuracy"] + SAME:
        meant = "What is left between green and grey is what it does overfit."
    else:
        meant = "It has learned too little yet for that to differ: give it more epochs."
    st.markdown(
        "The green line is the same network with the same answers, held against the "
        f"right labels: **{percent(right)}** are right, not "
        f"{percent(last['val_accuracy'])}. {meant}\n\n"
        "`image_dataset_from_directory` shuffles the list that it is given, in place. "
        "The first call pairs images and labels rightly and leaves the list shuffled; "
        f"the second call gets that list. **{foreign_share(run, 'val')}** validation "
        "images were judged by a label that is not theirs."
    )
    show_two_labels(run, "val")
    show_proof(run, "val")


def show_better_batches(found: FoundReplay) -> None:
    """Chapter 2: training labels of other images too."""
    st.header("2 · A better batch size?", anchor=False)
    after = need_exercise(found, "4b", "4c")
    if after is None:
        return
    before = found.run("4a")
    runs = [run for run in (before, after) if run is not None]
    st.markdown(
        "Next the author tried other batch sizes, in later cells of the same notebook. "
        + " ".join(numbers(found, run) for run in runs)
    )
    charts = st.container()
    answered = ask(
        "Training and validation end closer together. What happened?",
        {
            "The new batch size suits these images": False,
            "Dropout works at last: the overfitting is gone": False,
            "It learned nothing from the images": True,
        },
        key="second",
    )
    with charts, st.grid(2, min_column_width=340, gap="medium"):
        for run in runs:
            with st.container(gap="xsmall"):
                _show_curves(run, answered=answered)
    if answered:
        _tell_of_training(after, runs)


def _tell_of_training(after: Run, runs: list[Run]) -> None:
    name, share = _most_called(after)
    st.markdown(
        "In the later cell the calls were the third and the fourth with the same list. "
        "By then it was shuffled for training as well: "
        f"**{foreign_share(after, 'train')}** training images were taught with a label "
        "that is not theirs. Nothing in an image tells its label any more. What pays "
        f"is to name the most frequent one: it answers “{literal(name)}” for "
        f"**{percent(share)}** of the validation images. What it learns beyond that in "
        "training, it learns by heart."
    )
    with st.grid(2, min_column_width=340, gap="medium"):
        for run in runs:
            with st.container(gap="xsmall"):
                _show_spread(run)
    show_proof(after, "train", "val")


def show_tuners_choice(found: FoundReplay) -> None:
    """Chapter 3: a dead network, chosen by accuracy."""
    st.header("3 · The tuner's choice", anchor=False)
    run = need_exercise(found, "final")
    if run is None:
        return
    tested = found.entry("final", "recorded")
    score = tested.test_accuracy if tested is not None else None
    test = "" if score is None else f" On the test images: **{percent(score)}**"
    test += "." if score is None else f", in the post {percent(TEST)}."
    st.markdown(
        "A tuner then looked for the settings with the highest validation accuracy. It "
        f"took learning rate .01 and three dense layers. {numbers(found, run)}{test}"
    )
    chart = st.container()
    answered = ask(
        f"{percent(PUBLISHED[-1].val)} in the post is above its goal of "
        f"{percent(GOAL, 0)}. Is the goal reached?",
        {
            "Yes, on the validation images": False,
            "Almost: the test images are a little harder": False,
            "These numbers cannot tell": True,
        },
        key="third",
    )
    with chart:
        _show_curves(run, answered=answered)
    if answered:
        _tell_of_the_goal(found, run)


def _tell_of_the_goal(found: FoundReplay, run: Run) -> None:
    _show_answers(run)
    again = last_epoch(found.run("final", "right"), "val_accuracy")
    largest = largest_class(found.run("final", "right"))
    mended = (
        ""
        if largest is None
        else "Right labels alone do not mend this recipe: trained with them it scores "
        f"{percent(again)}, and always “{literal(largest[0])}” scores "
        f"{percent(largest[1])}."
    )
    st.markdown(
        "Where labels are scrambled, any answer but the most frequent one costs "
        "accuracy. Whoever looks for the highest accuracy then finds the networks that "
        f"give one answer. {mended}"
    )


def _show_answers(run: Run) -> None:
    """True and predicted labels of the test images, and the verdict on them."""
    split = "test" if "test" in run.splits() else None
    diagnosis = loaders.load_diagnosis(run, split)
    evaluation = loaders.load_evidence(run, split).evaluation
    show_verdict(diagnosis)
    if evaluation is not None:
        show_chart(
            class_frequencies_figure(
                evaluation.shares, loud=diagnosis.verdict in SHOUTED, at_most=8
            ),
            key="story-shares",
            title="True and predicted labels of the test images",
            alt="Share of each class among the true and among the predicted labels",
            table=evaluation.shares,
        )
    show_cause(diagnosis)
    show_opening("overview", f"Open {literal(run.info.title)}", run)


def _show_curves(run: Run, *, right: bool = False, answered: bool) -> None:
    """Accuracy per epoch; with the answer what the most frequent label scores.

    Not beside the right labels, of which it may have another share.
    """
    majority = _most_frequent(run) if answered and not right else None
    history = run.history()
    columns = ["accuracy", "val_accuracy"]
    columns += ["right_val_accuracy"] if right else []
    by = ", and validation by the right labels" if right else ""
    show_chart(
        replay_curves_figure(history, right=right, majority=majority),
        key=f"curves-{run.info.id}",
        title=f"{literal(run.info.title)}: accuracy",
        alt=f"Accuracy in training and validation over the epochs{by}",
        table=history[["epoch", *columns]],
        columns=rate_columns(columns),
    )


def _show_spread(run: Run) -> None:
    counts = run.predicted_counts()
    val = counts[counts["split"] == "val"].reset_index(drop=True)
    show_chart(
        predicted_classes_figure(val),
        key=f"spread-{run.info.id}",
        title=f"{literal(run.info.title)}: its answers",
        alt="Share of each class among the predicted validation labels of every epoch",
        table=val,
        help="One colour that takes the whole bar is a collapse.",
    )


def _most_called(run: Run) -> tuple[str, float]:
    """The class that takes most of the last validation answers, and its share."""
    counts = run.predicted_counts()
    counts = counts[counts["split"] == "val"]
    last = counts[counts["epoch"] == counts["epoch"].max()]
    top = last.loc[last["n"].idxmax()]
    return str(top["class_name"]), float(top["n"] / last["n"].sum())


def _most_frequent(run: Run) -> tuple[str, float] | None:
    """The most frequent validation label as it was seen, and its share."""
    shares = two_labels(run, "val")["label_seen"].value_counts(normalize=True)
    return None if shares.empty else (str(shares.index[0]), float(shares.iloc[0]))
