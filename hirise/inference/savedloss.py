"""The loss that a saved model was trained with, read without running its code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from hirise.modelfile import ModelFile


def saved_loss(path: Path, about: ModelFile) -> dict[str, Any] | None:
    """`name` and `from_logits` of the loss in a `.keras` file; None if unknown.

    Parameters
    ----------
    about : ModelFile
        What `inspect_model` said of the file, which it has thereby checked.
    """
    if about.form != "keras":
        return None
    try:
        with ZipFile(path) as archive:
            document = json.loads(archive.read("config.json"))
        compiled = document["compile_config"]
        return _described(compiled["loss"])
    except (OSError, BadZipFile, ValueError, KeyError, TypeError):
        return None


def _described(loss: Any) -> dict[str, Any] | None:
    if isinstance(loss, str):
        return {"name": loss, "from_logits": False if "crossentropy" in loss else None}
    if not isinstance(loss, dict):
        return None
    settings = loss.get("config")
    settings = settings if isinstance(settings, dict) else {}
    found = settings.get("from_logits")
    return {
        "name": str(loss.get("class_name", "")),
        "from_logits": found if isinstance(found, bool) else None,
    }
