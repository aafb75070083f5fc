"""The chosen replay, its missing parts, and questions to the reader."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import datetime

import streamlit as st

from dashboard.shared.states import explain, show_examples
from dashboard.shared.text import count_of, literal
from dashboard.state import loaders
from hirise.actions.replay import ListReplaysRequest, list_replays
from hirise.figures.theme import percent
from hirise.mars.blog import GOAL, PUBLISHED
from hirise.mars.releases import SIMULATED_LAYOUT
from hirise.runs import Run
from hirise.runs.replays import FoundReplay

STAMP = "%Y%m%d-%H%M%S"

SHOW = "I do not know: show me"
CORRECT = ("green", "check", "Correct.")
INCORRECT = ("orange", "close", "It looks like it, but no.")
"""Colour, icon and text below an answer."""


def need_replay() -> FoundReplay:
    """The chosen replay, or an explanation of how to make one, which ends the page."""
    newest_first = list_replays(ListReplaysRequest(loaders.artifacts_folder()))
    # Of two with one id the newer is kept.
    replays = {replay.replay.id: replay for replay in reversed(newest_first)}
    names = list(reversed(replays))
    if not names:
        show_no_replay()
        st.stop()
    labels = {name: describe(replays[name]) for name in names}
    chosen = names[0]
    if len(names) > 1:
        chosen = st.selectbox(
            "Replay",
            names,
            format_func=lambda name: labels[name],
            key="replay",
            bind="query-params",
            width=480,
        )
    return replays[chosen]


def describe(replay: FoundReplay) -> str:
    """A replay in one line: its date, its size, and whether it ships."""
    record = replay.replay
    try:
        when = f"{datetime.strptime(record.id, STAMP):%d %b %Y, %H:%M}"
    except ValueError:
        when = record.id
    epochs = f"{count_of(record.epochs, 'epoch')} each"
    shipped = " · shipped, simulated" if replay.shipped else ""
    return f"{when} · {record.n_images:,} images, {epochs}{shipped}"


def show_beginning(replay: FoundReplay) -> None:
    """What happened in the post, and the kind of this replay."""
    last, test = PUBLISHED[-1], percent(GOAL, 0)
    st.markdown(
        "In 2024 a student trained a small network to classify landmarks on Mars: "
        "craters, dunes, spiders, and a large class “other”. Eight notebooks later its "
        f"validation accuracy was **{percent(last.val)}**, above the goal of {test}. "
        "Then the author counted its predictions: **every image was predicted as "
        "“other”**. The post blames the rare classes. The real cause was different.\n\n"
        "Here the exercises run again, with the same calls of Keras. You see what the "
        "author saw, and can guess before each answer."
    )
    runs = [replay.run(entry.exercise, entry.labels) for entry in replay.replay.runs]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if any(map(_is_simulated, runs)):
            st.badge("simulated images", icon=":material/landscape:", color="gray")
        st.caption(
            f"This replay: {literal(describe(replay))}. “In the post” marks published "
            "numbers. All others are read from the runs of this replay.",
            width="content",
        )
    _show_missing(replay)


def show_no_replay() -> None:
    """How to make a replay, or to show the one that ships."""
    explain(
        "No replay yet",
        "The story is based on a replay: the exercises of the post, retrained as they "
        "were written, then with the correct labels. One command makes it, from your "
        "own images or simulated ones. It takes about 20 minutes on two CPU cores.",
        icon=":material/auto_stories:",
        is_first=True,
    )
    st.code(replay_command(), language=None, wrap_lines=True)
    with st.container(horizontal=True):
        st.button("Refresh", icon=":material/refresh:")
        if loaders.all_runs().examples_hidden:
            st.button("Show the examples", on_click=show_examples)


def replay_command(data: str = "simulated") -> str:
    """The command that makes a replay where this dashboard looks for it."""
    folder = str(loaders.artifacts_folder())
    option = "" if folder == "artifacts" else f" --artifacts {shlex.quote(folder)}"
    return f"hirise replay --data {data}{option}"


def need_exercise(replay: FoundReplay, *keys: str) -> Run | None:
    """The first of these exercises that exists; else why there is none."""
    for key in keys:
        run = replay.run(key)
        if run is not None and len(run.history()):
            return run
    named = " or ".join(keys)
    st.info(
        f"This chapter needs exercise {named}, which is not part of this replay.",
        icon=":material/hourglass_disabled:",
    )
    return None


def exercise_of(replay: FoundReplay, run: Run) -> str:
    """The key of the exercise that `run` is."""
    return next(
        entry.exercise for entry in replay.replay.runs if entry.run == run.info.id
    )


def numbers(replay: FoundReplay, run: Run) -> str:
    """An exercise's accuracies in this replay and in the post, in two sentences."""
    key, last = exercise_of(replay, run), run.history().iloc[-1]
    recorded = (
        f"{literal(run.info.title)} ends at **{percent(last['accuracy'])}** in "
        f"training and **{percent(last['val_accuracy'])}** in validation."
    )
    post = next((entry for entry in PUBLISHED if entry.exercise == key), None)
    if post is None:
        return recorded
    return f"{recorded} In the post: {percent(post.train)} and {percent(post.val)}."


def _show_missing(replay: FoundReplay) -> None:
    done = replay.exercises()
    missing = [entry.exercise for entry in PUBLISHED if entry.exercise not in done]
    deleted = [
        f"{entry.exercise} ({entry.labels} labels)"
        for entry in replay.replay.runs
        if replay.run(entry.exercise, entry.labels) is None
    ]
    lines = []
    if missing:
        lines.append(
            f"Not in this replay: {literal(', '.join(missing))}. It was interrupted, "
            "or made for other exercises."
        )
    if deleted:
        lines.append(f"Deleted since: {literal(', '.join(deleted))}.")
    if lines:
        st.info("  \n".join(lines), icon=":material/content_cut:")


def _is_simulated(run: Run | None) -> bool:
    dataset = (run.info.dataset if run is not None else None) or {}
    return bool(dataset.get("layout") == SIMULATED_LAYOUT)


def ask(question: str, answers: Mapping[str, bool], *, key: str) -> bool:
    """Whether the reader has chosen an answer; shows whether it is correct.

    Parameters
    ----------
    question : str
    answers : mapping of str to bool
        The answers, and whether each is correct.
    key : str
        Of the choice, in the URL too.
    """
    with st.container(border=True):
        st.markdown(f":material/help: **{question}**")
        # Named without markup, which a screen reader would spell out.
        chosen = st.radio(
            question,
            [*answers, SHOW],
            index=None,
            key=key,
            bind="query-params",
            persist_state="session",
            label_visibility="collapsed",
        )
        if chosen is None:
            st.caption("Choose an answer to continue.")
            return False
        if chosen != SHOW:
            colour, icon, text = CORRECT if answers[chosen] else INCORRECT
            st.markdown(f":{colour}[:material/{icon}: **{text}**]")
    return True
