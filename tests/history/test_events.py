"""Event files and log folders of TensorBoard, good and bad."""

import math
import pickle
import struct

import google_crc32c
import pytest

from hirise.diagnosis import diagnose
from hirise.errors import InputError
from hirise.history import is_history, read_curves, read_history
from hirise.history.event_files import (
    read_records,
    read_scalars,
    scalar_event,
    version_event,
    write_records,
)

FILE = "events.out.tfevents.1700000000.host.1.0"


def test_what_keras_wrote(tmp_path, keras_wrote):
    path = tmp_path / "validation" / f"{FILE}.v2"
    path.parent.mkdir()
    path.write_bytes(keras_wrote)
    for given in (path, path.parent, tmp_path):
        found = read_history(given)
        assert found["epoch"].tolist() == [1, 2, 3]
        assert found["val_accuracy"].round(6).tolist() == [0.55, 0.575, 0.575]
        assert found["val_loss"].round(6).tolist() == [0.766084, 0.76233, 0.758693]


def test_our_records_are_those_of_keras_byte_for_byte(tmp_path, keras_wrote):
    path = tmp_path / FILE
    path.write_bytes(keras_wrote)
    assert write_records(read_records(path)) == keras_wrote


def test_a_folder_as_keras_makes_it(write_events, tmp_path):
    write_events(f"train/{FILE}", {"epoch_loss": [2, 1], "epoch_learning_rate": [4, 3]})
    write_events(f"train/{FILE}", {"epoch_loss": [2, 1], "epoch_learning_rate": [4, 3]})
    write_events(
        f"validation/{FILE}",
        {"evaluation_loss_vs_iterations": [9], "epoch_loss": [3, 2.5]},
    )
    found = read_curves(tmp_path)
    assert found.table.to_dict("list") == {
        "epoch": [1, 2],
        "loss": [2, 1],
        "learning_rate": [4, 3],
        "val_loss": [3, 2.5],
    }
    assert found.sources["val_loss"] == "validation/epoch_loss"
    assert found.left_aside == ("validation/evaluation_loss_vs_iterations",)


def test_the_names_of_a_summary_writer(write_events):
    path = write_events(
        FILE, {"Loss/train": [2, 1], "Accuracy/val": [0.5, 0.75], "x/y": [1, 1]}
    )
    found = read_curves(path)
    assert found.sources == {"loss": "Loss/train", "val_accuracy": "Accuracy/val"}
    assert found.table["val_accuracy"].tolist() == [0.5, 0.75]


def test_add_scalars_makes_a_folder_per_side(write_events, tmp_path):
    write_events(f"Loss_train/{FILE}", {"Loss": [2, 1]})
    write_events(f"Loss_val/{FILE}", {"Loss": [3, 4]})
    found = read_history(tmp_path)
    assert found[["loss", "val_loss"]].to_numpy().tolist() == [[2, 3], [1, 4]]


def test_a_killed_training_lacks_its_last_validation(write_events, tmp_path):
    write_events(f"train/{FILE}", {"epoch_loss": [3, 2, 1]})
    write_events(f"validation/{FILE}", {"epoch_loss": [5, 4]})
    found = read_history(tmp_path)
    assert found["loss"].tolist() == [3, 2, 1]
    assert found["val_loss"].tolist()[:2] == [5, 4]
    assert math.isnan(found["val_loss"].iloc[2])


def test_what_was_logged_per_batch_is_averaged_over_each_epoch(write_events):
    # Four epochs of 12 batches; validation at the last batch of each.
    train = [float(epoch) for epoch in (8, 4, 2, 1) for _ in range(12)]
    points = [
        scalar_event("Loss/train", v, step=i, wall_time=1.0)
        for i, v in enumerate(train)
    ]
    points += [
        scalar_event("Loss/val", v, step=12 * i + 11, wall_time=1.0)
        for i, v in enumerate([9.0, 5.0, 3.0, 2.0])
    ]
    path = write_events(FILE, {})
    path.write_bytes(write_records([version_event(0.0), *points]))
    found = read_curves(path)
    assert found.table["loss"].tolist() == [8, 4, 2, 1]
    assert found.table["val_loss"].tolist() == [9, 5, 3, 2]
    assert found.notes[0].startswith("loss: logged more often than once per epoch")


