"""What a wheel carries, and that it works without the repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("hirise", "dashboard", ".streamlit", "artifacts/examples", "docs")
FILES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.egg-info")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel, built in a copy of the repository, lest its build folder stays."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        shutil.copytree(ROOT / name, source / name, ignore=LEFT_OUT)
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    # Without a network, the setuptools of this environment must do.
    command += ["--no-build-isolation", "--no-index", "--wheel-dir", str(out)]
    subprocess.run([*command, str(source)], check=True, capture_output=True)
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The folder that the wheel is unpacked into, which is what installing it does."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def run_elsewhere(installed, tmp_path):
    """`run_elsewhere("runs")`: the installed command, in an empty folder."""

    def run(*words):
        kept = {k: v for k, v in os.environ.items() if k != "HIRISE_EXAMPLES"}
        return subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path,
            env={**kept, "PYTHONPATH": str(installed)},
            capture_output=True,
            text=True,
        )

    return run


def test_pages_theme_and_examples_are_inside(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    pages = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("dashboard/app_pages/*/page.py")
    }
    assert len(pages) == 13
    assert pages <= names
    assert {"dashboard/app.py", "dashboard/icon.svg", "hirise/py.typed"} <= names
    assert "dashboard/.streamlit/config.toml" in names
    slider = {
        f"dashboard/app_pages/predicted_labels/tau_slider.{kind}"
        for kind in ("css", "html", "js")
    }
    assert slider <= names
    gallery = {f"dashboard/app_pages/images/gallery.{kind}" for kind in ("css", "js")}
    assert gallery <= names
    templates = "hirise/reporting/templates"
    for name in ("report.html", "report.css", "report.js"):
        assert f"{templates}/{name}" in names
    for path in (ROOT / "artifacts" / "examples").rglob("*.*"):
        inside = path.relative_to(ROOT / "artifacts").as_posix()
        assert f"hirise/{inside}" in names
    assert not [name for name in names if name.startswith("tests")]
    assert wheel.stat().st_size < 5_000_000


def test_the_examples_are_listed_and_checked_without_the_repository(
    run_elsewhere, installed, tmp_path
):
    where = run_elsewhere("-c", "import hirise; print(hirise.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(installed)
    runs = json.loads(run_elsewhere("-m", "hirise", "runs", "--json").stdout)["runs"]
    assert len(runs) == 4
    (collapsed,) = [r["id"] for r in runs if r["title"] == "blog-final on real Mars"]
    done = run_elsewhere("-m", "hirise", "check", collapsed)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("Collapsed: all ")
    (replayed,) = (installed / "hirise/examples/replay").glob("*-exercise-3")
    told = run_elsewhere("-m", "hirise", "check", replayed.name)
    assert told.returncode == 1, told.stderr
    assert "shuffled once more than intended with seed 123" in " ".join(
        told.stdout.split()
    )
    assert list(tmp_path.iterdir()) == []


def test_the_documentation_comes_with_it(run_elsewhere):
    done = run_elsewhere("-m", "hirise", "explain", "hr201")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("HR201: One class for all images")


def test_the_dashboard_opens_on_a_collapsed_example(run_elsewhere, installed):
    code = (
        "from streamlit.testing.v1 import AppTest\n"
        "from hirise.cli.dashboard import find_app, server_flags\n"
        "page = str(find_app().with_name('app.py'))\n"
        "app = AppTest.from_file(page, default_timeout=120).run()\n"
        "print(find_app(), app.title[0].value, app.error[0].value, sep='\\n')\n"
        "print(server_flags(find_app(), 8501))\n"
    )
    done = run_elsewhere("-W", "ignore", "-c", code)
    assert done.returncode == 0, done.stderr
    page, title, *rest = done.stdout.splitlines()
    assert Path(page).is_relative_to(installed)
    assert title == "Overview"
    assert "Collapsed" in rest[0]
    assert "theme.base" not in rest[-1]
