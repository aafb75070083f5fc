"""A diagnosis as text and as HTML."""

from __future__ import annotations

import numpy as np

import hirise

LABELS = ["<b>x</b>", "two\nlines"] * 50


def test_a_summary_has_less_than_ten_lines_however_many_findings():
    n = 40
    y_true = np.repeat(np.arange(n), 30)
    diagnosis = hirise.diagnose(y_true, np.zeros(len(y_true), dtype=int))
    lines = repr(diagnosis).splitlines()
    assert len(lines) < 10
    assert lines[0] == diagnosis.sentence
    assert lines[1].startswith("error HR201 One class for all images: 100.0%")
    n_findings, n_passed = len(diagnosis.findings), len(diagnosis.passed)
    assert lines[-1].startswith(f"{n_findings} findings, {n_passed} checks passed, ")


def test_names_of_classes_are_neither_markup_nor_lines():
    diagnosis = hirise.diagnose(LABELS, [LABELS[1]] * 100)
    assert r"predicted as 'two\nlines'" in str(diagnosis).splitlines()[0]
    page = diagnosis._repr_html_()
    assert "<b>" not in page
    assert "&lt;b&gt;x" in page
    assert page.count("<tr>") == 1 + len(diagnosis.findings)


def test_the_likeliest_cause_is_told():
    truth = np.repeat([0, 1, 2], 40)
    diagnosis = hirise.diagnose(truth, (truth + 1) % 3)
    assert diagnosis.cause is diagnosis.causes[0]
    assert diagnosis.cause.likelihood == "very likely"
    title = diagnosis.cause.title
    assert str(diagnosis).splitlines()[1] == f"Very likely cause: {title}"
    assert f"<p>Very likely cause: {title}</p>" in diagnosis._repr_html_()


def test_what_was_assumed_is_told():
    proba = np.random.default_rng(0).dirichlet([1, 1], 100)
    diagnosis = hirise.diagnose(["dog", "cat"] * 50, proba)
    note = "Note: Probability columns were read in the order of the labels: cat, dog."
    assert note in str(diagnosis).splitlines()
    assert f"<p>{note}</p>" in diagnosis._repr_html_()


def test_it_is_ok_where_the_command_passes():
    weak = hirise.diagnose([0] * 60 + [1] * 40, [0] * 60 + [0, 1] * 20)
    assert (weak.verdict.key, weak.ok) == ("weak", True)
    assert hirise.diagnose([0, 1] * 50, [0] * 100).ok is False
