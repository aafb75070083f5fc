"""The interface and the documents speak plain technical English."""

from __future__ import annotations

import pytest
from phrases import PATTERNS, offences
from user_text import Text, markdown_text, python_text


def test_no_text_holds_a_banned_phrase():
    listed = [str(offence) for offence in offences()]
    assert not listed, "\n".join(listed)


@pytest.mark.parametrize(
    "text",
    [
        "its accuracy is 81 %",
        "accuracy 0.81 (95 % interval 0.78–0.84)",
        "every image is called “other”",
        "What is taken for what",
        "2 images lie on both sides of the split",
        "accuracy equals the majority share",
        "a stranger's model",
        "agrees with the truth",
        "the images judged",
    ],
)
def test_banned_phrases_are_found(text):
    assert any(pattern.search(text) for pattern in PATTERNS)


@pytest.mark.parametrize(
    "text",
    [
        "its accuracy is 81%",
        "accuracy 0.81 (95% CI 0.78–0.84)",
        "{n:.0%} of the images",
        "every image is predicted as other",
        "two runs side by side",
        "agrees with the ground truth",
        "the column is called split",
    ],
)
def test_plain_english_is_left_alone(text):
    assert not any(pattern.search(text) for pattern in PATTERNS)


def test_strings_are_read_as_people_see_them(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(
        '"""Docstring with spaces."""\n'
        "import re, click\n"
        'KEY = {"a key": f"{1} of {2} images"}["a key"]\n'
        're.match("a pattern", "x y")\n'
        "@click.command()\n"
        "def command():\n"
        '    """Help of a command."""\n'
        '    return "column"\n',
        encoding="utf-8",
    )
    assert [text.text for text in python_text(path)] == [
        "Help of a command.",
        "{} of {} images",
    ]


def test_prose_of_a_document_is_read_without_its_code(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(
        "The option `a b`.\n```sh\nhirise runs  # list them\n```\n", encoding="utf-8"
    )
    assert list(markdown_text(path)) == [
        Text(path, 1, "The option ``."),
        Text(path, 3, "# list them"),
    ]
