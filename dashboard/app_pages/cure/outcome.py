"""The cure of a run as it goes, and before and after."""

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
from dashboard.shared.navigation import show_opening
from dashboard.shared.text import literal, when
from dashboard.shared.thumbnails import show_changed
from dashboard.shared.training import show_ended, show_training, show_waiting
from dashboard.shared.verdict import SHOUTED
from dashboard.state import loaders
from hirise.diagnosis.proof import Proof
from hirise.diagnosis.wording import images, percent, took
from hirise.errors import InputError
from hirise.figures.class_frequencies import cured_frequencies, cured_frequencies_figure
from hirise.jobs import CureRequest, Job, Jobs, drop, look, run_of, stop
from hirise.metrics.titles import METRICS
from hirise.runs import Run

LEFT_OUT = "abstention"
"""The remedy that leaves images out."""


def cures_of(run: Run) -> list[Run]:
    """The runs that cure this one and can be judged, newest first."""
    runs = loaders.all_runs().runs
    first = [one for one in runs if one.info.parent == run.info.id]
    # Remedies that follow a training in the same job make a second run of the first.
    made = {(one.info.id, one.info.job) for one in first if one.info.job}
    both = [
        one for one in runs if one in first or (one.info.parent, one.info.job) in made
    ]
    return [one for one in both if one.splits() and one.info.status != "training"]


def choose_cure(cures: Sequence[Run], finished: str | None) -> Run:
    """The cure that is shown: the one that just ended, else the newest, or another."""
    ids = [one.info.id for one in cures]
    if finished in ids:
        st.session_state["cure"] = finished
    elif st.session_state.get("cure") not in (None, *ids):
        st.session_state["cure"] = ids[0]
    if len(cures) == 1:
        return cures[0]
    table = pd.DataFrame(
        {
            "created": [pd.Timestamp(one.info.created) for one in cures],
            "remedies": [remedies_of(one) for one in cures],
            "verdict": [loaders.load_row(one)["verdict"] for one in cures],
            "macro_f1": [loaders.load_row(one)["macro_f1"] for one in cures],
            "title": [one.info.title for one in cures],
            "id": ids,
        }
    )
    show_heading("Cures of this run", key="cures", table=table, shown=True)
    show_table(table, key="cures-list", alt="Cures of this run", columns=_LISTED)
    name = st.selectbox(
        "Shown below", ids, 0, key="cure", bind="query-params", width=380
    )
    return cures[ids.index(str(name))] if name in ids else cures[0]


def remedies_of(run: Run) -> str:
    """Keys of the remedies that made a run, in order."""
    return ", then ".join(_all_remedies(run))


def _all_remedies(run: Run) -> tuple[str, ...]:
    """Those of the same job too that trained the run before."""
    own = tuple(str(one["key"]) for one in run.info.remedies)
    for one in loaders.all_runs().runs:
        if run.info.job and (one.info.id, one.info.job) == (
            run.info.parent,
            run.info.job,
        ):
            return (*_all_remedies(one), *own)
    return own


def show_outcome(before: Run, after: Run, split: str) -> None:
    """The sentence, then what carries it, and the ways on."""
    st.header("Before and after", anchor="outcome")
    st.caption(
        f"{literal(remedies_of(after))} · {when(after.info.created)} · "
        f"{literal(after.info.title)}"
    )
    shared = split if split in after.splits() else None
    try:
        if any(one["key"] == LEFT_OUT for one in after.info.remedies):
            _show_answers(before, after, split)
        else:
            keys = _all_remedies(after)
            proof, remarks = loaders.load_cure(before, after, keys, shared)
            for remark in remarks:
                st.info(literal(remark), icon=":material/info:")
            _show_proof(proof, after)
    except InputError as error:
        st.warning(literal(error), icon=":material/block:")
    with st.expander("What was chosen", icon=":material/tune:"):
        for note in after.info.notes:
            st.markdown(literal(note))


