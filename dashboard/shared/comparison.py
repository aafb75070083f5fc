"""Two runs on the same images: what the chosen one changes against a baseline."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.shared.charts import show_chart
from dashboard.shared.text import literal
from dashboard.shared.thumbnails import show_changed
from dashboard.state import loaders
from hirise.diagnosis.proof import Proof
from hirise.diagnosis.wording import p_text, took
from hirise.errors import InputError
from hirise.figures.paired_differences import paired_differences_figure
from hirise.metrics.titles import METRICS
from hirise.runs import Run

ICONS = {
    "cured": "check_circle",
    "better": "trending_up",
    "no-difference": "drag_handle",
    "worse": "trending_down",
}

DIFFERENCE = {
    "before": st.column_config.NumberColumn("before", format="%.3f"),
    "after": st.column_config.NumberColumn("after", format="%.3f"),
    "difference": st.column_config.NumberColumn("change", format="%+.3f"),
    "low": st.column_config.NumberColumn("95% CI low", format="%+.3f"),
    "high": st.column_config.NumberColumn("95% CI high", format="%+.3f"),
    "n_fixed": st.column_config.NumberColumn("fixed", format="localized"),
    "n_broken": st.column_config.NumberColumn("broken", format="localized"),
}


def compare_runs(run: Run | None, runs: Sequence[Run]) -> None:
    """Choose a baseline, and show what the run chosen in the sidebar changes."""
    if run is None or not run.splits():
        return
    others = [r for r in runs if r.info.id != run.info.id and r.splits()]
    if not others:
        return
    st.header("Comparison with a baseline", anchor="compare")
    baseline = _choose_baseline(run, others)
    if baseline is None:
        st.caption(
            "Choose the run to compare with. Both are evaluated on the images that "
            "they have in common, which makes the comparison more precise."
        )
        return
    try:
        split = loaders.chosen_split(run)
        ((_, proof),) = loaders.load_comparison(baseline, run, split).comparisons
    except InputError as error:
        st.warning(literal(error), icon=":material/block:")
        return
    show_proof(proof, run)


def _choose_baseline(run: Run, runs: Sequence[Run]) -> Run | None:
    ids = [baseline.info.id for baseline in runs]
    if st.session_state.get("baseline") not in (None, *ids):
        # The run itself was chosen in the sidebar, or the baseline is gone.
        st.session_state["baseline"] = None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Baseline",
            ids,
            index=None,
            key="baseline",
            bind="query-params",
            placeholder="The run before the change",
            width=380,
        )
        if name in ids:
            st.button(
                "Swap",
                icon=":material/swap_vert:",
                help="Exchange the chosen run and the baseline.",
                on_click=_swap,
                args=(run.info.id, name),
            )
    return runs[ids.index(name)] if name in ids else None


def _swap(run: str, baseline: str) -> None:
    st.session_state["run"], st.session_state["baseline"] = baseline, run


def show_proof(proof: Proof, run: Run) -> None:
    """The sentence first, then its numbers, then the images that changed.

    `run` is one of the two; its images are shown.
    """
    show_sentence(proof)
    show_numbers(proof)
    metrics, recall = st.columns(2, gap="medium")
    with metrics:
        show_metrics(proof)
    with recall:
        show_recall(proof)
    for note in proof.paired.notes:
        st.caption(literal(note))
    show_changed(proof, run)


def show_sentence(proof: Proof) -> None:
    """The outcome in a sentence."""
    title = f"### :material/{ICONS[proof.outcome]}: {literal(proof.headline)}"
    body = f"{title}\n\n{literal(proof.text)}"
    if proof.outcome == "worse":
        st.error(body)
    elif proof.doubt:
        st.warning(body)
    elif proof.outcome == "cured":
        st.success(body)
    else:
        st.info(body)


def show_numbers(proof: Proof) -> None:
    """Images fixed and broken, McNemar's test, and the duration."""
    paired = proof.paired
    with st.grid(4, min_column_width=150, gap="small"):
        st.metric(
            "Images fixed",
            f"{paired.n_fixed:,}",
            border=True,
            height="stretch",
            help="Incorrect before, correct after.",
        )
        st.metric(
            "Newly broken",
            f"{paired.n_broken:,}",
            border=True,
            height="stretch",
            help="Correct before, incorrect after.",
        )
        st.metric(
            "McNemar's test",
            p_text(paired.mcnemar_p),
            border=True,
            height="stretch",
            help="McNemar's exact test: the probability that a fair coin divides the "
            "changed images at least as unevenly.",
        )
        st.metric(
            "Duration",
            took(proof.after.seconds),
            f"baseline {took(proof.before.seconds)}",
            border=True,
            delta_color="off",
            delta_arrow="off",
            height="stretch",
            help="Time of the training, or of the cure if nothing was retrained.",
        )


def show_metrics(proof: Proof) -> None:
    """The change in each metric, with its interval."""
    summary = proof.paired.summary
    names = [METRICS[str(key)].title for key in summary.index]
    drawn = summary.index != "log_loss"
    show_chart(
        paired_differences_figure(
            summary[drawn], [n for n, d in zip(names, drawn, strict=True) if d]
        ),
        key="paired-metrics",
        title="Change in each metric",
        alt="Change in each metric from the baseline with its paired 95% CI",
        table=summary.assign(metric=names).set_index("metric").reset_index(),
        columns=DIFFERENCE,
        help="After minus before, with the paired 95% CI: both runs are evaluated on "
        "the same resamples. For the log-loss, in the table, lower is better.",
    )


def show_recall(proof: Proof) -> None:
    """The change in each class's recall, with its interval."""
    table = proof.paired.per_class
    table = table[table["support"] > 0]
    names = [f"{name} ({n:,})" for name, n in table["support"].items()]
    show_chart(
        paired_differences_figure(table, names),
        key="paired-recall",
        title="Change in recall by class",
        alt="Change in each class's recall with its paired 95% CI",
        table=table,
        columns=DIFFERENCE,
        help="The numbers in brackets are numbers of images. A class in fewer than 10 "
        "groups of images has no interval.",
    )
