"""What Hugging Face, timm and Ultralytics write beside a model; and runs of our own."""

import json

import pytest

from hirise.models.pixel_scales import scale_named
from hirise.models.preprocessing import read_preprocessing


def beside(tmp_path, **files):
    for name, content in files.items():
        path = tmp_path / name.replace("__", ".")
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text)
    return read_preprocessing(tmp_path / "model.onnx")


VIT = {
    "do_resize": True,
    "size": {"height": 224, "width": 224},
    "resample": 2,
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
}


def test_a_vision_transformer_is_stretched_and_takes_minus_one_to_one(tmp_path):
    found = beside(tmp_path, preprocessor_config__json=VIT)
    assert (str(found.resizing), found.size) == ("stretch", 224)
    assert scale_named(found.scale) == scale_named("-1-1")


def test_a_shortest_edge_with_a_crop_size_is_a_crop(tmp_path):
    config = VIT | {
        "size": {"shortest_edge": 256},
        "do_center_crop": True,
        "crop_size": {"height": 224, "width": 224},
        "resample": 3,
    }
    found = beside(tmp_path, preprocessor_config__json=config)
    assert (str(found.resizing), found.resizing.interpolation) == (
        "crop:256",
        "bicubic",
    )
    assert found.size == 224


def test_a_crop_percentage_enlarges_the_shorter_side(tmp_path):
    config = VIT | {"size": {"shortest_edge": 224}, "crop_pct": 0.875}
    found = beside(tmp_path, preprocessor_config__json=config)
    assert str(found.resizing) == "crop:256"


def test_timm_says_crop_interpolation_mean_and_classes(tmp_path):
    config = {
        "label_names": ["cat", "dog"],
        "pretrained_cfg": {
            "input_size": [3, 288, 288],
            "interpolation": "bicubic",
            "crop_pct": 0.95,
            "crop_mode": "center",
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
        },
    }
    found = beside(tmp_path, config__json=config)
    assert str(found.resizing) == "crop:303"  # int(288 / .95)
    assert found.resizing.interpolation == "bicubic"
    assert found.class_names == ("cat", "dog")
    for own, usual in zip(
        scale_named(found.scale).factor, scale_named("imagenet").factor, strict=True
    ):
        assert own == pytest.approx(usual)


def test_ultralytics_says_the_size_one_folder_above(tmp_path):
    (tmp_path / "weights").mkdir()
    (tmp_path / "args.yaml").write_text("task: classify\nmode: train\nimgsz: 64\n")
    found = read_preprocessing(tmp_path / "weights" / "best.onnx")
    assert (str(found.resizing), found.size, found.scale) == ("crop", 64, "0-1")


def test_the_order_of_classes_is_read_by_id(tmp_path):
    names = {"1": "dog", "0": "cat"}
    found = beside(tmp_path, config__json={"id2label": names})
    assert found.class_names == ("cat", "dog")


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"config__json": "{"},
        {"config__json": {"architectures": ["X"]}},
        {"config__json": [1]},
        {"args__yaml": "task: detect\nimgsz: 640\n"},
        {"config__json": {"pretrained_cfg": "x"}},
    ],
)
def test_files_that_say_nothing_count_as_none(tmp_path, files):
    assert beside(tmp_path, **files) is None


def test_wild_values_are_left_out(tmp_path):
    config = VIT | {"image_std": [0, 1, 1], "size": {"height": -1, "width": -1}}
    found = beside(tmp_path, preprocessor_config__json=config)
    assert (found.scale, found.size) == (None, None)