def show_ways_on(before: Run, after: Run) -> None:
    """Links to the new run and to the comparison of the two."""
    with st.container(horizontal=True, gap="small"):
        show_opening("overview", "Open the cured run", after)
        show_opening("runs", "Compare on Runs", after, baseline=before.info.id)


def _show_proof(proof: Proof, after: Run) -> None:
    show_sentence(proof)
    show_numbers(proof)
    left, right = st.columns(2, gap="medium")
    with left:
        shares = cured_frequencies(proof.before.predictions, proof.after.predictions)
        show_chart(
            cured_frequencies_figure(shares, loud=proof.verdicts[0] in SHOUTED),
            key="cured-shares",
            title="Predicted labels, before and after",
            alt="Share of each class among true labels and among those predicted "
            "before and after",
            table=shares,
            columns=_SHARES,
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
    """Of a cure that leaves images out; a paired proof would judge other images."""
    sides = [loaders.load_evidence(run, split).evaluation for run in (before, after)]
    old, new = sides
    if old is None or new is None:
        return
    text = (
        f"{new.n_images:,} of {images(old.n_images, split)} are answered "
        f"({percent(new.n_images / old.n_images)})"
    )
    if new.has_truth and old.has_truth:
        right, all_right = (percent(one.metric("accuracy")) for one in (new, old))
        text += f"; {right} of the answers are right, {all_right} without abstention"
    st.info(
        f"### :material/front_hand: Fewer answers\n\n{literal(text)}. Abstention cures "
        "no collapse: the images left out are not named at all."
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


_LISTED = {
    "remedies": st.column_config.TextColumn("remedies", pinned=True),
    "title": st.column_config.TextColumn("title", pinned=False),
}
_SHARES = {
    "before_share": st.column_config.NumberColumn("predicted before", format="percent"),
    "after_share": st.column_config.NumberColumn("predicted after", format="percent"),
}

OFTEN = 0.4
"""Seconds between two looks at a cure without training, which takes a few."""


def show_cure_job(run: Run, jobs: Jobs) -> None:
    """What runs, waits or failed of the cures of this run."""
    if jobs.running is not None:
        if not _is_of(jobs.running, run):
            st.caption(
                f":material/hourglass_top: {literal(jobs.running.title)} is under way, "
                "see *Train*. A cure that is started now waits for it."
            )
        elif jobs.running.request.trains:
            show_training(jobs.running)
        else:
            _show_at_once(jobs.running)
    elif jobs.ended is not None and _is_of(jobs.ended, run):
        _show_failure(jobs.ended)
    if jobs.waiting is not None and _is_of(jobs.waiting, run):
        show_waiting(jobs.waiting)


def is_cured_now(run: Run, jobs: Jobs) -> bool:
    """Whether a cure of this run goes on or waits."""
    return any(
        job is not None and _is_of(job, run) for job in (jobs.running, jobs.waiting)
    )


def finished_cure(run: Run, jobs: Jobs, started: str) -> str | None:
    """Id of the run that the job `started` made of this one; None if it did not."""
    job = jobs.ended
    if job is None or job.id != started or not _is_of(job, run):
        return None
    made = run_of(loaders.artifacts_folder(), job)
    return None if made is None or job.state != "finished" else made.info.id


def _show_failure(job: Job) -> None:
    if job.state != "finished":
        show_ended(job)


def _is_of(job: Job, run: Run) -> bool:
    request = job.request
    return isinstance(request, CureRequest) and request.run == run.info.id


def _show_at_once(job: Job) -> None:
    """Too short for curves: what goes on, and a way to stop it."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.subheader(literal(job.title), anchor=False, width="content")
        if st.button("Stop", icon=":material/stop_circle:"):
            stop(loaders.artifacts_folder(), job.id)
            drop(loaders.artifacts_folder(), job.id)
            st.rerun()
    _watch(job.id)


@st.fragment(run_every=OFTEN)
def _watch(job_id: str) -> None:
    job = look(loaders.artifacts_folder()).running
    if job is None or job.id != job_id:
        st.rerun()
    st.progress(0.5, text="Curing; without training it takes a few seconds")
