"""`hirise.toml`: accepted findings and thresholds, for the command and for Python."""

import json
from xml.etree import ElementTree as ET

import pytest

import hirise
from hirise.diagnosis.configuration import Configuration

IGNORED = '[check.ignore]\nHR204 = "A catch-all."\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, where the search for a configuration ends."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configure(folder, text):
    path = folder / "hirise.toml"
    path.write_text(text, encoding="utf-8")
    return path


# Of `missed`: recall 1 of 100 images, .5 (.377 to .623) of 60, .5 (.352 to .648) of 40.
@pytest.mark.parametrize(
    ("thresholds", "found"),
    [
        ("", {"HR204"}),
        ("floor = 0.3", set()),
        ("floor = 0.7\nminimum = 61", {"HR204"}),
    ],
)
def test_a_threshold_flips_a_finding(check, folder, missed, thresholds, found):
    configure(folder, f"[check.thresholds.HR204]\n{thresholds}\n")
    document = json.loads(check(missed, "--json")[1])
    assert {finding["code"] for finding in document["findings"]} == found
    assert document["verdict"] == "weak"  # whose thresholds are its own
    assert "ignored" not in document


def test_few_images_make_a_note(check, folder, missed):
    """No class has 201 images, so that none can be judged alone."""
    configure(folder, "[check.thresholds.HR204]\nminimum = 101\nfloor = 0.66\n")
    (finding,) = json.loads(check(missed, "--json")[1])["findings"]
    assert finding["severity"] == "note"
    assert check(missed, "--fail-on", "warning")[0] == 0


def test_fail_on_of_the_file_comes_after_that_of_the_command(check, folder, missed):
    configure(folder, '[check]\nfail-on = "warning"\n')
    assert check(missed)[0] == 1
    assert check(missed, "--fail-on", "error")[0] == 0
    assert check(missed, "--config", "none")[0] == 0


def test_an_ignored_finding_is_listed_and_does_not_fail(check, folder, missed):
    plain = json.loads(check(missed, "--json")[1])
    path = configure(folder, f'[check]\nfail-on = "warning"\n{IGNORED}')
    status, out, _ = check(missed)
    assert status == 0
    assert "1 finding is ignored: HR204 (A catch-all.)" in out.splitlines()
    assert f"Configuration: {path}" in out.splitlines()
    document = json.loads(check(missed, "--json")[1])
    (ignored,) = document["ignored"]
    assert (ignored["code"], ignored["reason"]) == ("HR204", "A catch-all.")
    assert document["findings"] == []
    assert "HR204" not in document["passed"]
    for key in ("verdict", "sentence", "causes", "metrics"):
        assert document[key] == plain[key]


def test_each_format_tells_what_is_ignored(check, folder, missed):
    configure(folder, IGNORED)
    _, out, _ = check(missed, "--format", "junit", "--fail-on", "warning")
    root = ET.fromstring(out)
    (skipped,) = root.findall(".//testcase[@name='HR204 Class often missed']/skipped")
    assert skipped.get("message") == "Ignored: A catch-all."
    assert root.get("failures") == "0"
    assert "### Ignored findings" in check(missed, "--format", "markdown")[1]
    assert (
        "::notice title=HR204 Class often missed (ignored)::Ignored: A catch-all."
        in check(missed, "--format", "github")[1]
    )


def test_a_failing_verdict_cannot_be_ignored(check, folder, tmp_path):
    path = tmp_path / "constant.csv"
    rows = "a,a\n" * 60 + "b,a\n" * 40
    path.write_text(f"y_true,y_pred\n{rows}", encoding="utf-8")
    plain = json.loads(check(path, "--json", "--config", "none")[1])
    codes = sorted({finding["code"] for finding in plain["findings"]})
    lines = "\n".join(f'{code} = "known"' for code in codes)
    configure(folder, f"[check.ignore]\n{lines}\n")
    status, out, _ = check(path, "--json")
    document = json.loads(out)
    assert (status, document["verdict"], document["findings"]) == (1, "collapsed", [])
    assert document["causes"] == plain["causes"]
    assert check(path, "--fail-on", "never")[0] == 0


