"""One network in every format, on every scale, in every order: does predict find it?

    python tests/benchmarks/formats.py RUN [--data DIR] [--split FILE.csv]

RUN is a run folder with a `model.keras` that takes one channel of 0 to 255. It is
saved as .keras, .h5, SavedModel, .tflite (float, float16, int8 from end to end) and
.onnx, and each is predicted as `hirise predict` does, in a process of its own. Shown:
the largest difference of a probability to the .keras file, labels that agree, images
per second of predicting alone (medians of --repeats). Then the same network behind
other conventions: scale, three channels, channels first, other orders of its outputs;
shown is what was found. Needs tf2onnx and onnx.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from hirise.data import load_images, read_catalog
from hirise.models.outputs import decode_outputs, in_class_order
from hirise.models.pixel_scales import SCALES
from hirise.models.plan import make_plan
from hirise.models.resolve_input import resolve_input
from hirise.models.sandbox import SandboxedPredictor

SAMPLE = Path("../shared/data/hirise-map-proj-v3")
REPRESENTATIVE = 200


def lite(folder: Path, images: Any, *, kind: str) -> bytes:
    """The SavedModel in `folder` as a `.tflite` file: float, float16 or int8."""
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
    if kind != "float":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if kind == "int8":
        converter.representative_dataset = lambda: (
            [one[None].astype("float32")] for one in images
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
    return bytes(converter.convert())


def save_all(model: keras.Model, folder: Path, images: Any) -> list[Path]:
    """`model` in every format."""
    model.save(folder / "m.keras")
    model.save(folder / "m.h5")
    model.export(folder / "saved", verbose=False)
    model.export(folder / "m.onnx", format="onnx", verbose=False)
    for kind in ("float", "float16", "int8"):
        content = lite(folder / "saved", images, kind=kind)
        (folder / f"m-{kind}.tflite").write_bytes(content)
    names = ("m.h5", "saved", "m-float.tflite", "m-float16.tflite", "m-int8.tflite")
    return [folder / name for name in ("m.keras", *names, "m.onnx")]


def behind(
    model: keras.Model, *, scale: str = "0-255", channels: int = 1, order: Any = None
) -> keras.Model:
    """`model` behind another scale, with three channels, or its outputs reordered."""
    size = model.input_shape[1]
    inputs = keras.Input((size, size, channels))
    factor, added = (np.array(one) for one in SCALES[scale])
    if channels == 1:
        factor, added = factor.mean(keepdims=True), added.mean(keepdims=True)
    x = (inputs - added.astype("float32")) / factor.astype("float32")
    x = keras.ops.mean(x, axis=-1, keepdims=True)
    outputs = model(x)
    if order is not None:
        outputs = keras.ops.take(outputs, order, axis=-1)
    return keras.Model(inputs, outputs)


def channels_first(model: keras.Model, path: Path) -> None:
    """Save `model` as an ONNX file that takes (n, channels, height, width)."""
    import tf2onnx

    spec = (tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name="images"),)
    call = tf.function(lambda images: model(images, training=False), spec)
    tf2onnx.convert.from_function(
        call, input_signature=spec, inputs_as_nchw=["images"], output_path=str(path)
    )


class Sample:
    """The images on which everything is predicted."""

    def __init__(self, data: Path, split: str | None) -> None:
        self.data, self.split = data, split
        self.catalog = read_catalog(data)

    def predicted(self, path: Path, *, repeats: int = 1) -> Any:
        """Probabilities, labels, conventions, facts, images per second."""
        plan = make_plan(path, self.data, split=self.split, resize="stretch")
        predictor = SandboxedPredictor(path, plan.about.form)
        try:
            pixels = load_images(self.catalog, size=predictor.facts.size).pixels
            rows = np.flatnonzero(plan.split != "")
            agreed = resolve_input(plan, predictor)
            rates = []
            for _ in range(repeats):
                begun = tf.timestamp()
                outputs = predictor.predict(pixels, rows, agreed.form.encoding)
                rates.append(len(rows) / float(tf.timestamp() - begun))
        finally:
            predictor.close()
        found = decode_outputs(
            in_class_order(outputs, agreed.columns), self.catalog.class_names
        )
        return found, agreed, predictor.facts, statistics.median(rates)


def show_formats(model: keras.Model, sample: Sample, repeats: int) -> None:
    size = model.input_shape[1]
    pixels = load_images(sample.catalog, size=size).pixels
    some = np.asarray(pixels[:: max(1, len(pixels) // REPRESENTATIVE)])
    with tempfile.TemporaryDirectory() as folder:
        base: Any = None
        for path in save_all(model, Path(folder), some):
            found, agreed, _, rate = sample.predicted(path, repeats=repeats)
            base = base or found
            apart = float(np.abs(found.proba - base.proba).max())
            same = float((found.y_pred == base.y_pred).mean())
            print(
                f"{path.name:<18} {apart:8.1e} largest difference   "
                f"{same:7.2%} labels agree   {rate:6.0f} images/s   "
                f"{agreed.form.encoding}, {agreed.order}",
                flush=True,
            )


def show_conventions(model: keras.Model, sample: Sample) -> None:
    names = sample.catalog.class_names
    by_name = np.argsort(np.array(names), kind="stable")
    other = np.random.default_rng(0).permutation(len(names))
    cases: list[tuple[str, dict[str, Any], bool]] = [
        *(
            (f"{s}, {c} channels", {"scale": s, "channels": c}, False)
            for s in SCALES
            for c in (1, 3)
        ),
        *(
            (f"{s}, {c} channels, first", {"scale": s, "channels": c}, True)
            for s in SCALES
            for c in (1, 3)
        ),
        ("alphabetical", {"order": by_name}, False),
        ("another order", {"order": other}, False),
        (
            "0-1, 3 channels, another order",
            {"scale": "0-1", "channels": 3, "order": other},
            True,
        ),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for n, (title, options, first) in enumerate(cases):
            wrapped = behind(model, **options)
            path = Path(folder) / f"{n}.{'onnx' if first else 'keras'}"
            channels_first(wrapped, path) if first else wrapped.save(path)
            _, agreed, facts, _ = sample.predicted(path)
            order = options.get("order", np.arange(len(names)))
            right = agreed.form.encoding.scale == options.get(
                "scale", "0-255"
            ) and np.array_equal(order[agreed.columns], np.arange(len(names)))
            equal = agreed.trials[agreed.trials["fits"] == "equally well"]
            same = ", ".join(equal["scale"] + "/" + equal["order"]) or "-"
            print(
                f"{title:<32} {'right' if right else 'WRONG'}   "
                f"{agreed.form.encoding}, {agreed.order}, {facts.layout}, "
                f"{facts.channels}; "
                f"fits equally: {same}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, default=SAMPLE)
    parser.add_argument("--split")
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    model = keras.models.load_model(chosen.run / "model.keras", compile=False)
    sample = Sample(chosen.data, chosen.split)
    show_formats(model, sample, chosen.repeats)
    show_conventions(model, sample)


if __name__ == "__main__":
    main()
