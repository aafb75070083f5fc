"""Requests come back from JSON, and their modules load nothing heavy."""

import subprocess
import sys

import msgspec
import pytest

from hirise.actions import ACTIONS, action_named

DOCUMENTS = {
    "train": {
        "data": "images",
        "recipe": "small-cnn",
        "fractions": [0.5, 0.25, 0.25],
        "settings": {"epochs": 3, "filters": "4,8"},
        "leave_out": ["dune"],
    },
    "resume": {"run": "20260101-000000-blog"},
    "cure": {
        "run": "20260101-000000-blog",
        "remedies": ["prior-shift"],
        "target_shares": {"other": 0.5, "crater": 0.5},
    },
    "predict": {"model": "a.keras", "data": "images", "memory_limit": 2},
    "saliency": {"run": "20260101-000000-blog", "image": ["a.jpg"]},
    "image_map": {"run": "20260101-000000-blog", "method": "pca"},
    "replay": {"data": "simulated", "epochs": 1},
    "check": {"source": "p.csv", "class_names": ["a"], "training_shares": {"a": 1.0}},
    "import_": {"file": "p.csv", "columns": {"y_true": "label"}},
    "compare": {"baseline": "a", "runs": ["b", "c"]},
    "report": {"run": "a", "out": "a.html"},
    "export": {"run": "a", "tensorboard": "logs"},
    "data_info": {"data": "simulated:40"},
    "download": {"release": "v1", "to": "images"},
    "describe": {"file": "p.csv", "columns": {"y_true": "label"}},
    "list_replays": {"artifacts": "runs"},
    "list_runs": {"artifacts": "runs"},
    "rename_run": {"run": "a", "title": "First try"},
    "annotate_run": {"run": "a", "note": "Learning rate too high."},
    "delete_run": {"run": "a"},
    "settings": {"runs": ["a", "b"], "all": True},
    "tag": {"run": "a", "tag": "blurred", "images": ["a.jpg"]},
    "relabel": {"run": "a", "labels": {"a.jpg": "crater"}, "suggested": True},
    "hide_examples": {"artifacts": "runs", "hidden": False},
    "examine": {"run": "a", "budget": "90s", "data": "images"},
    "explain": {"topic": "HR201"},
    "explore": {"run": "a", "split": "val"},
    "suggest": {"run": "a"},
    "images": {"run": "a", "split": "val"},
    "plan_cure": {"run": "a", "remedies": ["thresholds"]},
    "plan_examination": {"run": "a", "budget": 60.0},
    "plan_training": {"recipe": "blog", "remedies": ["warm-up"]},
    "simulate": {"folder": "mars", "landmarks": 40},
}
HEAVY = ("tensorflow", "keras", "torch", "plotly", "sklearn", "streamlit", "jinja2")


@pytest.mark.parametrize("name", ACTIONS)
def test_a_request_comes_back_from_json(name):
    request_type, function = action_named(name)
    request = msgspec.convert(DOCUMENTS[name], request_type)
    assert msgspec.convert(msgspec.to_builtins(request), request_type) == request
    assert callable(function)


@pytest.mark.parametrize("name", ACTIONS)
def test_a_wrong_type_is_refused(name):
    request_type, _ = action_named(name)
    document = DOCUMENTS[name] | {next(iter(DOCUMENTS[name])): 3}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(document, request_type)


def test_the_modules_load_nothing_heavy():
    modules = sorted({action.partition(":")[0] for action in ACTIONS.values()})
    code = (
        f"import sys, {', '.join(modules)}\n"
        f"print(sorted(set(sys.modules) & set({HEAVY})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
