"""`RunRecorder` in other people's scripts: arrays, pipelines and folders."""

import json
import warnings

import numpy as np
import pytest
from later import Later

from hirise.diagnosis import diagnose, gather
from hirise.diagnosis.labels.tables import label_tables
from hirise.errors import InputError
from hirise.predictions import read_predictions
from hirise.recording.epochs import CollapseWarning

keras = Later("keras")
tf = Later("tensorflow")
RunRecorder = Later("hirise.recording.keras", "RunRecorder")


# Keras reads its variables in a way that NumPy 2 announces the end of.
pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]

LABELS = np.arange(90) % 3
NAMES = [f"ESP_{n // 9:06d}_1450_RED-{n % 9:04d}.jpg" for n in range(90)]


def make_images():
    rng = np.random.default_rng(0)
    noise = rng.random((90, 8, 8, 1)) * 40
    return (noise + 100 * LABELS[:, None, None, None]).astype("float32")


X = make_images()
TRAIN, VAL = (X[:45], LABELS[:45]), (X[45:], LABELS[45:])


def make_model(*, activation="softmax", n=3, loss="sparse_categorical_crossentropy"):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dense(n, activation=activation),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), loss=loss, metrics=["accuracy"])
    return model


def test_ten_lines_on_arrays(tmp_path):
    model = make_model()
    recorder = RunRecorder(
        title="my run", validation_data=VAL, images=NAMES[45:], artifacts=tmp_path
    )
    kept = model.fit(
        *TRAIN, validation_data=VAL, epochs=2, callbacks=[recorder], verbose=0
    )
    run = recorder.run
    assert (run.info.title, run.info.status, run.info.epoch) == (
        *("my run", "finished"),
        2,
    )
    assert run.info.recipe["last_activation"] == "softmax"
    assert run.info.recipe["from_logits"] is False
    history = run.history()
    # What Keras measured itself, on the same images.
    for name in ("val_loss", "val_accuracy", "loss", "accuracy"):
        np.testing.assert_allclose(history[name], kept.history[name], rtol=1e-5)
    assert history["macro_f1"].isna().all()
    assert history["val_macro_f1"].notna().all()
    val = read_predictions(run.predictions_path("val"))
    proba = model.predict(VAL[0], verbose=0)
    np.testing.assert_allclose(val.proba, proba, rtol=1e-5, atol=1e-7)
    assert val.y_true.tolist() == VAL[1].tolist()
    assert list(val.image) == NAMES[45:]
    assert val.group[0] == NAMES[45][:-4]
    seen = run.labels_seen()
    assert seen["image"].tolist() == NAMES[45:]
    assert seen["label"].tolist() == VAL[1].tolist()
    assert run.catalog()["landmark"].tolist() == [name[:-4] for name in NAMES[45:]]
    # A catalog made of the labels seen proves nothing about them.
    assert label_tables(run).not_comparable.startswith("there is no catalog")
    assert run.activations()["n_images"] == 45
    assert diagnose(gather(run)).sentence


def test_ten_lines_on_a_pipeline_without_validation_in_fit(tmp_path):
    one_hot = keras.utils.to_categorical(LABELS, 3)
    data = tf.data.Dataset.from_tensor_slices((X, one_hot))
    train, val = data.take(45).shuffle(45, seed=0).batch(16), data.skip(45).batch(16)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model = make_model(activation=None, loss=loss)
    recorder = RunRecorder(
        validation_data=val,
        training_data=train,
        images={"val": NAMES[45:]},
        class_names=("dark", "grey", "light"),
        artifacts=tmp_path,
    )
    stop = keras.callbacks.EarlyStopping(monitor="val_macro_f1", mode="max", patience=9)
    model.fit(train, epochs=2, callbacks=[recorder, stop], verbose=0, shuffle=False)
    run = recorder.run
    assert run.history().notna().all(axis=None)
    seen = run.labels_seen()
    of_train = seen[seen["split"] == "train"]
    assert of_train["image"].isna().all()
    assert of_train["label"].value_counts().tolist() == [15, 15, 15]
    counts = run.predicted_counts().groupby(["epoch", "split"])["n"].sum()
    assert counts.tolist() == [45] * 4
    loss, accuracy = model.evaluate(val, verbose=0)
    assert run.history()["val_loss"].iloc[-1] == pytest.approx(loss, rel=1e-5)
    assert run.history()["val_accuracy"].iloc[-1] == pytest.approx(accuracy)
    val_read = read_predictions(run.predictions_path("val"))
    assert val_read.class_names == ("dark", "grey", "light")


