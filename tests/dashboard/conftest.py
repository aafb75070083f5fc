"""Pages run in AppTest, on run folders in a folder of their own."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import dashboard

APP = Path(dashboard.__file__).with_name("app.py")
MAKERS = runpy.run_path(str(Path(__file__).with_name("example_runs.py")))["MAKERS"]


@pytest.fixture(scope="session")
def example(tmp_path_factory) -> Callable[[str], Path]:
    """`example("collapsed")`: an artifacts folder with that run alone, made once."""
    folders: dict[str, Path] = {}

    def make(kind: str) -> Path:
        if kind not in folders:
            folders[kind] = tmp_path_factory.mktemp(kind) / "artifacts"
            MAKERS[kind](folders[kind])
        return folders[kind]

    return make


@pytest.fixture
def open_page(monkeypatch) -> Callable[..., AppTest]:
    """`open_page(artifacts, "runs", order="recall")`: the page, after its first run."""

    def make(artifacts: Path, page: str = "overview", **query: str) -> AppTest:
        monkeypatch.setenv("HIRISE_ARTIFACTS", str(artifacts))
        st.cache_data.clear()
        st.cache_resource.clear()
        app = AppTest.from_file(str(APP), default_timeout=30)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if page != "overview":
            app.switch_page(f"app_pages/{page}.py").run()
        return app

    return make


@pytest.fixture
def make_run() -> Callable[[str, Path], str]:
    """`make_run("healthy", artifacts)`: a new run of that kind; its id."""
    return lambda kind, artifacts: MAKERS[kind](artifacts)
