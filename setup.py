"""Copies into a wheel what the repository keeps outside its packages.

Everything else about the build is in pyproject.toml.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

# Streamlit reads the settings that lie in `.streamlit` beside the script it runs.
TRAVELS = {
    ".streamlit": "dashboard/.streamlit",
    "artifacts/examples": "hirise/examples",
    "docs": "hirise/docs",
}


class BuildWithData(build_py):
    """The usual build, and the folders of `TRAVELS`."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for source, target in TRAVELS.items():
            if Path(source).is_dir():
                shutil.copytree(
                    source, Path(self.build_lib, target), dirs_exist_ok=True
                )


setup(cmdclass={"build_py": BuildWithData})
