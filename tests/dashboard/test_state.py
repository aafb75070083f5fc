"""What is measured before a page asks for it."""

import shutil

import pytest
import streamlit as st

from dashboard.state import loaders


@pytest.fixture
def measured(monkeypatch):
    """Every split that is measured, in turn, with nothing cached before."""
    splits = []
    real = loaders.check

    def check(request):
        splits.append(request.split)
        return real(request)

    monkeypatch.setattr(loaders, "check", check)
    st.cache_resource.clear()
    yield splits
    st.cache_resource.clear()


def test_the_first_verdict_is_there_before_its_page(example, monkeypatch, measured):
    monkeypatch.setenv("HIRISE_ARTIFACTS", str(example("collapsed")))
    loaders.prepare()
    (run,) = loaders.all_runs().runs
    assert loaders.load_diagnosis(run, "val").verdict.key == "collapsed"
    assert measured == ["val"]


def test_nothing_is_raised_where_nothing_can_be_measured(
    example, tmp_path, monkeypatch, measured
):
    monkeypatch.setenv("HIRISE_ARTIFACTS", str(tmp_path / "absent"))
    loaders.prepare()
    artifacts = shutil.copytree(example("collapsed"), tmp_path / "artifacts")
    monkeypatch.setenv("HIRISE_ARTIFACTS", str(artifacts))
    next(artifacts.glob("*/predictions/val.parquet")).write_bytes(b"PAR1")
    loaders.prepare()
    assert measured == ["val"]
