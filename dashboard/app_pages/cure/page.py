"""What helps, and did it? Remedies for the chosen run, before and after."""

import streamlit as st

from dashboard.app_pages.cure.form import STARTED, show_cure_form
from dashboard.app_pages.cure.outcome import (
    choose_cure,
    cures_of,
    finished_cure,
    is_cured_now,
    show_cure_job,
    show_outcome,
    show_ways_on,
)
from dashboard.shared.examination import show_examination
from dashboard.shared.navigation import WANTED, show_opening
from dashboard.shared.states import explain_no_predictions, need_run
from dashboard.shared.text import literal
from dashboard.shared.verdict import show_verdict
from dashboard.state.loaders import (
    all_runs,
    artifacts_folder,
    chosen_split,
    load_diagnosis,
)
from hirise.actions.cure import CureRequest
from hirise.jobs import poll

run = need_run()
if not run.splits():
    explain_no_predictions(run)
    st.stop()
split = CureRequest(run).target_split
jobs = poll(artifacts_folder())

show_verdict(load_diagnosis(run, split))
if split != chosen_split(run):
    st.caption(
        f"Cures are measured on the split {literal(split)}, as parameters are chosen "
        "on val."
    )
show_examination(run, load_diagnosis(run, chosen_split(run)))
parents = [other for other in all_runs().runs if other.info.id == run.info.parent]
if parents:
    title = literal(parents[0].info.title)
    show_opening("cure", f"This run cures {title}: open that run", parents[0])
show_cure_job(run, jobs)

cures = cures_of(run)
if cures or is_cured_now(run, jobs):
    is_wanted = WANTED in st.session_state
    with st.expander("Another remedy", icon=":material/healing:", expanded=is_wanted):
        show_cure_form(run, split, jobs)
else:
    st.header("Remedies", anchor="remedies")
    show_cure_form(run, split, jobs)
if cures:
    finished = finished_cure(run, jobs, st.session_state.get(STARTED, ""))
    cure = choose_cure(cures, finished)
    show_ways_on(run, cure)
    show_outcome(run, cure, split)
