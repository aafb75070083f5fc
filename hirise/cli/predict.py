"""`hirise predict`: a model and a folder of images -> a run."""

from __future__ import annotations

from pathlib import Path

import click

from hirise.actions.predict import PredictRequest
from hirise.actions.predict import predict as predict_images
from hirise.cli import (
    artifacts_option,
    images_option,
    label_column_option,
    limit_options,
)
from hirise.cli.terminal import TerminalProgress
from hirise.diagnosis.wording import one_line


@click.command(short_help="Predict a folder of images with a model.")
@click.option(
    "--model",
    required=True,
    metavar="FILE|DIR|RUN",
    type=click.Path(path_type=Path),
    help="A model: .keras, .h5, .tflite, .onnx, .pt2, or a SavedModel folder; pickles "
    "and layers that run code are refused. Or a run, whose model then predicts "
    "with its own settings.",
)
@images_option
@label_column_option
@click.option(
    "--split",
    metavar="KIND|FILE.csv",
    help="random, landmark, observation, published, or a CSV of image and split "
    "[default: published if there is one, else all images in one split].",
)
@click.option(
    "--scale",
    default="auto",
    show_default=True,
    metavar="auto|0-255|0-1|-1-1|imagenet|imagenet-caffe|mean=…;std=…",
    help="Pixel scale that the model expects. auto: as a file beside the model says, "
    "else found by trying. The next four options work alike.",
)
@click.option(
    "--channels",
    default="auto",
    show_default=True,
    metavar="auto|rgb|bgr|grey",
    help="Order of the colours that the model expects.",
)
@click.option(
    "--resize",
    default="auto",
    show_default=True,
    metavar="auto|stretch|crop:R|letterbox",
    help="How images are brought to the model's size; R pixels is the shorter side "
    "before the centre is cropped.",
)
@click.option(
    "--interpolation",
    default="auto",
    show_default=True,
    metavar="auto|bilinear|bicubic|nearest|lanczos",
    help="Interpolation of the pixels when resizing.",
)
@click.option(
    "--class-order",
    default="auto",
    show_default=True,
    metavar="auto|dataset|alphabetical|NAME,NAME,…",
    help="Order of the model's outputs.",
)
@click.option(
    "--size",
    type=click.IntRange(min=1),
    help="Height and width of the images, for a model that takes any size.",
)
@limit_options
@click.option("--title", help="Title of the run [default: the file's name].")
@artifacts_option
def predict(
    model: Path,
    data: Path,
    label_column: str | None,
    split: str | None,
    scale: str,
    channels: str,
    resize: str,
    interpolation: str,
    class_order: str,
    size: int | None,
    memory_limit: float | None,
    time_limit: float,
    title: str | None,
    artifacts: Path,
) -> None:
    """Predict the images of a folder with an imported model, as a run.

    The model gets one grey channel or three, as it expects. It runs in a separate
    process with limits of memory and time and, where the system allows it, without
    internet access.
    """
    request = PredictRequest(
        model=model,
        data=data,
        label_column=label_column,
        split=split,
        scale=scale,
        channels=channels,
        resize=resize,
        interpolation=interpolation,
        class_order=class_order,
        size=size,
        memory_limit=memory_limit,
        time_limit=time_limit,
        title=title,
        artifacts=artifacts,
    )
    with TerminalProgress() as progress:
        run = predict_images(request, progress=progress)
    from hirise.actions.check import CheckRequest, check
    from hirise.diagnosis.configuration import NONE

    click.echo(f"Predicted as {run.info.id}")
    for note in run.info.notes:
        click.echo(one_line(f"Note: {note}"))
    for name in run.splits():
        click.echo(one_line(check(CheckRequest(run, split=name, config=NONE)).sentence))
