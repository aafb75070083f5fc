import numpy as np
import pytest
from later import Later

from hirise.recipes import recipe_named, with_settings

build_model = Later("hirise.training.networks", "build_model")
compile_model = Later("hirise.training.networks", "compile_model")
start_from = Later("hirise.training.networks", "start_from")

pytestmark = pytest.mark.tensorflow


def small(name, **settings):
    return with_settings(recipe_named(name), {"image_size": "32", **settings})


def test_blog_has_the_blogs_layers():
    model = build_model(small("blog"), 8)
    kinds = [type(layer).__name__ for layer in model.layers[1:]]
    stage = ["Conv2D", "ReLU", "MaxPooling2D"]
    assert kinds == ["Rescaling", *stage * 3, "Dropout", "Flatten", "Dense", "Dense"]
    # 3·3·1·16+16, 3·3·16·32+32, 3·3·32·64+64, 4·4·64·128+128, 128·8+8
    assert model.count_params() == 160 + 4640 + 18496 + 131200 + 1032


def test_blog_final_at_its_own_size():
    model = build_model(recipe_named("blog-final"), 8)
    dense = 28 * 28 * 64 * 256 + 256 + 2 * (256 * 256 + 256) + 256 * 8 + 8
    assert model.count_params() == 160 + 4640 + 18496 + dense


def test_strided_halves_the_image_in_each_stage():
    model = build_model(small("small-cnn", filters="4,6,8", depth="2"), 3)
    shapes = [
        layer.output.shape[1:]
        for layer in model.layers
        if type(layer).__name__ == "Conv2D"
    ]
    assert shapes == [(16, 16, 4), (8, 8, 6), (4, 4, 8), (4, 4, 8)]
    assert model.output_shape == (None, 3)


def test_cosine_rises_for_an_epoch_and_falls_to_zero():
    recipe = small("small-cnn", epochs="11", learning_rate="0.01")
    model = build_model(recipe, 2)
    compile_model(model, recipe, batches=10)
    rate = model.optimizer._learning_rate
    assert [float(rate(step)) for step in (0, 5, 10)] == pytest.approx([0, 0.005, 0.01])
    assert float(rate(60)) == pytest.approx(0.005)
    assert float(rate(110)) == pytest.approx(0)


def test_a_single_epoch_has_no_rise():
    recipe = small("small-cnn", epochs="1", learning_rate="0.01")
    model = build_model(recipe, 2)
    compile_model(model, recipe, batches=1)
    assert float(model.optimizer._learning_rate(0)) == pytest.approx(0.01)


def test_weight_decay_chooses_adamw():
    for decay, kind in (("0.1", "AdamW"), ("0", "Adam")):
        recipe = small("blog", weight_decay=decay)
        model = build_model(recipe, 2)
        compile_model(model, recipe, batches=1)
        assert type(model.optimizer).__name__ == kind


def test_warmup_rises_for_an_epoch_and_stays():
    recipe = small("blog", epochs="5", learning_rate="0.01", schedule="warmup")
    model = build_model(recipe, 2)
    compile_model(model, recipe, batches=10)
    rate = model.optimizer._learning_rate
    found = [float(rate(step)) for step in (0, 5, 10, 11, 30, 50)]
    assert found == pytest.approx([0, 0.005, 0.01, 0.01, 0.01, 0.01])


def test_a_bias_of_log_frequencies_predicts_the_frequencies_at_first():
    recipe = small("blog")
    model = build_model(recipe, 3)
    shares = np.array([0.8, 0.15, 0.05])
    start_from(model, np.log(shares))
    # A black image gives the last layer nothing but its bias.
    logits = model(np.zeros((1, 32, 32, 1), np.float32)).numpy()[0]
    np.testing.assert_allclose(np.exp(logits) / np.exp(logits).sum(), shares, rtol=1e-6)
