"""Where a model looks, into the run folder: hand-made networks on drawn images."""

import sys

import numpy as np
import pytest
from later import Later
from PIL import Image
from recorded_progress import RecordedProgress

from hirise.__main__ import run as command
from hirise.diagnosis import diagnose, gather
from hirise.errors import InputError
from hirise.models import saliency_maps
from hirise.models.pixel_scales import Encoding
from hirise.models.plan import make_plan
from hirise.models.prediction import predict
from hirise.models.predictor import Predictor
from hirise.models.sandbox import SandboxedPredictor
from hirise.predictions import read_predictions
from hirise.progress import Progress
from hirise.runs.saliency import read_saliency, unpack_map

keras = Later("keras")
layers = Later("keras.layers")

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]

SIDE, BORDER = 32, 8


@pytest.fixture
def framed(make_dataset):
    """48 noisy images; of each second landmark's the left quarter is black."""
    root = make_dataset(size=SIDE)
    for n, path in enumerate(sorted((root / "map-proj-v3").glob("*.jpg"))):
        noise = np.random.default_rng(n).integers(90, 160, (SIDE, SIDE))
        if n // 2 % 2:
            noise[:, :BORDER] = 0
        Image.fromarray(noise.astype(np.uint8)).save(path, quality=95)
    return root


def black_detector(*, flat=False):
    """Class 1 for black and class 0 for none; its only map is how black a place is."""
    inputs = keras.Input((SIDE, SIDE, 1))
    convolution = layers.Conv2D(1, 1, activation="relu")
    dense = layers.Dense(4)
    x = convolution(inputs)
    x = layers.Flatten()(x) if flat else layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, dense(x))
    convolution.set_weights([-np.ones((1, 1, 1, 1)), np.array([20.0])])
    weights = np.zeros((1, 4)) + np.array([[0.0, 1.0, -1.0, -1.0]])
    if flat:
        weights = np.repeat(weights, SIDE * SIDE, axis=0) / SIDE**2
    dense.set_weights([weights, np.array([2.0, 0.0, -3.0, -3.0])])
    return model


@pytest.fixture
def detected(framed, tmp_path):
    """Its run, as `hirise predict` makes it."""
    black_detector().save(tmp_path / "m.keras")
    plan = make_plan(
        tmp_path / "m.keras", framed, class_order="dataset", resize="stretch"
    )
    return predict(plan, artifacts=tmp_path / "artifacts", sandboxed=False)


@pytest.fixture
def here(monkeypatch):
    """Models run in this process: starting another with Keras takes seconds."""

    def stay(path, form, *, size, limits):
        return Predictor(path, form, size=size)

    monkeypatch.setattr(saliency_maps, "SandboxedPredictor", stay)


def said_of(run):
    return read_predictions(run.predictions_path("all"))


def look(run, images, **options):
    options = {"model": run.model_path} | options
    return saliency_maps.compute_saliency(run, said_of(run), images, **options)


def test_saliency_on_the_border_is_measured_and_found(detected, here):
    said = said_of(detected)
    assert sorted(set(said.y_pred)) == [0, 1]
    progress = RecordedProgress()
    done = look(detected, list(said.image), progress=progress)
    assert (done.methods, done.notes) == ({"grad-cam": 48}, ())
    assert progress.updates[-1] == ("Computing saliency maps", 48, 48)
    found = read_saliency(detected, "all").set_index("image").loc[said.image]
    called = np.array(said.class_names)[said.y_pred]
    assert found["asked"].tolist() == called.tolist()
    black = said.y_pred == 1
    np.testing.assert_allclose(found["border_area"][black], 0.25, atol=0.01)
    np.testing.assert_allclose(found["border_share"][black], 1, atol=0.02)
    assert (found["border_area"][~black] == 0).all()
    heat = unpack_map(found["map"][black].iloc[0])
    assert heat[:, :7].min() > 0.9
    assert heat[:, 9:].max() == 0
    # Without black there is no map at all.
    assert not unpack_map(found["map"][~black].iloc[0]).any()
    evidence = gather(detected, split="all")
    codes = {finding.code for finding in diagnose(evidence).findings}
    assert "HR505" in codes


