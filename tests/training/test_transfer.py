"""Training on a backbone: its head alone, or all of it after that."""

import numpy as np
import pytest
from later import Later

from hirise.errors import InputError
from hirise.predictions import read_predictions
from hirise.recipes import recipe_named, with_settings
from hirise.runs.epochs import stored_epochs
from hirise.training.session import train

keras = Later("keras")
load_model = Later("hirise.models.formats.keras", "load_model")
networks = Later("hirise.training.networks")
predict_earlier = Later("hirise.training.other_weights", "predict_earlier")

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    keras.utils.set_random_seed(3)
    images = keras.Input((None, None, 3))
    x = keras.layers.Rescaling(1 / 255)(images)
    x = keras.layers.Conv2D(6, 3, strides=2)(x)
    x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
    path = tmp_path_factory.mktemp("backbone") / "tiny.keras"
    keras.Model(images, x).save(path)
    return str(path)


@pytest.fixture(scope="module")
def settings(backbone):
    return {
        "network": "backbone",
        "backbone": backbone,
        "epochs": "3",
        "batch_norm": "no",
        "augment": "none",
    }


@pytest.fixture(scope="module")
def probed(settings, make_small_plan, shared_cache, tmp_path_factory):
    plan = make_small_plan(**settings, trainable="head", dense="", dropout="0")
    return train(plan, artifacts=tmp_path_factory.mktemp("artifacts"))


def kernel(path):
    """The first weights of the backbone in a model file."""
    return keras.models.load_model(path, compile=False).get_weights()[0]


def norms(path):
    """All weights of batch normalisation within the backbone."""
    model = keras.models.load_model(path, compile=False)
    kind = keras.layers.BatchNormalization
    layers = [one for one in model._flatten_layers() if isinstance(one, kind)]
    return next(one for one in layers if one.name != networks.NORMALISED).get_weights()


def test_the_head_alone_learns_and_the_whole_network_is_kept(probed, backbone):
    assert (kernel(probed.folder / "model.keras") == kernel(backbone)).all()
    assert len(probed.history()) == 3
    found = read_predictions(probed.predictions_path("val"))
    model = load_model(probed.folder / "model.keras")
    assert model.n_outputs == len(probed.info.class_names)
    assert (model.taken.size, model.taken.channels) == (
        probed.info.recipe["image_size"],
        1,
    )
    assert found.proba.sum(axis=1) == pytest.approx(1)


def test_what_was_recorded_is_what_the_whole_network_says(probed, tmp_path):
    epochs = stored_epochs(probed)
    for epoch in epochs:
        run = predict_earlier(probed, epoch, artifacts=tmp_path / "artifacts")
        found = read_predictions(run.predictions_path("val"))
        then = probed.history().set_index("epoch").loc[epoch]
        chance = found.proba[np.arange(len(found)), found.y_true]
        assert -np.log(chance).mean() == pytest.approx(then["val_loss"], rel=1e-4)
    assert epochs


@pytest.mark.slow
def test_fine_tuning_moves_the_backbone(settings, backbone, make_small_plan, tmp_path):
    plan = make_small_plan(**settings, trainable="all", dense="")
    run = train(plan, artifacts=tmp_path / "artifacts")
    assert run.info.status == "finished"
    assert not (kernel(run.folder / "model.keras") == kernel(backbone)).all()
    before, after = norms(backbone), norms(run.folder / "model.keras")
    assert len(before) == 4
    assert all((a == b).all() for a, b in zip(after, before, strict=True))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"network": "backbone"}, "'backbone' is empty"),
        ({"backbone": "x.keras"}, "belong to the network backbone"),
        ({"trainable": "head"}, "belong to the network backbone"),
    ],
)
def test_settings_that_make_no_transfer(changes, reason):
    with pytest.raises(InputError, match=reason):
        with_settings(recipe_named("blog"), changes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"augment": "symmetries"}, "needs trainable=all"),
        ({"batch_norm": "true"}, "which has its own"),
    ],
)
def test_settings_that_do_not_go_with_a_frozen_backbone(changes, reason):
    with pytest.raises(InputError, match=reason):
        with_settings(recipe_named("probe"), changes)
