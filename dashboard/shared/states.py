"""States in which there is nothing to draw yet, each explained."""

from __future__ import annotations

import shlex

import streamlit as st

from dashboard.shared.navigation import page_file
from dashboard.shared.text import duration, literal
from dashboard.state import loaders
from hirise.errors import InputError
from hirise.evaluation import Evaluation
from hirise.jobs import ResumeRequest, look, start
from hirise.runs import Run, examples_hidden, hide_examples, read_run
from hirise.runs.manage import why_not_resumed


def offer_resume(run: Run, *, key: str) -> None:
    """A button that queues the rest of the training; nothing where that cannot be."""
    if why_not_resumed(run):
        return
    artifacts = loaders.artifacts_folder()
    request, jobs = ResumeRequest(run.info.id, run.info.title), look(artifacts)
    if request in [job.request for job in (jobs.running, jobs.waiting) if job]:
        st.page_link(
            page_file("train"), label="It is resumed", icon=":material/arrow_forward:"
        )
        return
    pressed = st.button(
        "Resume next" if jobs.running else "Resume",
        key=f"resume-{key}",
        icon=":material/resume:",
        disabled=jobs.waiting is not None,
        help="One job waits already; only one can."
        if jobs.waiting
        else f"Goes on after epoch {len(run.history())}, with the same settings, to "
        "what an undisturbed training comes to.",
    )
    if not pressed:
        return
    try:
        start(artifacts, request)
    except InputError as error:
        st.error(literal(error), icon=":material/error:")
    else:
        st.switch_page(page_file("train"), query_params={})


STATUS = {
    "training": ("training", "blue", ":material/progress_activity:"),
    "finished": ("finished", "gray", ":material/check:"),
    "imported": ("imported", "gray", ":material/download_done:"),
    "interrupted": ("interrupted", "orange", ":material/stop_circle:"),
    "failed": ("failed", "red", ":material/error:"),
}
"""Status of a run: what people read, its colour and icon."""

TRAIN = page_file("train")
CURVES = page_file("learning_curves")

EVERY = 2
"""Seconds between two looks at a run that is training."""


def need_run() -> Run:
    """The chosen run, or an explanation of how to make one, which ends the page."""
    run = loaders.chosen_run()
    if run is None:
        show_no_runs()
        st.stop()
    return run


def need_split(run: Run) -> str:
    """The chosen split; a run without predictions is explained, and ends the page."""
    split = loaders.chosen_split(run)
    if split is None:
        explain_no_predictions(run)
        st.stop()
    return split


def need_evaluation(run: Run, split: str, *, truth: bool = True) -> Evaluation:
    """The tables of a split; a lack of true labels is explained, and ends the page."""
    evaluation = loaders.load_evidence(run, split).evaluation
    if evaluation is None or (truth and not evaluation.has_truth):
        explain(
            "No true labels",
            "These predictions come without the truth, so nothing can be compared "
            "with it. The page *Predicted labels* shows what can be said without.",
        )
        st.stop()
    return evaluation


NO_PROBABILITIES = (
    "Only the predicted labels of this run are known. Import its probabilities, one "
    "column per class, to see how sure it was."
)


def explain(title: str, body: str, *, icon: str = ":material/info:") -> None:
    """A quiet box that says why there is nothing to see, and what to do."""
    with st.container(border=True):
        st.subheader(title, icon=icon, anchor=False)
        st.markdown(body)


def show_no_runs() -> None:
    """How to make the first run, with commands that can be copied."""
    folder = loaders.artifacts_folder()
    option = (
        "" if str(folder) == "artifacts" else f" --artifacts {_quoted(str(folder))}"
    )
    with st.container(border=True):
        st.subheader("No runs yet", icon=":material/folder_open:", anchor=False)
        st.markdown(
            f"There are no runs in the folder `{_code(str(folder))}`. A run is a "
            "trained network, or predictions of your own, with all that is known "
            "about it. Make one here or in a terminal."
        )
        st.markdown("Train the blog post's network on a folder of Mars images:")
        st.code(
            f"hirise train --data FOLDER --recipe blog-final{option}", language="bash"
        )
        st.markdown("Or judge predictions that you have, from any framework:")
        st.code(f"hirise import predictions.csv{option}", language="bash")
        with st.container(horizontal=True):
            st.page_link(
                TRAIN, label="Train in the browser", icon=":material/model_training:"
            )
            st.button("Look again", icon=":material/refresh:")
            if examples_hidden(folder):
                st.button("Show the examples", on_click=show_examples)


def show_examples() -> None:
    """Bring the examples back into all lists of runs."""
    hide_examples(loaders.artifacts_folder(), hidden=False)


def explain_no_predictions(run: Run) -> None:
    """Why a run has no predictions, which depends on its status."""
    status, error = run.info.status, run.info.error
    if status == "training":
        explain(
            "The verdict comes after training",
            "Predictions are saved when training ends. Until then *Learning curves* "
            "shows how it goes, epoch by epoch; all pages refresh by themselves.",
            icon=":material/hourglass_top:",
        )
        st.page_link(CURVES, label="Watch it learn", icon=":material/show_chart:")
    elif status == "failed":
        reason = f"The reason: {literal(error)}\n\n" if error else ""
        explain(
            "This training failed before it made predictions",
            f"{reason}Its folder holds what was written until then.",
            icon=":material/error:",
        )
        offer_resume(run, key="states")
    elif status == "interrupted":
        explain(
            "This training was interrupted before it made predictions",
            "What it wrote until then is kept. Resume it, or train again, to get a "
            "verdict.",
            icon=":material/stop_circle:",
        )
        offer_resume(run, key="states")
    elif run.info.status == "imported":
        explain(
            "Curves, but no predictions",
            "This run is a training history alone: *Learning curves* shows it. "
            "*Load* its predictions too for a verdict on them.",
        )
    else:
        explain("No predictions", "This run holds no predictions to judge.")


def show_status(run: Run) -> None:
    """The run's status as a badge; a training is watched and refreshes the page."""
    if run.info.status == "training":
        _watch(run, run.stamp)
        return
    name, colour, icon = STATUS[run.info.status]
    st.badge(name, color=colour, icon=icon, width="content")  # type: ignore[arg-type]


@st.fragment(run_every=EVERY)
def _watch(run: Run, shown: loaders.Stamp) -> None:
    try:
        now = read_run(run.folder)
    except InputError:  # deleted meanwhile: the entry script says so
        st.rerun()
    if now.stamp != shown:
        st.rerun()
    name, colour, icon = STATUS["training"]
    st.badge(name, color=colour, icon=icon, width="content")  # type: ignore[arg-type]
    st.caption(progress_text(now))


def progress_text(run: Run) -> str:
    """Such as "Epoch 2 of 5, batch 30 of 98, about 4 min left"."""
    progress = run.progress() or {}
    done, epochs = len(run.history()), (run.info.recipe or {}).get("epochs")
    epoch, epochs = progress.get("epoch"), progress.get("epochs", epochs)
    if epochs and done >= epochs:
        return f"All {epochs} epochs are done; predicting"
    if epoch is None:
        epoch = done + 1
    parts = [f"Epoch {epoch}" + (f" of {epochs}" if epochs else "")]
    if progress.get("batch") and progress.get("batches"):
        parts.append(f"batch {progress['batch']} of {progress['batches']}")
    if progress.get("seconds_left"):
        parts.append(f"about {duration(progress['seconds_left'])} left")
    return ", ".join(parts)


def _quoted(path: str) -> str:
    return shlex.quote(path)


def _code(text: str) -> str:
    return text.replace("`", "'")
