"""`hirise check --format junit`: one test case per check."""

from __future__ import annotations

import json
import re
from collections import Counter
from xml.etree import ElementTree as ET

from hirise.diagnosis.checks import CHECKS


def cases_of(text):
    root = ET.fromstring(text)
    (suite,) = root.iter("testsuite")
    return suite, {case.get("name").split()[0]: case for case in suite.iter("testcase")}


def answer(case):
    tags = [one.tag for one in case]
    assert len(tags) <= 1, tags
    return tags[0] if tags else "passed"


def test_junit_has_one_case_per_check_and_counts_that_add_up(check, missed):
    status, out, err = check(missed, "--format", "junit")
    suite, cases = cases_of(out)
    assert (status, err) == (0, "")
    assert list(cases) == [one.code for one in CHECKS]
    counted = Counter(map(answer, cases.values()))
    document = json.loads(check(missed, "--json")[1])
    found = {one["code"] for one in document["findings"]}
    assert counted["passed"] == len(document["passed"])
    assert counted["skipped"] == len(document["not_applicable"])
    assert counted["system-out"] == len(found)
    for element in (suite, ET.fromstring(out)):
        assert element.get("tests") == str(len(CHECKS))
        assert element.get("failures") == element.get("errors") == "0"
        assert element.get("skipped") == str(counted["skipped"])


def test_junit_fails_what_fail_on_names_and_tells_the_rest(check, missed):
    said = "'b' 50.0% (95% CI 37.7–62.3%) of 60 images"
    told = cases_of(check(missed, "--format", "junit")[1])[1]["HR204"]
    assert answer(told) == "system-out"
    assert said in told.findtext("system-out")
    status, out, _ = check(missed, "--format", "junit", "--fail-on", "warning")
    suite, cases = cases_of(out)
    failure = cases["HR204"].find("failure")
    n_failed = sum(case.find("failure") is not None for case in cases.values())
    assert (status, suite.get("failures")) == (1, str(n_failed))
    assert failure.get("type") == "warning"
    assert failure.get("message").startswith("In 2 of 3 classes")
    for name, n in (("b", 60), ("c", 40)):
        assert re.search(f"'{name}' [^']* of {n} images", failure.text)


def test_junit_tells_the_verdict_and_why_a_check_was_skipped(check, missed):
    out = check(missed, "--format", "junit")[1]
    suite, cases = cases_of(out)
    document = json.loads(check(missed, "--json")[1])
    told = {one.get("name"): one.get("value") for one in suite.iter("property")}
    assert told["verdict"] == "weak"
    assert told["sentence"] == document["sentence"]
    assert suite.findtext("system-out") == check(missed)[1].rstrip("\n")
    for skipped in document["not_applicable"]:
        element = cases[skipped["code"]].find("skipped")
        assert element.get("message") == element.text == skipped["reason"]


def test_junit_cases_of_two_files_have_other_names(check, missed, hostile):
    names = [
        {case.get("classname") for case in cases_of(out)[1].values()}
        for out in (check(path, "--format", "junit")[1] for path in (missed, hostile))
    ]
    assert len(names[0] | names[1]) == 2
    assert all(name.endswith("weak_parquet") for name in names[0])


def test_junit_is_valid_xml_whatever_the_class_names(check, hostile):
    status, out, _ = check(hostile, "--format", "junit")
    assert status == 1
    assert out.isascii()
    suite, cases = cases_of(out)
    told = {one.get("name"): one.get("value") for one in suite.iter("property")}
    first = "Collapsed: all 120 images are predicted as '<script>alert(1)</script>'."
    assert told["sentence"].startswith(first)
    assert cases["HR201"].find("failure").get("type") == "error"
    assert r"\x1b[2J\x00 \ufffe]]>&lt;" in cases["HR202"].find("failure").text


def test_junit_of_a_history(check, tmp_path):
    path = tmp_path / "h.csv"
    path.write_text("epoch,loss,accuracy\n0,.5,.8\n1,.4,.9\n")
    status, out, _ = check(path, "--format", "junit")
    suite, cases = cases_of(out)
    assert (status, suite.get("failures")) == (0, "0")
    assert answer(cases["HR201"]) == "skipped"
    assert "training curves" in suite.findtext("system-out").splitlines()[0]
