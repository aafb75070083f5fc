"""docs/notebook.md runs as it stands, and shows what it says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import plotly.graph_objects as go
import pytest

TEXT = (
    Path(__file__).resolve().parents[1].joinpath("docs/notebook.md").read_text("utf-8")
)
CELLS = re.compile(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", re.DOTALL)


def run_cell(code: str, names: dict[str, object]) -> object:
    """Run `code`; the value of its last line, if that is an expression."""
    tree = ast.parse(code)
    last = tree.body[-1]
    value = tree.body.pop() if isinstance(last, ast.Expr) else None
    exec(compile(tree, "notebook.md", "exec"), names)
    if value is None:
        return None
    return eval(compile(ast.Expression(value.value), "notebook.md", "eval"), names)


def test_each_cell_shows_what_stands_under_it(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("HIRISE_EXAMPLES", raising=False)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    cells = CELLS.findall(TEXT)
    figures = 0
    for code, expected in cells:
        value = run_cell(code, names)
        shown = capsys.readouterr().out
        if isinstance(value, go.Figure):
            figures += 1
            assert "<div" in value._repr_html_()
        elif value is not None:
            shown += f"{value!r}\n"
        assert [line.rstrip() for line in shown.splitlines()] == expected.splitlines()
    assert len(cells) == TEXT.count("```python")
    assert figures == 3
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)]+)\)", TEXT))
def test_links_lead_somewhere(link):
    assert (Path(__file__).resolve().parents[1] / "docs" / link).is_file()
