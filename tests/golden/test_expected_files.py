"""The expected files belong to cases, and tell nothing of the machine."""

from __future__ import annotations

from golden_cases import GOLDEN, GROUPS, expected_path

MOST_BYTES = 1_500_000


def test_each_case_has_its_two_files_and_no_file_is_left_over() -> None:
    wanted = {
        expected_path(group, case, text=text)
        for group, cases in GROUPS.items()
        for case in cases
        for text in (False, True)
    }
    assert set((GOLDEN / "expected").glob("*/*.json")) == wanted


def test_no_path_of_a_machine_is_expected() -> None:
    texts = [path.read_text("utf-8") for path in GOLDEN.glob("expected/*/*.json")]
    assert not [text for text in texts if '"/tmp' in text or "/home/" in text]
    assert sum(map(len, texts)) < MOST_BYTES
