"""Has the classifier collapsed? The verdict, then its cause, findings and metrics."""

from dashboard.app_pages.overview.causes import show_first_cause
from dashboard.app_pages.overview.numbers import show_frequencies_and_accuracy
from dashboard.app_pages.overview.reasons import show_reasons
from dashboard.app_pages.overview.welcome import show_welcome
from dashboard.shared.curves import choose_predicted_classes
from dashboard.shared.states import explain_no_predictions, need_run
from dashboard.shared.verdict import show_verdict
from dashboard.state.loaders import chosen_split, load_check, load_summary
from dashboard.state.look import tried

show_welcome()
run = need_run()
split = chosen_split(run)
checked = load_check(run, split, tried())
diagnosis = checked.diagnosis
evaluation = checked.evidence.evaluation
loud = diagnosis.verdict.failing
if split is not None and split == run.choose_split():
    load_summary(run)  # for the lists of runs: it is evaluated now

if evaluation is not None or loud:
    show_verdict(diagnosis)
is_over = run.info.status != "training"
if is_over:
    show_first_cause(run, split, diagnosis)
if evaluation is None:
    explain_no_predictions(run)
    choose_predicted_classes(run.predicted_counts())
else:
    show_frequencies_and_accuracy(diagnosis, evaluation)
if is_over:
    show_reasons(run, split, diagnosis, evaluation)
