"""Can the model's confidence be trusted? Calibration, abstention and thresholds."""

import streamlit as st

from dashboard.app_pages.confidence.calibration import (
    explore_coverage,
    show_class_thresholds,
    show_reliability,
)
from dashboard.shared.states import (
    NO_PROBABILITIES,
    explain,
    need_evaluation,
    need_run,
    need_split,
)
from dashboard.shared.text import literal
from dashboard.shared.verdict import show_findings
from dashboard.state.adjusted import load_calibrated
from dashboard.state.loaders import load_check
from hirise.diagnosis.checks import codes_of
from hirise.errors import Refusal

run = need_run()
split = need_split(run)
evaluation = need_evaluation(run, split)
checked = load_check(run, split)
refusal = checked.confidence_refusal

if not evaluation.has_proba:
    st.caption(NO_PROBABILITIES)
elif refusal is not None:
    explain(
        "Confidence means nothing for this run",
        f"{literal(refusal)} *Overview* shows what happened, and *Cure* shows what "
        "can help.",
        icon=":material/block:",
    )
else:
    calibrated = load_calibrated(run, split)
    if isinstance(calibrated, Refusal):
        st.caption(literal(calibrated))
    else:
        show_reliability(calibrated)
        explore_coverage(calibrated)
        show_class_thresholds(run, split)
show_findings(checked.diagnosis, codes=codes_of("confidence"))
