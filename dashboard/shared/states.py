"""States without anything to show yet, each explained, and trainings that run."""

from __future__ import annotations

import shlex

import streamlit as st

from dashboard.shared.navigation import address_of_choice, link_page, page_file
from dashboard.shared.text import duration, literal
from dashboard.state import loaders
from hirise.actions import resolve_run
from hirise.actions.preconditions import refuse_training
from hirise.actions.runs import HideRequest, hide_examples
from hirise.actions.train import ResumeRequest, refuse_resume
from hirise.errors import InputError
from hirise.evaluation import Evaluation
from hirise.jobs import poll, request_fields, start
from hirise.runs import Run

STATUS = {
    "training": ("training", "blue", ":material/progress_activity:"),
    "finished": ("finished", "gray", ":material/check:"),
    "imported": ("imported", "gray", ":material/download_done:"),
    "interrupted": ("interrupted", "orange", ":material/stop_circle:"),
    "failed": ("failed", "red", ":material/error:"),
}
"""Status of a run: its name, colour and icon."""

TRAIN = page_file("train")
CURVES = page_file("learning_curves")

EVERY = 2
"""Seconds between two polls of a run that is training."""


NO_PROBABILITIES = (
    "Only the predicted labels of this run are known. Import its probabilities, one "
    "column per class, to see its confidence."
)


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
            "These predictions have no ground truth to compare with. The page "
            "*Predicted labels* shows what is known without it.",
        )
        st.stop()
    return evaluation


def explain(
    title: str, body: str, *, icon: str = ":material/info:", is_first: bool = False
) -> None:
    """A box that explains why there is nothing to see, and what to do.

    `is_first` where no heading stands between it and the page's title.
    """
    with st.container(border=True):
        heading = st.header if is_first else st.subheader
        heading(title, icon=icon, anchor=False)
        st.markdown(body)


def show_no_runs() -> None:
    """How to make the first run, with commands that can be copied."""
    folder = loaders.artifacts_folder()
    option = ""
    if str(folder) != "artifacts":
        option = f" --artifacts {shlex.quote(str(folder))}"
    # A backtick would end the code in Markdown.
    shown = str(folder).replace("`", "'")
    with st.container(border=True):
        st.header("No runs yet", icon=":material/folder_open:", anchor=False)
        st.markdown(
            f"There are no runs in the folder `{shown}`. A run is a trained network or "
            "a set of your own predictions, with all its records. Create one here or "
            "in a terminal."
        )
        st.markdown("Train the blog post's network on a folder of Mars images:")
        st.code(
            f"hirise train --data FOLDER --recipe blog-final{option}",
            language="bash",
            wrap_lines=True,
        )
        st.markdown("Or evaluate your own predictions, from any framework:")
        st.code(
            f"hirise import predictions.csv{option}", language="bash", wrap_lines=True
        )
        with st.container(horizontal=True):
            link_page(TRAIN, "Train in the browser", ":material/model_training:")
            st.button("Refresh", icon=":material/refresh:")
            if loaders.all_runs().examples_hidden:
                st.button("Show the examples", on_click=show_examples)


def show_examples() -> None:
    """Bring the examples back into all lists of runs."""
    hide_examples(HideRequest(loaders.artifacts_folder(), hidden=False))


def explain_no_predictions(run: Run) -> None:
    """Why a run has no predictions, by its status."""
    status, error = run.info.status, run.info.error
    if status == "training":
        explain(
            "The verdict comes after training",
            "Predictions are saved when training ends. Until then *Learning curves* "
            "shows every epoch. All pages refresh automatically.",
            icon=":material/hourglass_top:",
        )
        link_page(CURVES, "Watch the learning curves", ":material/show_chart:")
    elif status == "failed":
        reason = f"The reason: {literal(error)}\n\n" if error else ""
        explain(
            "This training failed before it made predictions",
            f"{reason}Its folder keeps everything that was written before.",
            icon=":material/error:",
        )
        offer_resume(run, key="states")
    elif status == "interrupted":
        explain(
            "This training was interrupted before it made predictions",
            "Everything that was written before is kept. Resume it, or start a new "
            "training, to get a verdict.",
            icon=":material/stop_circle:",
        )
        offer_resume(run, key="states")
    elif run.info.status == "imported":
        explain(
            "A training history without predictions",
            "*Learning curves* shows this run. *Load* its predictions too for a "
            "verdict on them.",
        )
    else:
        explain("No predictions", "This run has no predictions to evaluate.")


def offer_resume(run: Run, *, key: str) -> None:
    """A button that queues the rest of the training, where it can be resumed."""
    if refuse_resume(run):
        return
    artifacts = loaders.artifacts_folder()
    request, jobs = ResumeRequest(run.info.id), poll(artifacts)
    fields = request_fields(artifacts, request)
    if fields in [job.request for job in (jobs.running, jobs.waiting) if job]:
        link_page(TRAIN, "Resuming", ":material/arrow_forward:")
        return
    pressed = st.button(
        "Resume next" if jobs.running else "Resume",
        key=f"resume-{key}",
        icon=":material/resume:",
        disabled=jobs.waiting is not None,
        help="Another job is waiting already."
        if jobs.waiting
        else f"Continues after epoch {len(run.history())} with the same settings. The "
        "result is the same as that of an uninterrupted training.",
    )
    if not pressed:
        return
    try:
        refusal = refuse_training(artifacts)
        if refusal:
            raise refusal.error()
        start(artifacts, "resume", request, title=run.info.title)
    except InputError as error:
        st.error(literal(error), icon=":material/error:")
    else:
        st.switch_page(TRAIN, query_params=address_of_choice())


def show_status(run: Run) -> None:
    """The run's status as a badge; a training is polled and refreshes the page."""
    if run.info.status == "training":
        _watch(run, run.stamp)
        return
    name, colour, icon = STATUS[run.info.status]
    st.badge(name, color=colour, icon=icon, width="content")  # type: ignore[arg-type]


# As a fragment, so that only these lines are drawn every two seconds.
@st.fragment(run_every=EVERY)
def _watch(run: Run, shown: loaders.Stamp) -> None:
    try:
        now = resolve_run(str(run.folder), loaders.artifacts_folder())
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