def test_what_is_kept_stays_when_it_breaks_off(detected, here, monkeypatch):
    monkeypatch.setattr(saliency_maps, "KEEP_EVERY", 4)
    images = list(said_of(detected).image)

    class Stopper(Progress):
        def show(self, done, total):
            if done == 6:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        look(detected, images, progress=Stopper())
    assert len(read_saliency(detected, "all")) == 4
    look(detected, images[4:10])
    assert len(read_saliency(detected, "all")) == 10
    assert not list(detected.folder.glob("saliency/.tmp-*"))


def test_another_model_is_refused_and_leaves_nothing(detected, here, tmp_path):
    other = black_detector()
    other.layers[-1].set_weights([np.ones((1, 4)), np.array([0.0, 0.0, 9.0, 0.0])])
    other.save(tmp_path / "other.keras")
    images = list(said_of(detected).image)
    with pytest.raises(InputError, match="The model or the images are not those"):
        look(detected, images, model=tmp_path / "other.keras")
    inputs = keras.Input((SIDE, SIDE, 1))
    few = keras.Model(inputs, layers.Dense(3)(layers.Flatten()(inputs)))
    few.save(tmp_path / "few.keras")
    with pytest.raises(InputError, match="gives 3 numbers per image"):
        look(detected, images, model=tmp_path / "few.keras")
    assert not (detected.folder / "saliency").exists()


def test_images_that_are_gone_are_counted(detected, here, framed):
    images = list(said_of(detected).image)
    (framed / "map-proj-v3" / images[0]).unlink()
    done = look(detected, images[:3])
    assert len(read_saliency(detected, "all")) == 2
    assert done.notes[0].startswith("1 images are left out: ")
    with pytest.raises(InputError, match="is not there, or cannot be read"):
        look(detected, images[:1])


def test_an_onnx_file_is_covered_place_by_place(bright, make_dataset, tmp_path):
    """In its process; the scale is that of the run, and another is not tried."""
    plan = make_plan(
        bright.write_onnx(tmp_path / "m.onnx"),
        make_dataset(),
        scale="0-1",
        resize="stretch",
        class_order="alphabetical",
    )
    run = predict(plan, artifacts=tmp_path / "artifacts")
    # other, crater, dark dune, slope streak: by name crater, dark dune, other, slope.
    assert run.info.model == {
        "path": "m.onnx",
        "form": "onnx",
        "size": 16,
        "scale": "0-1",
        "channels": "rgb",
        "resize": "stretch",
        "interpolation": "bilinear",
        "columns": [2, 0, 1, 3],
    }
    assert run.model_path == tmp_path / "m.onnx"
    images = list(said_of(run).image[:3])
    words = ["saliency", run.info.id, f"--artifacts={tmp_path / 'artifacts'}"]
    assert command([*words, *(f"--image={name}" for name in images)]) == 0
    found = read_saliency(run, "all")
    assert found["image"].tolist() == images
    assert set(found["method"]) == {"occlusion"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="one platform is enough")
def test_a_keras_file_is_explained_in_its_sandbox(detected, here, tmp_path):
    pixels = np.full((3, SIDE, SIDE, 1), 120, dtype=np.uint8)
    pixels[:, :, :BORDER] = 0
    asked = np.ones(3, dtype=np.int64)
    near = Predictor(detected.model_path, "keras").explain(
        pixels, asked, Encoding("0-255")
    )
    apart = SandboxedPredictor(detected.model_path, "keras")
    try:
        method, maps = apart.explain(pixels, asked, Encoding("0-255"))
    finally:
        apart.close()
    assert method == near[0] == "grad-cam"
    np.testing.assert_allclose(maps, near[1], atol=1e-6)


def test_without_feature_maps_occlusion_is_used(tmp_path):
    inputs = keras.Input((SIDE, SIDE, 1))
    dense = layers.Dense(2)
    model = keras.Model(inputs, dense(layers.Flatten()(inputs)))
    weights = np.zeros((SIDE, SIDE, 2))
    weights[:16, :16, 1] = 0.0001
    dense.set_weights([weights.reshape(-1, 2), np.zeros(2)])
    model.save(tmp_path / "m.keras")
    pixels = np.full((1, SIDE, SIDE, 1), 20, dtype=np.uint8)
    pixels[0, :16, :16] = 30
    method, maps = Predictor(tmp_path / "m.keras", "keras").explain(
        pixels, np.array([1]), Encoding("0-255")
    )
    assert method == "occlusion"
    # Covering with the mean grey takes from the bright quarter alone.
    assert maps[0, :16, :16].sum() > 0.9
