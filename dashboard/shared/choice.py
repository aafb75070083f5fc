"""The run and the split that all pages show: chosen once, and named in the address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode, urlsplit

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.shared.navigation import address_of_choice
from dashboard.shared.states import show_status
from dashboard.shared.text import day, literal, when
from dashboard.state import loaders
from hirise.actions.runs import ListedRuns
from hirise.actions.summary import RunSummary
from hirise.mars.releases import SIMULATED_LAYOUT
from hirise.runs import Run

SPLIT_ORDER = ("val", "test")
"""The split shown first, as `hirise check` chooses it."""
COLOURS = {
    "collapsed": "red",
    "partly-collapsed": "red",
    "uninformed": "red",
    "weak": "orange",
    "undetermined": "gray",
    "healthy": "green",
}
"""Of the dot beside a run, by its verdict; the page says it in words."""
_SEEN, _FIRST = "in-address", "first-run"
"""In the session: after the name of a choice what the address named when the script ran
last; the run that was shown first."""


def resolve_choice(listed: ListedRuns) -> tuple[Run | None, str | None]:
    """The run and the split, as chosen here, named in the address, or usual.

    To be called before either is drawn, or linked to.
    """
    ids = [run.info.id for run in listed.runs]
    newest = ids[0] if ids else None
    # What an address without a run means, however many are made meanwhile.
    first = st.session_state.setdefault(_FIRST, newest)
    name = _resolve("run", ids, first if first in ids else newest)
    run = listed.runs[ids.index(name)] if name else None
    splits = list(run.splits()) if run else []
    usual = [split for split in SPLIT_ORDER if split in splits] or splits
    usual_split = usual[0] if usual else None
    split = _resolve("split", splits, usual_split)
    _write_address({"run": (name, first), "split": (split, usual_split)})
    return run, split


def _resolve(key: str, known: list[str], usual: str | None) -> str | None:
    """The value of a choice; one that the address names newly replaces it."""
    named, state = st.query_params.get(key), st.session_state
    before = state.get(f"{key}-{_SEEN}", named)
    state[f"{key}-{_SEEN}"] = named
    if named != before:  # a link was followed, or the browser went back
        state[key] = named or usual
    value: str | None = state.get(key, named)
    if value not in known:
        if value is not None and known and key == "run":
            st.toast(f"There is no run {literal(value)}. The newest run is shown.")
        value = usual
    state[key] = value
    return value


def _write_address(chosen: Mapping[str, tuple[str | None, str | None]]) -> None:
    """Name what was chosen: one entry of the browser's history for run and split.

    Beside each is what an address means that does not name it.
    """
    written = {
        key: value
        for key, (value, unnamed) in chosen.items()
        if value is not None and value != (st.query_params.get(key) or unnamed)
    }
    if written:
        st.query_params.update(written)
        st.session_state.update(
            {f"{key}-{_SEEN}": value for key, value in written.items()}
        )


def choose_run(listed: ListedRuns) -> None:
    """The run selector, by title; its tooltip has the id."""
    labels = run_labels(listed.runs)
    st.sidebar.selectbox(
        "Run",
        list(labels),
        key="run",
        format_func=labels.__getitem__,
        help=f"Folder: {literal(str(st.session_state['run']))}",
        persist_state="session",
    )


def run_labels(runs: Sequence[Run]) -> dict[str, str]:
    """Title, what marks an example, and day of each run by its id; plain text.

    Equal ones have the time, too, and the id where that is equal: a browser tells the
    entries of a list by their text alone.
    """
    labels: dict[str, str] = {}
    for told in (day, when):
        n = Counter(labels.values())
        for run in runs:
            name = run.info.id
            if name not in labels or n[labels[name]] > 1:
                example = " (example)" if run.is_example else ""
                labels[name] = f"{run.info.title}{example} · {told(run.info.created)}"
    n = Counter(labels.values())
    return {
        name: f"{label} ({name})" if n[label] > 1 else label
        for name, label in labels.items()
    }


def choose_split(run: Run) -> None:
    """The split selector; without predictions there is nothing to choose."""
    if run.splits():
        st.sidebar.selectbox(
            "Split",
            run.splits(),
            key="split",
            persist_state="session",
        )


def show_run(run: Run) -> None:
    """Status, time and recipe of the chosen run."""
    with st.sidebar:
        show_status(run)
        recipe = (run.info.recipe or {}).get("name")
        n_classes = len(run.info.class_names)
        parts = [when(run.info.created)]
        parts += [f"recipe {literal(recipe)}"] if recipe else []
        parts += [f"{n_classes:,} classes"] if n_classes else []
        st.caption(" · ".join(parts))
        if (run.info.dataset or {}).get("layout") == SIMULATED_LAYOUT:
            st.badge("simulated images", icon=":material/landscape:", color="gray")
        if run.info.error:
            st.caption(f"Error: {literal(run.info.error)}")
        if run.info.note:
            st.caption(f":material/edit_note: {literal(run.info.note)}")
        for note in run.info.notes:
            st.caption(literal(note))


def show_choice(
    run: Run, split: str | None, *beside: Callable[[], None]
) -> DeltaGenerator:
    """A line under the title of the page: the run and the split, and a link to it.

    `beside` draws more buttons. What is returned is filled by `show_link` once the page
    is drawn, since what is chosen on it stands in the address only then.
    """
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="choice"
    ):
        parts = [f"{_dot(run)}{literal(run.info.title)}"]
        parts += [f"split {literal(split)}"] if split else []
        parts += [day(run.info.created)]
        # A heading, so that those of the charts follow in their order.
        st.header(f":small[{' · '.join(parts)}]", anchor=False, width="content")
        with st.popover("Copy link", icon=":material/link:", type="tertiary"):
            st.caption(
                "Opens this page as it is here: run, split and what is chosen, on this "
                "machine."
            )
            link = st.empty()
        for draw in beside:
            draw()
    return link


def show_link(place: DeltaGenerator) -> None:
    """The address of this page as it is drawn."""
    place.code(link_to_here(), language=None, wrap_lines=True)


def _dot(run: Run) -> str:
    """In the colour of the verdict that is kept of a run; "" without one."""
    summary = loaders.load_summaries([run], seconds=0).get(run.info.id)
    key = summary.key if isinstance(summary, RunSummary) else ""
    return f":{COLOURS[key]}[●] " if key in COLOURS else ""


def link_to_here() -> str:
    """The address of this page, with the run and the split that it shows."""
    place = urlsplit(st.context.url or "")
    named = {**st.query_params.to_dict(), **address_of_choice()}
    return place._replace(query=urlencode(named)).geturl()
