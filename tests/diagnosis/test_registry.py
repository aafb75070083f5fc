"""What checks, pages and links to images share: codes, titles, pages, fields."""

import string

import numpy as np
import pytest

from hirise.diagnosis import Finding
from hirise.diagnosis.checks import CHECKS, TITLES, codes_of
from hirise.diagnosis.checks.classes import LowRecall
from hirise.diagnosis.finding import Page
from hirise.diagnosis.wording import Rate


def test_codes_are_unique_and_in_order():
    codes = [check.code for check in CHECKS]
    assert codes == sorted(set(codes)) == list(TITLES)


def test_each_check_has_a_page_and_a_sentence():
    known = Page.__args__
    for check in CHECKS:
        assert check.pages, check.code
        assert set(check.pages) <= set(known), check.code
        assert check.sentence, check.code
    shown = {code for page in known for code in codes_of(page)}
    assert shown == set(TITLES)


def test_codes_of_a_page_are_in_the_order_of_the_registry():
    assert codes_of("predictions") == (
        *("HR201", "HR202", "HR203", "HR206", "HR207"),
        *("HR302", "HR303"),
    )
    network = ("HR501", "HR502", "HR503", "HR504", "HR506")
    assert codes_of("network") == network
    assert codes_of("images") == ("HR208", "HR505")


def test_the_data_page_has_a_section_for_each_of_its_codes():
    from dashboard.app_pages.data import copies, files, labels

    sections = (
        *(files.COUNT_CODES, files.FILE_CODES, labels.LABEL_CODES),
        *(labels.SUSPECT_CODES, copies.LEAKAGE_CODES, copies.DUPLICATE_CODES),
    )
    assert sorted(code for codes in sections for code in codes) == list(
        codes_of("data")
    )


def test_a_finding_holds_its_numbers_and_renders_them(make_evidence):
    cells = {(0, 0): 100, (1, 1): 40, (1, 0): 60}
    (finding,) = LowRecall(floor=0.7)(make_evidence(cells=cells))
    assert finding.subject == "crater"
    recall = finding.fields["recall"]
    assert (recall.value, finding.fields["floor"].value) == (0.4, 0.7)
    np.testing.assert_allclose([recall.low, recall.high], [0.309, 0.498], atol=5e-4)
    assert finding.fields["images"].n == 100
    assert str(finding) == finding.evidence
    assert str(finding).startswith(
        "40.0% (95% CI 30.9–49.8%) of 100 images of 'crater'"
    )


@pytest.mark.parametrize("name", ["{recall}", "a {b} c", "100%", "{}"])
def test_braces_in_a_class_name_are_text(name):
    finding = Finding(
        *("HR204", "Missed", "warning", "{recall} of '{subject}'"),
        subject=name,
        fields={"recall": Rate(0.5)},
    )
    assert str(finding) == f"50.0% of '{name}'"


def test_templates_name_fields_only():
    for check in CHECKS:
        for _, field, _, _ in string.Formatter().parse(check.sentence):
            assert field is None or field.isidentifier(), (check.code, field)