@pytest.fixture(scope="module")
def pairs():
    """A dataset of Keras: five batches of nine."""

    class Pairs(keras.utils.PyDataset):
        def __init__(self, x, y):
            super().__init__()
            self.x, self.y = x, y

        def __len__(self):
            return 5

        def __getitem__(self, number):
            some = slice(number * 9, number * 9 + 9)
            return self.x[some], self.y[some]

    return Pairs


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["sigmoid", None])
def test_a_single_output_for_two_classes_on_a_pydataset(tmp_path, pairs, activation):
    labels = (LABELS > 0).astype("float32")[:, None]
    loss = keras.losses.BinaryCrossentropy(from_logits=activation is None)
    model = make_model(activation=activation, n=1, loss=loss)
    val = pairs(X[45:], labels[45:])
    recorder = RunRecorder(
        validation_data=val, artifacts=tmp_path, on_collapse="ignore"
    )
    model.fit(pairs(X, labels), epochs=1, callbacks=[recorder], verbose=0)
    predictions = read_predictions(recorder.run.predictions_path("val"))
    assert predictions.class_names == ("0", "1")
    outputs = model.predict(X[45:], verbose=0)[:, 0]
    second = outputs if activation else 1 / (1 + np.exp(-outputs))
    np.testing.assert_allclose(predictions.proba[:, 1], second, rtol=1e-5)
    assert predictions.y_true.tolist() == labels[45:, 0].tolist()
    loss = model.evaluate(X[45:], labels[45:], verbose=0)[0]
    assert recorder.run.history()["val_loss"][0] == pytest.approx(loss, rel=1e-4)


def test_without_any_data_the_logs_are_kept(tmp_path):
    recorder = RunRecorder(artifacts=tmp_path)
    make_model().fit(
        *TRAIN, validation_data=VAL, epochs=1, callbacks=[recorder], verbose=0
    )
    run = recorder.run
    assert run.info.status == "finished"
    assert run.splits() == ()
    assert run.labels_seen() is None
    assert run.history()[["loss", "accuracy", "val_loss"]].notna().all(axis=None)


@pytest.mark.slow
def test_restored_weights_are_predicted_again(tmp_path):
    restore = keras.callbacks.EarlyStopping(
        monitor="val_loss", min_delta=100, patience=9, restore_best_weights=True
    )
    recorder = RunRecorder(validation_data=VAL, artifacts=tmp_path)
    model = make_model()
    model.fit(
        *TRAIN,
        validation_data=VAL,
        epochs=3,
        callbacks=[restore, recorder],
        verbose=0,
    )
    assert recorder.run.info.epoch == restore.best_epoch + 1 == 1
    val = read_predictions(recorder.run.predictions_path("val"))
    np.testing.assert_allclose(
        val.proba, model.predict(VAL[0], verbose=0), rtol=1e-5, atol=1e-7
    )


