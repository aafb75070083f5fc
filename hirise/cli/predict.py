"""`hirise predict`: a model and a folder of images -> a run."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from hirise.cli.data import at_hand
from hirise.cli.options import artifacts_option, limit_options
from hirise.diagnosis.wording import one_line
from hirise.progress import Progress as CoreProgress


@click.command(short_help="Predict a folder of images with a model.")
@click.option(
    "--model",
    required=True,
    metavar="FILE|DIR",
    type=click.Path(path_type=Path),
    help="A model: .keras, .h5, .tflite, .onnx, or a SavedModel folder; pickles and "
    "layers that run code are refused.",
)
@click.option(
    "--data",
    required=True,
    metavar="DIR|simulated",
    type=click.Path(path_type=Path),
    help="Folder of the images; `simulated` as for `hirise train`.",
)
@click.option(
    "--split",
    metavar="KIND|FILE.csv",
    help="random, landmark, observation, published, or a CSV of image and split "
    "[default: published if there is one, else all images as one].",
)
@click.option(
    "--scale",
    default="auto",
    show_default=True,
    metavar="auto|0-255|0-1|-1-1|imagenet|imagenet-caffe",
    help="Which numbers the model takes for black and white; auto finds it by trying.",
)
@click.option(
    "--class-order",
    default="auto",
    show_default=True,
    metavar="auto|dataset|alphabetical|NAME,NAME,…",
    help="The order of the model's outputs; auto finds it by trying.",
)
@click.option(
    "--size",
    type=click.IntRange(min=1),
    help="Pixels of a side, for a model that takes any.",
)
@limit_options
@click.option("--title", help="What the run is called [default: the file's name].")
@artifacts_option
def predict(
    model: Path,
    data: Path,
    split: str | None,
    scale: str,
    class_order: str,
    size: int | None,
    memory_limit: float | None,
    time_limit: float,
    title: str | None,
    artifacts: Path,
) -> None:
    """Predict the images of a folder with a model from elsewhere: a run.

    One grey channel, or three equal ones, as the model takes. The model runs in a
    process of its own with limits of memory and time and, where the system allows it,
    without network.
    """
    from hirise.models.plan import make_plan
    from hirise.models.prediction import predict as carry_out
    from hirise.models.sandbox import Limits

    plan = make_plan(
        model,
        at_hand(data),
        split=split,
        scale=scale,
        class_order=class_order,
        size=size,
        limits=Limits(memory=memory_limit or Limits.memory, seconds=60 * time_limit),
    )
    with Progress() as progress:
        run = carry_out(plan, artifacts=artifacts, title=title, progress=progress)
    from hirise.diagnosis import diagnose, gather

    click.echo(f"Predicted as {run.info.id}")
    for note in run.info.notes:
        click.echo(one_line(f"Note: {note}"))
    for side in run.splits():
        sentence = diagnose(gather(run, split=side)).sentence
        click.echo(one_line(sentence))


class Progress(CoreProgress):
    """A bar on a terminal, a line now and then elsewhere."""

    EVERY = 2.0

    def __init__(self, unit: str = "image") -> None:
        super().__init__()
        self.unit = unit
        self.bar: tqdm[Any] | None = None
        self.said = 0.0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def show(self, done: int, total: int) -> None:
        step = self.status.step
        if not total:
            click.echo(f"{step} …")
        elif sys.stderr.isatty():
            if self.bar is None:
                self.bar = tqdm(total=total, unit=self.unit, desc=step)
            self.bar.update(done - self.bar.n)
        elif done == total or time.monotonic() - self.said >= self.EVERY:
            self.said = time.monotonic()
            click.echo(f"{step}: {done:,} of {total:,} {self.unit}s")