def test_two_trainings_in_one_folder_went_on(write_events, tmp_path):
    for name, loss in (
        ("events.out.tfevents.1", [8, 4]),
        ("events.out.tfevents.2", [2, 1]),
    ):
        write_events(f"train/{name}", {"epoch_loss": loss})
    found = read_curves(tmp_path)
    assert found.table["loss"].tolist() == [8, 4, 2, 1]
    assert found.notes[0].startswith("The epochs begin again once")


def test_several_trainings_are_one_line(write_events, tmp_path):
    for run in "abcd":
        write_events(f"run-{run}/train/{FILE}", {"epoch_loss": [1]})
    with pytest.raises(InputError) as refused:
        read_history(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path}: This folder holds event files of 4 trainings (run-a, run-b, "
        f"run-c, …). Give the folder of one of them."
    )


def test_an_empty_file_beside_others_is_passed_over(write_events, tmp_path):
    write_events(FILE, {"loss": [1]})
    (tmp_path / "events.out.tfevents.2").touch()
    assert read_history(tmp_path)["loss"].tolist() == [1]


def test_a_loss_that_ends_as_nan_is_infinite(write_events):
    found = read_curves(write_events(FILE, {"loss": [1, math.nan]}))
    assert found.table["loss"].tolist() == [1, math.inf]
    assert found.notes == ("loss ends as NaN, which is written as infinite.",)


def cut(content):
    return content[:-5]


def flipped(content):
    return content[:-8] + bytes([content[-8] ^ 1]) + content[-7:]


def huge(content):
    length = struct.pack("<Q", 2**62)
    crc = google_crc32c.value(length)
    masked = ((crc >> 15 | crc << 17) & 0xFFFFFFFF) + 0xA282EAD8 & 0xFFFFFFFF
    return content + length + struct.pack("<I", masked)


def bad_length(content):
    return content + struct.pack("<QI", 2**62, 7)


def test_what_is_cut_short_is_read_up_to_there(write_events):
    path = write_events(FILE, {"loss": [3, 2, 1]})
    for damage in (cut, huge, lambda content: content + b"abc"):
        whole = path.read_bytes()
        path.write_bytes(damage(whole))
        found = read_curves(path)
        assert found.table["loss"].tolist()[:2] == [3, 2]
        assert len(found.table) == (2 if damage is cut else 3)
        (note,) = found.notes
        assert note.endswith(f"of {path} is cut short, so it is left out.")
        path.write_bytes(whole)


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (
            flipped,
            "This is damaged: the checksum of its record 2 is wrong. Copy it again",
        ),
        (bad_length, "This is damaged: the checksum of its record 3 is wrong. Copy it"),
        (lambda content: content[:70], "This is cut short in its record 2. Wait until"),
        (lambda _: b"", "This is empty. Wait until it is complete"),
        (
            lambda _: b"loss\n1\n",
            "This is not an event file of TensorBoard. Give a file",
        ),
        (
            lambda _: pickle.dumps({"loss": [1]}),
            "This is not an event file of TensorBoard.",
        ),
        (lambda _: bytes(100), "This is not an event file of TensorBoard."),
        (
            lambda _: write_records([b"\xff" * 9]),
            "This holds records, but not those of",
        ),
        (lambda _: write_records([b""]), "This holds records, but not those of"),
        (
            lambda _: write_records([version_event(1.0)]),
            "No training curves were found (tags: none). Expected: `loss`",
        ),
        (
            lambda _: write_records(
                [version_event(1.0), scalar_event("a\nb", 1, step=0, wall_time=1)]
            ),
            r"No training curves were found (tags: 'a\\nb'). Expected",
        ),
    ],
)
def test_refusals_are_one_line(write_events, damage, line):
    path = write_events(FILE, {"loss": [1]})
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError) as refused:
        read_history(path)
    assert str(refused.value).startswith(f"{path}: {line}")
    assert "\n" not in str(refused.value)


def test_a_link_out_of_the_folder_is_refused(write_events, tmp_path):
    outside = write_events(FILE, {"loss": [1]})
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / FILE).symlink_to(outside)
    with pytest.raises(InputError, match="is a link that leaves the folder"):
        read_history(logs)
    (logs / FILE).unlink()
    (logs / "elsewhere").symlink_to(tmp_path)
    with pytest.raises(InputError, match="This folder holds no training curves"):
        read_history(logs)


def test_a_folder_of_images_is_no_history(tmp_path, monkeypatch):
    monkeypatch.setattr("hirise.history.source.MOST_FILES", 3)
    for number in range(4):
        (tmp_path / f"{number}.jpg").touch()
    assert not is_history(tmp_path)
    (tmp_path / FILE).touch()
    assert not is_history(tmp_path)


