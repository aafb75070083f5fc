import numpy as np
import pandas as pd
import pytest
from later import Later

from hirise.recipes import recipe_named, with_settings

keras = Later("keras")
losses = Later("hirise.training.losses")

pytestmark = pytest.mark.tensorflow


LOGITS = np.array([[2.0, 0, -1], [0, 0, 0], [1, -3, 4]], dtype=np.float32)
TRUTH = np.array([0, 1, 0])
HOT = np.eye(3, dtype=np.float32)[TRUTH]
WEIGHTS = np.array([0.5, 2.0, 3.0])


def softmax(logits):
    raised = np.exp(logits)
    return raised / raised.sum(axis=1, keepdims=True)


def of_truth(proba):
    return proba[np.arange(3), TRUTH]


def test_weights_multiply_the_cross_entropy_of_each_image():
    by_hand = -np.log(of_truth(softmax(LOGITS))) * [0.5, 2, 0.5]
    found = losses.WeightedCrossentropy(WEIGHTS)(HOT, LOGITS)
    assert float(found) == pytest.approx(by_hand.mean(), rel=1e-6)


def test_equal_weights_are_keras_own_loss():
    ours = losses.WeightedCrossentropy(np.ones(3), label_smoothing=0.1)(HOT, LOGITS)
    keras_own = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=0.1
    )
    assert float(ours) == pytest.approx(float(keras_own(HOT, LOGITS)), rel=1e-6)


def test_focal_loss_is_the_papers_formula():
    # Lin et al.: FL = -α (1 - p)² ln p; the second image has p = 1/3.
    p = of_truth(softmax(LOGITS))
    by_hand = -np.array([0.5, 2, 0.5]) * (1 - p) ** 2 * np.log(p)
    assert by_hand[1] == pytest.approx(2 * (2 / 3) ** 2 * np.log(3))
    found = losses.FocalCrossentropy(WEIGHTS)(HOT, LOGITS)
    assert float(found) == pytest.approx(by_hand.mean(), rel=1e-6)


def test_focal_loss_keeps_a_gradient_where_the_network_is_confidently_incorrect():
    import tensorflow as tf

    logits = tf.Variable([[40.0, 0.0, 0.0]])
    with tf.GradientTape() as tape:
        loss = losses.FocalCrossentropy(np.ones(3))(
            np.array([[0, 1, 0]], "float32"), logits
        )
    gradient = tape.gradient(loss, logits).numpy()[0]
    np.testing.assert_allclose(gradient, [1, -1, 0], atol=1e-5)


def test_logit_adjusted_loss_adds_the_log_frequencies():
    offsets = np.log([0.8, 0.15, 0.05])
    by_hand = -np.log(of_truth(softmax(LOGITS + offsets))).mean()
    found = losses.LogitAdjustedCrossentropy(offsets)(HOT, LOGITS)
    assert float(found) == pytest.approx(by_hand, rel=1e-6)


def seen(*labels):
    names = [f"{n}.jpg" for n in range(len(labels))]
    landmarks = [f"L{n // 2}" for n in range(len(labels))]
    return pd.DataFrame({"image": names, "landmark": landmarks, "label": labels})


def of(**settings):
    recipe = with_settings(recipe_named("blog"), settings)
    return losses.loss_of_recipe(recipe, seen(0, 0, 0, 0, 0, 0, 1, 1), 3)


def test_the_recipe_chooses():
    assert of() is None
    weighted = of(class_weights="inverse")
    assert type(weighted) is losses.WeightedCrossentropy
    # 3 and 1 landmarks of 2 images each: 1/3 and 1, mean (6/3 + 2) / 8 = 1/2
    assert weighted.weights == pytest.approx([2 / 3, 2, 1])
    focal = of(loss="focal", label_smoothing="0.1")
    assert (type(focal), focal.weights) == (losses.FocalCrossentropy, [1, 1, 1])
    assert focal.label_smoothing == 0.1
    assert of(loss="focal", class_weights="inverse").weights == weighted.weights
    adjusted = of(loss="logit-adjusted")
    shares = np.array([6, 2, 0.5]) / 8.5
    assert adjusted.offsets[:2] == pytest.approx(list(np.log(shares[:2])))
    assert adjusted.offsets[2] == 0
    assert adjusted.get_config()["from_logits"] is True