def test_the_file_is_found_in_parents_up_to_the_repository(
    check, folder, missed, monkeypatch
):
    configure(folder, IGNORED)
    (folder / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(folder / "a" / "b")
    assert "ignored" in json.loads(check(missed, "--json")[1])
    (folder / "a" / ".git").write_text("", encoding="utf-8")
    assert "ignored" not in json.loads(check(missed, "--json")[1])
    path = str(folder / "hirise.toml")
    assert "ignored" in json.loads(check(missed, "--json", "--config", path)[1])


def test_python_reads_the_same(check, folder, missed):
    configure(folder, IGNORED)
    document = json.loads(check(missed, "--json")[1])
    assert hirise.check(str(missed)).to_dict() == document
    made = Configuration(ignore=(("HR204", "A catch-all."),))
    given = hirise.check(str(missed), config=made).to_dict()
    assert given["ignored"] == document["ignored"]
    assert "ignored" not in hirise.check(str(missed), config="none").to_dict()


BROKEN = [
    ("[chek]", "Unknown section 'chek'. Did you mean 'check'?"),
    ("[check]\nfailon = 1", "Unknown key 'failon' in `check`. Did you mean 'fail-on'?"),
    ('[check]\nfail-on = "eror"', "`check.fail-on` is 'eror'. Did you mean 'error'?"),
    ("[check]\nfail-on = []", "`check.fail-on` is a list."),
    ("check = 1", "`check` is a number."),
    ("[check]\nignore = 'x'", "`check.ignore` is a text."),
    ('[check.ignore]\nHR2044 = "x"', "Unknown check 'HR2044' in `check.ignore`."),
    ('[check.ignore]\nHR204 = " "', "`check.ignore.HR204` has no reason."),
    ("[check.ignore]\nHR204 = true", "`check.ignore.HR204` is true or false."),
    (f"[check.ignore]\nHR204 = '{'x' * 501}'", "has 501 letters."),
    ("[check.thresholds.HR999]", "Unknown check 'HR999' in `check.thresholds`."),
    ("[check.thresholds.HR201]\na = 1", "HR201 has no thresholds."),
    ("[check.thresholds.HR204]\nflor = 1", "Did you mean 'floor'?"),
    ("[check.thresholds.HR204]\nfloor = nan", "`check.thresholds.HR204.floor` is nan."),
    ("[check.thresholds.HR204]\nfloor = inf", "HR204.floor` is inf."),
    ("[check.thresholds.HR204]\nfloor = 60", "HR204.floor` is 60. A fraction from 0"),
    ("[check.thresholds.HR204]\nfloor = -0.1", "HR204.floor` is -0.1."),
    ("[check.thresholds.HR204]\nfloor = true", "HR204.floor` is true or false."),
    ("[check.thresholds.HR204]\nminimum = 0", "HR204.minimum` is 0. A whole number"),
    ("[check.thresholds.HR204]\nminimum = 2.5", "HR204.minimum` is 2.5"),
    (f"[check.thresholds.HR204]\nminimum = {'9' * 400}", "HR204.minimum` is huge."),
    (f"a = {'9' * 9000}", "This is no TOML"),
    (f"a = {'[' * 20000}", "This is no TOML"),
    ("a = ", "This is no TOML"),
    ("#" * 100_001, "A configuration has at most 100 kB."),
    (f"[check.thresholds.HR204]\nfloor = {'9' * 400}", "HR204.floor` is huge."),
    ("[check]\n# \udcff", "is not UTF-8. Save it as UTF-8."),
]


@pytest.mark.parametrize(("text", "line"), BROKEN, ids=range(len(BROKEN)))
def test_a_broken_file_is_one_line(check, folder, missed, text, line):
    path = folder / "hirise.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    status, out, err = check(missed)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"hirise: {path}: ")
    assert line in err


def test_a_folder_or_a_file_that_is_absent_is_one_line(check, folder, missed):
    for given, line in (
        (folder, "This is a folder. Give a file, such as hirise.toml."),
        (
            folder / "absent.toml",
            "There is no such file. --config none reads no configuration.",
        ),
        ("a\0b", "There is no such file."),
    ):
        status, _, err = check(missed, "--config", str(given))
        assert (status, err.count("\n")) == (2, 1)
        assert line in err
    (folder / "hirise.toml").mkdir()
    assert check(missed)[0] == 2
