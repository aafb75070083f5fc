"""The cure of a run while it goes on, and before and after it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.shared.charts import show_chart, show_heading, show_table
from dashboard.shared.comparison import (
    DIFFERENCE,
    show_metrics,
    show_numbers,
    show_recall,
    show_sentence,
)
from dashboard.shared.jobs import (
    is_training,
    job_run,
    show_job_title,
    show_stop,
    watch_job,
)
from dashboard.shared.navigation import show_opening
from dashboard.shared.text import literal, when
from dashboard.shared.thumbnails import show_changed
from dashboard.shared.training import show_ended, show_training, show_waiting
from dashboard.state import loaders
from hirise.diagnosis.proof import Proof
from hirise.diagnosis.wording import images, percent, took
from hirise.errors import InputError
from hirise.figures.class_frequencies import cured_frequencies, cured_frequencies_figure
from hirise.jobs import Job, Jobs, forget
from hirise.metrics.titles import METRICS
from hirise.runs import Run

LEFT_OUT = "abstention"
"""The remedy that leaves images unanswered."""

LIST_COLUMNS = {
    "remedies": st.column_config.TextColumn("remedies", pinned=True),
    "title": st.column_config.TextColumn("title", pinned=False),
}
FREQUENCY_COLUMNS = {
    "before_share": st.column_config.NumberColumn("predicted before", format="percent"),
    "after_share": st.column_config.NumberColumn("predicted after", format="percent"),
}


def cures_of(run: Run) -> list[Run]:
    """The runs that cure this one and can be evaluated, newest first."""
    runs = loaders.all_runs().runs
    children = [child for child in runs if child.info.parent == run.info.id]
    # Remedies that follow a training in the same job make a second run of the first.
    made = {(child.info.id, child.info.job) for child in children if child.info.job}
    return [
        cure
        for cure in runs
        if (cure in children or (cure.info.parent, cure.info.job) in made)
        and cure.splits()
        and cure.info.status != "training"
    ]


def choose_cure(cures: Sequence[Run], finished: str | None) -> Run:
    """The cure that is shown: the one that just ended, else the newest, or another."""
    ids = [cure.info.id for cure in cures]
    if finished in ids:
        st.session_state["cure"] = finished
    elif st.session_state.get("cure") not in (None, *ids):
        st.session_state["cure"] = ids[0]
    if len(cures) == 1:
        return cures[0]
    table = pd.DataFrame(
        {
            "created": [pd.Timestamp(cure.info.created) for cure in cures],
            "remedies": [", then ".join(_all_remedies(cure)) for cure in cures],
            "verdict": [loaders.load_row(cure)["verdict"] for cure in cures],
            "macro_f1": [loaders.load_row(cure)["macro_f1"] for cure in cures],
            "title": [cure.info.title for cure in cures],
            "id": ids,
        }
    )
    show_heading("Cures of this run", key="cures", table=table, shown=True)
    show_table(table, key="cures-list", alt="Cures of this run", columns=LIST_COLUMNS)
    name = st.selectbox(
        "Shown below", ids, 0, key="cure", bind="query-params", width=380
    )
    return cures[ids.index(str(name))] if name in ids else cures[0]


def _all_remedies(run: Run) -> tuple[str, ...]:
    """Keys of the remedies that made a run, those of the same job before it too."""
    own = tuple(str(step["key"]) for step in run.info.remedies)
    before = (run.info.parent, run.info.job)
    for other in loaders.all_runs().runs:
        if run.info.job and (other.info.id, other.info.job) == before:
            return (*_all_remedies(other), *own)
    return own


def show_outcome(before: Run, after: Run, split: str) -> None:
    """The sentence, then the numbers behind it."""
    st.header("Before and after", anchor="outcome")
    keys = _all_remedies(after)
    st.caption(
        f"{literal(', then '.join(keys))} · {when(after.info.created)} · "
        f"{literal(after.info.title)}"
    )
    shared = split if split in after.splits() else None
    try:
        if any(step["key"] == LEFT_OUT for step in after.info.remedies):
            _show_answers(before, after, split)
        else:
            compared = loaders.load_comparison(before, after, shared, remedies=keys)
            for remark in compared.remarks:
                st.info(literal(remark), icon=":material/info:")
            _show_proof(compared.comparisons[0][1], after)
    except InputError as error:
        st.warning(literal(error), icon=":material/block:")
    with st.expander("What was chosen", icon=":material/tune:"):
        for note in after.info.notes:
            st.markdown(literal(note))


def show_ways_on(before: Run, after: Run) -> None:
    """Links to the new run and to the comparison of the two."""
    with st.container(horizontal=True, gap="small"):
        show_opening("overview", "Open the new run", after)
        show_opening("runs", "Compare on Runs", after, baseline=before.info.id)


def _show_proof(proof: Proof, after: Run) -> None:
    show_sentence(proof)
    show_numbers(proof)
    left, right = st.columns(2, gap="medium")
    with left:
        shares = cured_frequencies(proof.before.predictions, proof.after.predictions)
        show_chart(
            cured_frequencies_figure(shares, loud=proof.verdicts[0].failing),
            key="cured-shares",
            title="Predicted labels, before and after",
            alt="Fraction of each class among true labels and among those predicted "
            "before and after",
            table=shares,
            columns=FREQUENCY_COLUMNS,
        )
    with right:
        show_metrics(proof)
        _show_table(proof)
    show_recall(proof)
    for note in proof.paired.notes:
        st.caption(literal(note))
    show_changed(proof, after)


def _show_table(proof: Proof) -> None:
    summary = proof.paired.summary
    names = [METRICS[str(key)].title for key in summary.index]
    table = summary.assign(metric=names).set_index("metric").reset_index()
    show_heading("All metrics", key="cured-metrics", table=table, shown=True)
    show_table(
        table, key="cured-all", alt="Metrics before and after", columns=DIFFERENCE
    )


def _show_answers(before: Run, after: Run, split: str) -> None:
    """Of a cure that leaves images out; a paired proof would compare other images."""
    old = loaders.load_evidence(before, split).evaluation
    new = loaders.load_evidence(after, split).evaluation
    if old is None or new is None:
        return
    text = (
        f"{new.n_images:,} of {images(old.n_images, split)} are answered "
        f"({percent(new.n_images / old.n_images)})"
    )
    if new.has_truth and old.has_truth:
        accuracy, before_it = (percent(e.metric("accuracy")) for e in (new, old))
        text += f", {accuracy} of them correctly; without abstention {before_it}"
    st.info(
        "### :material/front_hand: Fewer answers\n\n"
        f"{literal(text)}. Abstention does not cure a collapse: the images left out "
        "get no prediction at all."
    )
    if not (new.has_truth and old.has_truth):
        return
    with st.grid(3, min_column_width=150, gap="small"):
        st.metric("Answered", percent(new.n_images / old.n_images), border=True)
        for key in ("accuracy", "macro_f1"):
            change = f"{old.metric(key):.3f} on all"
            st.metric(
                METRICS[key].title,
                f"{new.metric(key):.3f}",
                change,
                border=True,
                delta_color="off",
                delta_arrow="off",
            )
    if after.info.seconds is not None:
        st.caption(f"It took {took(after.info.seconds)}.")


def show_cure_job(run: Run, jobs: Jobs) -> None:
    """What runs, waits or failed of the cures of this run."""
    running, ended = jobs.running, jobs.ended
    if running is not None:
        if not _is_of(running, run):
            st.caption(
                f":material/hourglass_top: {literal(running.title)} is under way, "
                "see *Train*. A cure that is started now waits for it."
            )
        elif is_training(running):
            show_training(running)
        else:
            _show_without_training(running)
    elif ended is not None and _is_of(ended, run) and ended.state != "finished":
        show_ended(ended)
    if jobs.waiting is not None and _is_of(jobs.waiting, run):
        show_waiting(jobs.waiting)


def is_cured_now(run: Run, jobs: Jobs) -> bool:
    """Whether a cure of this run runs or waits."""
    return any(
        job is not None and _is_of(job, run) for job in (jobs.running, jobs.waiting)
    )


def finished_cure(run: Run, jobs: Jobs, started: str) -> str | None:
    """Id of the run that the job `started` made of this one; None if it did not."""
    job = jobs.ended
    if job is None or job.id != started or not _is_of(job, run):
        return None
    made = job_run(job)
    return None if made is None or job.state != "finished" else made.info.id


def _is_of(job: Job, run: Run) -> bool:
    return job.action == "cure" and job.request.get("run") == run.info.id


def _show_without_training(job: Job) -> None:
    """Too short for curves: a bar, and a way to stop it."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        show_job_title(job)
        if show_stop(job):
            forget(loaders.artifacts_folder(), job.id)
            st.rerun()
    watch_job(job, starting="Curing. This takes a few seconds.")
