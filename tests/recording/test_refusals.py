"""What `RunRecorder` cannot record: refused in one line, or told inside `fit`."""

import numpy as np
import pytest
from later import Later

from hirise.diagnosis import diagnose, gather
from hirise.errors import InputError
from hirise.recording.epochs import RecordingWarning

keras = Later("keras")
tf = Later("tensorflow")
RunRecorder = Later("hirise.recording.keras", "RunRecorder")

pytestmark = pytest.mark.tensorflow


LABELS = np.arange(90) % 3
NAMES = [f"{n}.jpg" for n in range(90)]
X = np.zeros((90, 8, 8, 1), dtype="float32")
VAL = (X[45:], LABELS[45:])


def make_model():
    """Three classes."""
    layers = [keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
    model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"on_collapse": "shout"}, "`on_collapse` must be one of warn, stop, ignore"),
        ({"validation_data": X}, r"`validation_data` must be \(x, y\) arrays"),
        ({"validation_data": (X, LABELS[:5])}, "as many images as labels"),
        ({"images": ["a"]}, "`images` names val images. Give `validation_data`"),
        (
            {"validation_data": VAL, "images": NAMES},
            "90 names for val, but there are 45",
        ),
        ({"validation_data": VAL, "images": ["a"] * 45}, "names 'a' twice"),
        ({"validation_data": VAL, "images": "a"}, "`images` must be a sequence"),
        ({"images": {"dev": ["a"]}}, "There is no split 'dev'"),
        ({"title": ""}, "title must be one line"),
    ],
)
def test_what_cannot_be_recorded_is_refused_at_once(options, message):
    with pytest.raises(InputError, match=message):
        RunRecorder(**options)


def test_pipelines_must_be_batched_and_end():
    data = tf.data.Dataset.from_tensor_slices(VAL)
    with pytest.raises(InputError, match=r"must be batched\. Add \.batch\(32\)"):
        RunRecorder(validation_data=data)
    with pytest.raises(
        InputError, match=r"never ends\. Give the dataset without \.repeat"
    ):
        RunRecorder(validation_data=data.batch(9).repeat())


def test_names_that_do_not_fit_are_told_and_the_training_runs_on(tmp_path):
    recorder = RunRecorder(artifacts=tmp_path, class_names=["a", "b"])
    message = "has 2 names, but the network has 3 classes"
    with pytest.warns(RecordingWarning, match=message):
        history = make_model().fit(X, LABELS, epochs=2, callbacks=[recorder], verbose=0)
    assert len(history.history["loss"]) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (LABELS - 1, "the label -1, but the network has 3"),
        (LABELS / 255, "the label 0.00392157, which is no class id"),
        (np.ones((90, 3)), "multi-label targets"),
        (np.ones((90, 4)), "one-hot labels have 4 classes"),
    ],
)
def test_labels_that_are_no_classes_are_told_and_the_curves_are_kept(
    tmp_path, labels, message
):
    recorder = RunRecorder(artifacts=tmp_path, validation_data=(X, labels))
    with pytest.warns(RecordingWarning, match=message):
        make_model().fit(X, LABELS, epochs=2, callbacks=[recorder], verbose=0)
    run = recorder.run
    assert len(run.history()) == 2
    assert run.info.status == "finished"
    assert not list(run.folder.glob("predictions/*"))
    assert message in run.info.recipe["unread_labels"]["val"]


def test_a_split_that_cannot_be_read_leaves_the_other(tmp_path):
    recorder = RunRecorder(
        artifacts=tmp_path,
        training_data=(X, LABELS / 255),
        validation_data=(X, LABELS),
        on_collapse="ignore",
    )
    with pytest.warns(RecordingWarning, match="the label 0.00392157"):
        make_model().fit(X, LABELS, epochs=2, callbacks=[recorder], verbose=0)
    assert list(recorder.run.info.recipe["unread_labels"]) == ["train"]
    assert recorder.run.history()["val_macro_f1"].notna().all()


def test_labels_beyond_the_last_output_are_classes_of_the_run(tmp_path):
    """They are what is wrong with the network, so they are recorded."""
    recorder = RunRecorder(
        artifacts=tmp_path, validation_data=(X, LABELS), on_collapse="ignore"
    )
    model = keras.Sequential(
        [keras.Input(X.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile("adam", loss)
    model.fit(X, LABELS, epochs=2, callbacks=[recorder], verbose=0)
    diagnosis = diagnose(gather(recorder.run))
    assert recorder.run.info.class_names == ("0", "1", "2")
    (width,) = (f for f in diagnosis.findings if f.subject == "width")
    assert "1 outputs for 3 labels: 2 can never be predicted" in str(width)


def test_whole_numbers_of_a_regression_are_no_classes(tmp_path):
    recorder = RunRecorder(artifacts=tmp_path, validation_data=(X, LABELS + 40))
    model = keras.Sequential(
        [keras.Input(X.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    model.compile("adam", "mse")
    with pytest.warns(RecordingWarning, match="There is the label 4"):
        model.fit(X, LABELS + 40, epochs=1, callbacks=[recorder], verbose=0)
    assert "val" in recorder.run.info.recipe["unread_labels"]
    diagnosis = diagnose(gather(recorder.run))
    # Nothing is said of its loss or rate, which may be what a regression needs.
    assert [(f.code, f.subject) for f in diagnosis.findings] == [("HR506", "labels")]
    assert (diagnosis.verdict.key, diagnosis.causes) == ("undetermined", ())


def test_a_first_loss_that_is_no_number_is_recorded_all_the_same(tmp_path):
    recorder = RunRecorder(
        artifacts=tmp_path, validation_data=(X, LABELS), on_collapse="ignore"
    )
    model = make_model()
    model.layers[-1].bias.assign([float("nan")] * 3)
    # A warning, such as one that an epoch could not be recorded, is an error here.
    model.fit(X, LABELS, epochs=2, callbacks=[recorder], verbose=0)
    run = recorder.run
    assert len(run.history()) == 2
    assert "initial_loss" not in run.info.recipe
    assert run.info.error.startswith("The training loss became nan in epoch 1, batch 1")
