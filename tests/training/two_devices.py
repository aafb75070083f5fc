"""Trains one plan on one device and on two logical ones; prints what differs."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from hirise.predictions import read_predictions
from hirise.recipes import recipe_named, with_settings
from hirise.training.plan import make_plan
from hirise.training.session import train

os.environ["HIRISE_EXAMPLES"] = ""
data, artifacts, settings, split = sys.argv[1:]
(cpu,) = tf.config.list_physical_devices("CPU")
two = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, two)
recipe = with_settings(recipe_named("small-cnn"), json.loads(settings))
plan = make_plan(Path(data), recipe, split=split)
runs = [
    train(replace(plan, strategy=strategy), artifacts=Path(artifacts))
    for strategy in ("", "mirrored")
]
columns = ["loss", "macro_f1", "val_loss", "val_accuracy", "val_macro_f1"]
one, other = (run.history()[columns].to_numpy() for run in runs)
chances = [read_predictions(run.predictions_path("test")) for run in runs]
found = {
    "history": np.abs(one - other).max(axis=0).tolist(),
    "probabilities": float(np.abs(chances[0].proba - chances[1].proba).max()),
    "labels": int((chances[0].y_pred != chances[1].y_pred).sum()),
    "n_test": len(chances[0]),
    "macro_f1": [run.history()["val_macro_f1"].tolist()[-1] for run in runs],
}
sys.stdout.write(json.dumps(found) + "\n")
