"""What is refused before anything is loaded."""

import pickle
import zipfile

import pytest

from hirise.errors import InputError
from hirise.models.inspection import inspect_model, is_model


class Bomb:
    """Its pickle makes a file when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("name", ["m.pkl", "m.pt", "m.bin", "m.joblib", "m.keras"])
def test_pickles_are_refused_with_the_way_out(tmp_path, name):
    made = tmp_path / "made"
    path = tmp_path / name
    path.write_bytes(pickle.dumps(Bomb(made)))
    with pytest.raises(InputError, match=r"pickle.*import the predictions") as caught:
        inspect_model(path)
    assert "\n" not in str(caught.value)
    assert not made.exists()
    assert is_model(path)


def test_what_torch_saves_is_a_pickle_under_any_name(tmp_path):
    path = tmp_path / "m.onnx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    with pytest.raises(InputError, match="is a pickle, or could be one"):
        inspect_model(path)


def test_a_pickle_within_a_keras_file(tmp_path):
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("assets/x.pkl", pickle.dumps(Bomb(tmp_path / "made")))
    with pytest.raises(InputError, match=r"holds assets/x\.pkl, perhaps a pickle"):
        inspect_model(path)


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("m.safetensors", b"x" * 20, "only weights, not the network"),
        ("m.tflite", b"\x1c\x00\x00\x00NOPE1234", "is not a LiteRT file"),
        ("m.onnx", b"no protobuf", "is not an ONNX file"),
        ("m.txt", b"x", r"\.keras, \.h5, \.hdf5, \.tflite, \.onnx"),
    ],
)
def test_what_is_no_model(tmp_path, name, content, line):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=line):
        inspect_model(tmp_path / name)


def test_no_such_file(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        inspect_model(tmp_path / "m.onnx")
