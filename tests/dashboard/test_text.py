import pytest

from dashboard.shared.states import progress_text
from dashboard.shared.text import duration, literal, when


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("dark dune", "dark dune"),
        ("*a* [x](y)", r"\*a\* \[x\]\(y\)"),
        ("$x$ <b>", r"\$x\$ \<b\>"),
        ("two\n\n# lines", r"two \# lines"),
    ],
)
def test_markdown_is_shown_as_it_is(text, shown):
    assert literal(text) == shown


@pytest.mark.parametrize("text", [":smile:", ":material/x:", "a -> b", "a@b.c"])
def test_text_that_streamlit_replaces_after_parsing_is_broken_up(text):
    assert text not in literal(text).replace("\\", "")
    assert literal(text).replace("\\", "").replace("\u2060", "") == text


def test_durations_are_short():
    assert when("2026-11-22T13:05:00+00:00") == "22 Nov 2026, 13:05"
    assert when("yesterday") == "yesterday"
    assert [duration(s) for s in (12, 140, 7200)] == ["12 s", "2 min", "2.0 h"]


def test_progress_before_anything_is_written(example):
    from hirise.runs import list_runs

    (run,) = list_runs(example("before_first_epoch")).runs
    assert progress_text(run) == "Epoch 1 of 3"


def test_progress_after_the_last_epoch(example):
    from hirise.runs import list_runs

    (run,) = list_runs(example("healthy")).runs
    epochs = len(run.history())
    assert run.info.recipe["epochs"] == epochs
    assert progress_text(run) == f"All {epochs} epochs are done; predicting"