def test_hidden_files_are_passed_over(write_events, tmp_path):
    write_events(f"train/{FILE}", {"loss": [1]})
    (tmp_path / "train" / f"._{FILE}").write_bytes(b"of a Mac")
    write_events(f".tmp-1/{FILE}", {"loss": [2]})
    assert read_history(tmp_path)["loss"].tolist() == [1]


def test_a_record_too_large_to_keep_is_checked_and_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr("hirise.history.event_files.MOST_RECORD", 100)
    monkeypatch.setattr("hirise.history.event_files._CHUNK", 7)
    path = tmp_path / FILE
    point = scalar_event("loss", 1, step=0, wall_time=1)
    content = write_records([version_event(1.0), b"graph" * 100, point])
    path.write_bytes(content)
    assert [one.value for one in read_scalars(path)] == [1]
    path.write_bytes(content.replace(b"graphgraph", b"graphGraph", 1))
    with pytest.raises(InputError, match="checksum of its record 2"):
        list(read_scalars(path))


def test_a_file_is_known_by_its_content(write_events, tmp_path):
    path = write_events("upload.0", {"loss": [1]})
    assert is_history(path)
    assert not is_history(tmp_path / "nothing")


def test_other_tensors_than_one_number_are_left_aside(tmp_path):
    from hirise.history.event_files import Event

    event = Event(step=0)
    for tag, dtype, content in (
        ("loss", 1, bytes(8)),  # two numbers
        ("accuracy", 7, bytes(4)),  # text
        ("val_loss", 2, struct.pack("<d", 0.1)),
        ("val_accuracy", 9, struct.pack("<q", 1)),
    ):
        value = event.summary.value.add(tag=tag)
        value.tensor.dtype = dtype
        value.tensor.tensor_content = content
    half = event.summary.value.add(tag="macro_f1")
    half.tensor.dtype = 19
    half.tensor.half_val.append(0x3800)  # a half
    path = tmp_path / FILE
    path.write_bytes(write_records([version_event(1.0), event.SerializeToString()]))
    assert read_history(path).to_dict("list") == {
        "epoch": [1],
        "val_loss": [0.1],
        "val_accuracy": [1],
        "macro_f1": [0.5],
    }


def logged(tag, values, steps):
    return [
        scalar_event(tag, value, step=step, wall_time=1.0)
        for value, step in zip(values, steps, strict=True)
    ]


def test_steps_of_batches_belong_to_the_epoch_that_was_logged(write_events):
    # Lightning: every 50 steps, 75 steps an epoch, and validation at its end.
    points = [
        *logged("train_loss", [8.0, 4.0, 2.0], [49, 99, 149]),
        *logged("val_loss", [5.0, 3.0], [74, 149]),
        *logged("epoch", [0.0, 0.0, 1.0, 1.0], [49, 74, 99, 149]),
    ]
    path = write_events(FILE, {})
    path.write_bytes(write_records([version_event(0.0), *points]))
    found = read_curves(path)
    assert found.table.to_dict("list") == {
        "epoch": [1, 2],
        "loss": [8, 3],
        "val_loss": [5, 3],
    }


def test_a_healthy_training_logged_per_step_has_not_diverged(write_events):
    points = [
        *logged("Loss/train", [8.0, 4.0, 2.0, 1.0, 0.5], [49, 99, 149, 199, 249]),
        *logged("Loss/val", [5.0, 3.0], [120, 240]),
    ]
    path = write_events(FILE, {})
    path.write_bytes(write_records([version_event(0.0), *points]))
    found = read_curves(path)
    assert found.table["loss"].tolist() == [6, 1.5]  # up to each evaluation
    assert diagnose(path).findings == ()


def test_what_diverged_after_the_last_evaluation_is_seen(write_events):
    losses = [8.0, 4.0, 2.0, 1.0, math.nan]
    points = [
        *logged("Loss/train", losses, [49, 99, 149, 199, 249]),
        *logged("Loss/val", [5.0, 3.0], [120, 240]),
    ]
    path = write_events(FILE, {})
    path.write_bytes(write_records([version_event(0.0), *points]))
    assert read_curves(path).table["loss"].tolist() == [6, 1.5, math.inf]
    assert [f.code for f in diagnose(path).findings] == ["HR405"]