@pytest.mark.slow
def test_an_interrupted_fit_keeps_its_last_epoch(tmp_path):
    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    recorder = RunRecorder(validation_data=VAL, artifacts=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        make_model().fit(*TRAIN, epochs=3, callbacks=[recorder, Interrupt()], verbose=0)
    writer, finalizer = recorder.recorder.writer, recorder.recorder._finalizer
    assert writer.read().info.status == "training"
    finalizer()  # as when the recorder is thrown away, or Python ends
    assert writer.read().info.status == "interrupted"
    assert writer.read().splits() == ("val",)
    assert len(writer.read().history()) == 1


def make_dead_model():
    model = make_model()
    model.layers[-1].set_weights([np.zeros((8, 3)), np.array([9.0, 0, 0])])
    still = keras.optimizers.SGD(0.0)
    model.compile(still, "sparse_categorical_crossentropy")
    return model


def test_a_collapse_warns_once_and_stops_on_request(tmp_path):
    recorder = RunRecorder(
        validation_data=VAL, artifacts=tmp_path, on_collapse="stop", training_data=TRAIN
    )
    with pytest.warns(
        CollapseWarning, match="all 45 val images are predicted as '0'"
    ) as told:
        make_dead_model().fit(*TRAIN, epochs=9, callbacks=[recorder], verbose=0)
    assert len(told) == 1
    run = recorder.run
    assert len(run.history()) == 3
    assert run.info.error.startswith("Stopped as collapsed. Epochs 1 to 3: all 45")
    assert diagnose(gather(run)).verdict.key == "collapsed"


@pytest.mark.slow
def test_a_collapse_can_be_ignored(tmp_path):
    recorder = RunRecorder(
        validation_data=VAL, artifacts=tmp_path, on_collapse="ignore"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", CollapseWarning)
        make_dead_model().fit(*TRAIN, epochs=4, callbacks=[recorder], verbose=0)
    assert len(recorder.run.history()) == 4
    log = (recorder.run.folder / "log.txt").read_text()
    assert log.count("Collapsing.") == 1


def test_names_of_shuffled_images_are_not_claimed(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for name, image in zip(NAMES, X, strict=True):
        keras.utils.save_img(folder / name, image, scale=False)
    options = {
        "validation_split": 0.5,
        "seed": 1,
        "image_size": (8, 8),
        "color_mode": "grayscale",
        "verbose": False,
    }

    def read(folder, **options):
        # Keras shuffles the list that it is given.
        labels = LABELS.tolist()
        return keras.utils.image_dataset_from_directory(folder, labels, **options)

    val = read(folder, subset="validation", **options)
    recorder = RunRecorder(validation_data=val, artifacts=tmp_path / "runs")
    assert recorder.splits[0].names is None
    assert "subset='both'" in recorder.splits[0].note
    with pytest.raises(InputError, match="`images` cannot be matched"):
        RunRecorder(validation_data=val, images=val.file_paths)
    _, val = read(folder, subset="both", **options)
    recorder = RunRecorder(validation_data=val, artifacts=tmp_path / "runs")
    make_model().fit(val, epochs=1, callbacks=[recorder], verbose=0, shuffle=False)
    catalog = recorder.run.catalog().set_index("image")
    right = dict(zip(NAMES, LABELS, strict=True))
    assert {name: right[name] for name in catalog.index} == dict(catalog["label"])
    assert recorder.run.dataset_path == folder
    assert json.loads((recorder.run.folder / "run.json").read_text())["notes"] == []


@pytest.mark.slow
def test_labels_in_another_order_lose_their_names(tmp_path, pairs):
    class Turning(pairs):
        turn = 0

        def __getitem__(self, number):
            self.turn += number == 0
            x, y = super().__getitem__((number + self.turn) % 5)
            return x, y

    labels = np.sort(LABELS[45:])
    val = Turning(X[45:], labels)
    recorder = RunRecorder(validation_data=val, images=NAMES[45:], artifacts=tmp_path)
    make_model().fit(*TRAIN, epochs=2, callbacks=[recorder], verbose=0)
    assert recorder.run.catalog() is None
    assert recorder.run.labels_seen()["image"].isna().all()
    assert read_predictions(recorder.run.predictions_path("val")).image is None


def test_both_modes_are_kept_where_moving_averages_lag(tmp_path):
    """Keras' log is of batch statistics, which a momentum near 1 never hands on."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(16),
            layers.BatchNormalization(momentum=0.9999),
            layers.Activation("relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(0.01),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    x = np.concatenate([X] * 4)
    y = np.concatenate([LABELS] * 4)
    recorder = RunRecorder(
        validation_data=(x, y),
        training_data=(x, y),
        artifacts=tmp_path,
        on_collapse="ignore",
    )
    fitted = model.fit(x, y, epochs=6, callbacks=[recorder], verbose=0)
    run = recorder.run
    history = run.history()
    np.testing.assert_allclose(history["loss"], fitted.history["loss"], rtol=1e-6)
    np.testing.assert_allclose(history["accuracy"], fitted.history["accuracy"])
    loss, accuracy = model.evaluate(x, y, verbose=0)
    assert history["inference_loss"].iloc[-1] == pytest.approx(loss, rel=1e-3)
    assert history["inference_accuracy"].iloc[-1] == pytest.approx(accuracy)
    assert history["accuracy"].iloc[-1] > 0.95
    assert accuracy < 0.7
    assert diagnose(gather(run)).causes[0].key == "modes-differ"
    document = run.activations()
    assert document["batch_normalisation"] == {"layers": 1, "momentum": 0.9999}
    assert document["inputs"]["train"]["max"] == pytest.approx(float(x.max()))
    stats = run.layer_stats()
    kernels = stats[stats["layer"].str.startswith("dense") & (stats["epoch"] == 1)]
    assert (kernels[["update_median", "gradient_median"]] > 0).all(axis=None)
    assert (kernels["weight_norm"] > 0).all()
    assert run.info.recipe["dropout"] == 0


def test_recording_changes_no_weight(tmp_path):
    def fit(callbacks):
        keras.utils.set_random_seed(3)
        layers = keras.layers
        head = [layers.Flatten(), layers.BatchNormalization(), layers.Dropout(0.5)]
        model = keras.Sequential(
            [keras.Input((8, 8, 1)), *head, layers.Dense(3, activation="softmax")]
        )
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(*TRAIN, epochs=2, callbacks=callbacks, verbose=0)
        return model.get_weights()

    recorder = RunRecorder(validation_data=VAL, training_data=TRAIN, artifacts=tmp_path)
    recorder.on_collapse = "ignore"
    for alone, recorded in zip(fit([]), fit([recorder]), strict=True):
        np.testing.assert_array_equal(alone, recorded)


def test_a_flow_from_a_directory_tells_names_and_paths(tmp_path):
    folder = tmp_path / "images"
    for name, image, label in zip(NAMES, X, LABELS, strict=True):
        place = folder / ["dark", "grey", "light"][label]
        place.mkdir(parents=True, exist_ok=True)
        keras.utils.save_img(place / name, image, scale=False)
    generator = keras.src.legacy.preprocessing.image.ImageDataGenerator()
    flow = generator.flow_from_directory(
        folder,
        target_size=(8, 8),
        color_mode="grayscale",
        class_mode="sparse",
        shuffle=False,
    )
    recorder = RunRecorder(validation_data=flow, artifacts=tmp_path / "runs")
    make_model().fit(flow, epochs=1, callbacks=[recorder], verbose=0)
    run = recorder.run
    assert run.info.class_names == ("dark", "grey", "light")
    catalog = run.catalog()
    assert catalog["class_name"].tolist() == [
        name.partition("/")[0] for name in catalog["image"]
    ]
    assert run.dataset_path == folder


def test_33_checks_apply_to_a_fit_on_arrays(tmp_path):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 330)
    images = rng.normal(0.3, 0.1, (330, 8, 8, 3)).astype("float32")
    images[np.arange(330), ..., labels] += 0.3
    train, val = (images[:240], labels[:240]), (images[240:], labels[240:])
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Flatten(), keras.layers.Dense(8, activation="tanh")]
    head = keras.layers.Dense(3, activation="softmax")
    model = keras.Sequential([keras.Input((8, 8, 3)), *layers, head])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    recorder = RunRecorder(
        training_data=train,
        validation_data=val,
        class_names=["red", "green", "blue"],
        artifacts=tmp_path,
    )
    model.fit(*train, epochs=3, callbacks=[recorder], verbose=0)
    run = recorder.run
    diagnosis = diagnose(gather(run))
    assert len(diagnosis.passed) + len({f.code for f in diagnosis.findings}) == 33
    # Arrays have no files: pictures are kept, and named by their place.
    assert run.labels_seen()["image"].iloc[[0, 240]].tolist() == [
        "train/000000.png",
        "val/000000.png",
    ]
    assert (run.dataset_path / "val" / "000089.png").is_file()
    assert run.info.dataset["channels"] == 3
    assert run.layer_stats()["saturated_share"].notna().any()
