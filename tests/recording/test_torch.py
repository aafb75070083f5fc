"""A loop of plain PyTorch, Lightning and Transformers, each with a line or two."""

import json

import numpy as np
import pytest
from PIL import Image

import hirise
from hirise.actions import preconditions
from hirise.actions.saliency import refuse_job
from hirise.diagnosis import diagnose, gather
from hirise.predictions import read_predictions

torch = pytest.importorskip("torch")

NAMES = ["red", "green", "blue"]
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning:lightning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


def coloured(n, seed):
    """Noise in which one colour of three is brighter, and tells the class."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    images = rng.normal(0.3, 0.1, (n, 3, 16, 16)).astype("float32")
    images[np.arange(n), labels] += 0.3
    return torch.from_numpy(images.clip(0, 1)), torch.from_numpy(labels)


def loaders():
    train, val = (
        torch.utils.data.TensorDataset(*coloured(n, seed))
        for n, seed in ((240, 0), (90, 1))
    )
    loader = torch.utils.data.DataLoader
    return loader(train, batch_size=24, shuffle=True), loader(val, batch_size=32)


def network(*, last=None):
    torch.manual_seed(0)
    layers = [
        torch.nn.Conv2d(3, 8, 3),
        torch.nn.BatchNorm2d(8),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(32, 3),
    ]
    return torch.nn.Sequential(*layers, *([] if last is None else [last]))


def train_with(recorder, model, *, epochs=2, loss_function=None):
    train, val = loaders()
    loss_function = loss_function or torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, weight_decay=0.01)
    with recorder:
        recorder.watch(model)
        for _ in range(epochs):
            total = 0.0
            for images, labels in train:
                optimizer.zero_grad()
                loss = loss_function(model(images), labels)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(labels)
            recorder.log_epoch(train=train, val=val, loss=total / 240)
        recorder.finish(model=model)
    return recorder.run


def applied(run):
    diagnosis = diagnose(gather(run))
    return len(diagnosis.passed) + len({f.code for f in diagnosis.findings})


def test_a_plain_loop_of_six_more_lines_lets_26_checks_apply(tmp_path):
    model = network()
    recorder = hirise.Recorder("loop", class_names=NAMES, artifacts=tmp_path)
    run = train_with(recorder, model)
    assert applied(run) >= 26
    _, val = loaders()
    model.eval()
    with torch.no_grad():
        proba = torch.softmax(model(val.dataset.tensors[0]), dim=1).numpy()
    predictions = read_predictions(run.predictions_path("val"))
    np.testing.assert_allclose(predictions.proba, proba, rtol=1e-4, atol=1e-6)
    assert predictions.y_true.tolist() == val.dataset.tensors[1].tolist()
    history = run.history()
    truth = predictions.y_true
    last = -np.log(proba[np.arange(90), truth]).mean()
    assert history["val_inference_loss"].iloc[-1] == pytest.approx(last, rel=1e-4)
    assert history["loss"].iloc[0] != history["inference_loss"].iloc[0]
    squares = sum(float((p.detach() ** 2).sum()) for p in model.parameters())
    assert history["regularisation_loss"].iloc[-1] == pytest.approx(
        0.005 * squares, rel=1e-3
    )


def test_settings_are_found_without_being_told(tmp_path):
    recorder = hirise.Recorder("loop", class_names=NAMES, artifacts=tmp_path)
    recipe = train_with(recorder, network(), epochs=1).info.recipe
    known = {
        "optimizer": "SGD",
        "learning_rate": 0.05,
        "weight_decay": 0.01,
        "loss": "cross_entropy",
        "from_logits": True,
        "last_activation": "linear",
        "label_encoding": "ids",
        "batch_size": 24,
        "batch_normalisation": 1,
        "trainable": 1.0,
        "dropout": 0.0,
    }
    assert known.items() <= recipe.items()
    assert recipe["initial_loss"] == pytest.approx(np.log(3), abs=0.3)
    # The functions of PyTorch are its own again.
    assert torch.nn.functional.cross_entropy.__module__ == "torch.nn.functional"
    assert not hasattr(torch.nn.functional.cross_entropy, "__wrapped__")


def test_layers_have_gradients_updates_and_dead_units(tmp_path):
    model = network()
    with torch.no_grad():
        model[1].bias[:4] = -100.0  # four of eight channels never pass the ReLU
    recorder = hirise.Recorder("loop", class_names=NAMES, artifacts=tmp_path)
    run = train_with(recorder, model, epochs=1)
    stats = run.layer_stats().set_index("layer")
    assert (stats.loc["0", ["gradient_min", "update_median"]] > 0).all()
    low, middle, high = stats.loc["5", ["update_min", "update_median", "update_max"]]
    assert low <= middle <= high
    assert stats.loc["2", "dead_share"] == 0.5
    document = json.loads((run.folder / "activations.json").read_text())
    assert document["layers"][0]["dead"] == 4
    images = loaders()[1].dataset.tensors[0].numpy()
    assert document["inputs"]["val"]["mean"] == pytest.approx(images.mean(), rel=1e-4)
    assert document["inputs"]["train"]["std"] == pytest.approx(images.std(), rel=0.05)
    assert document["input"]["normalised"]
    steps = np.abs(np.diff(images, axis=3))
    assert document["inputs"]["val"]["detail"] == pytest.approx(steps.mean(), rel=1e-4)
    assert document["inputs"]["val"]["constant_images"] == 0
    means = images.mean(axis=(0, 2, 3))
    assert document["inputs"]["val"]["channel_means"] == pytest.approx(means, rel=1e-4)
    norm = float(model[5].weight.detach().norm())
    assert stats.loc["5", "weight_norm"] == pytest.approx(norm, rel=1e-5)


def test_weights_of_classes_frozen_layers_and_dropout_are_known(tmp_path):
    model = torch.nn.Sequential(*network(), torch.nn.Dropout(0.25))
    model[0].requires_grad_(False)
    loss = torch.nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 4.0]))
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad])
    recorder = hirise.Recorder("loop", class_names=NAMES, artifacts=tmp_path)
    train, val = loaders()
    with recorder:
        recorder.watch(model)
        for x, y in train:
            optimizer.zero_grad()
            loss(model(x), y).backward()
            optimizer.step()
        recorder.log_epoch(val=val)
    recipe = recorder.run.info.recipe
    assert (recipe["class_weights"], recipe["dropout"]) == ([1.0, 2.0, 4.0], 0.25)
    learned = sum(p.numel() for p in model.parameters() if p.requires_grad)
    total = sum(p.numel() for p in model.parameters())
    assert recipe["trainable"] == pytest.approx(learned / total)


def test_a_softmax_before_the_loss_is_seen(tmp_path):
    class Functional(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = network()

        def forward(self, x):
            return torch.nn.functional.softmax(self.inner(x), dim=1)

    recorder = hirise.Recorder("loop", class_names=NAMES, artifacts=tmp_path)
    run = train_with(recorder, Functional(), epochs=1)
    assert run.info.recipe["last_activation"] == "softmax"
    found = [f for f in diagnose(gather(run)).findings if f.code == "HR504"]
    assert "softmax is applied twice" in str(found[0])


def test_watching_changes_no_number(tmp_path):
    watched, alone = network(), network()
    recorder = hirise.Recorder("loop", class_names=NAMES, artifacts=tmp_path)
    torch.manual_seed(5)
    train_with(recorder, watched)

    class Nothing:
        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

        run = property(lambda self: None)

        def __getattr__(self, name):
            return lambda *a, **o: None

    torch.manual_seed(5)
    train_with(Nothing(), alone)
    for one, other in zip(
        watched.state_dict().values(), alone.state_dict().values(), strict=True
    ):
        assert torch.equal(one, other)


def test_shuffled_loaders_keep_the_place_of_each_image(tmp_path):
    recorder = hirise.Recorder("loop", class_names=NAMES, artifacts=tmp_path)
    run = train_with(recorder, network(), epochs=1)
    seen = run.labels_seen()
    train, _ = loaders()
    of_train = seen[seen["split"] == "train"]
    assert of_train["label"].tolist() == train.dataset.tensors[1].tolist()
    assert of_train["image"].iloc[7] == "train/000007.png"
    assert (run.dataset_path / "val" / "000003.png").is_file()
    assert run.info.dataset["channels"] == 3


def test_one_line_in_lightning(tmp_path):
    lightning = pytest.importorskip("lightning")
    from hirise.recording.lightning import RunRecorder

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.network = network()

        def forward(self, x):
            return self.network(x)

        def training_step(self, batch, number):
            loss = torch.nn.functional.cross_entropy(self(batch[0]), batch[1])
            self.log("train_loss", loss, on_step=True, on_epoch=True)
            return loss

        def validation_step(self, batch, number):
            outputs = self(batch[0])
            self.log("val_loss", torch.nn.functional.cross_entropy(outputs, batch[1]))

        def configure_optimizers(self):
            return torch.optim.AdamW(self.parameters(), 1e-2)

    recorder = RunRecorder("lit", class_names=NAMES, artifacts=tmp_path)
    trainer = lightning.Trainer(
        max_epochs=2,
        callbacks=[recorder],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
    )
    trainer.fit(Module(), *loaders())
    run = recorder.run
    history = run.history()
    assert run.info.status == "finished"
    np.testing.assert_allclose(
        history["val_loss"], history["val_inference_loss"], rtol=1e-4
    )
    assert (history["loss"] != history["inference_loss"]).all()
    assert run.info.recipe["loss"] == "cross_entropy"
    assert applied(run) >= 26


def test_one_line_in_transformers(tmp_path):
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate")
    from hirise.recording.transformers import RunRecorder

    class Pairs(torch.utils.data.Dataset):
        def __init__(self, dataset):
            self.dataset = dataset

        def __len__(self):
            return len(self.dataset)

        def __getitem__(self, number):
            image, label = self.dataset[number]
            return {"pixel_values": image, "labels": label}

    config = transformers.ViTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=16,
        patch_size=8,
        id2label=dict(enumerate(NAMES)),
        label2id={name: number for number, name in enumerate(NAMES)},
    )
    model = transformers.ViTForImageClassification(config)
    train, val = (Pairs(loader.dataset) for loader in loaders())
    recorder = RunRecorder("hf", artifacts=tmp_path / "runs", on_collapse="ignore")
    arguments = transformers.TrainingArguments(
        str(tmp_path / "out"),
        num_train_epochs=2,
        learning_rate=2e-2,
        per_device_train_batch_size=24,
        eval_strategy="epoch",
        logging_strategy="epoch",
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = transformers.Trainer(
        model, arguments, train_dataset=train, eval_dataset=val, callbacks=[recorder]
    )
    trainer.train()
    run = recorder.run
    history = run.history()
    assert run.info.class_names == tuple(NAMES)
    assert len(history) == 2
    np.testing.assert_allclose(
        history["val_loss"], history["val_inference_loss"], rtol=1e-3
    )
    assert run.info.recipe["initial_loss"] == pytest.approx(np.log(3), abs=0.3)
    assert applied(run) >= 26


def write_images(folder, images, labels):
    """Images of PyTorch as files, in a folder per class."""
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        place = folder / NAMES[int(label)]
        place.mkdir(parents=True, exist_ok=True)
        pixels = (image.numpy().transpose(1, 2, 0) * 255).round().astype("uint8")
        Image.fromarray(pixels).save(place / f"{number:03d}.png")


def test_the_network_is_kept_and_predicts_other_images(tmp_path):
    model = network()
    recorder = hirise.Recorder("loop", class_names=NAMES, artifacts=tmp_path / "runs")
    run = train_with(recorder, model)
    assert run.model_path == run.folder / "model.pt2"
    assert run.info.notes == ()
    images, labels = coloured(30, seed=2)
    write_images(tmp_path / "images", images, labels)
    predicted = hirise.predict(
        model=run.folder,
        data=tmp_path / "images",
        scale="0-1",
        resize="stretch",
        artifacts=tmp_path / "runs",
    )
    (split,) = predicted.splits()
    predictions = read_predictions(predicted.predictions_path(split))
    numbers = [int(name.split("/")[-1][:3]) for name in predictions.image]
    rounded = (images * 255).round() / 255
    model.eval()
    with torch.no_grad():
        proba = torch.softmax(model(rounded), dim=1).numpy()[numbers]
    columns = [list(predictions.class_names).index(name) for name in NAMES]
    np.testing.assert_allclose(predictions.proba[:, columns], proba, atol=1e-4)


def test_saliency_explains_the_network_that_is_kept(tmp_path):
    recorder = hirise.Recorder("loop", class_names=NAMES, artifacts=tmp_path)
    run = train_with(recorder, network())
    result = hirise.saliency(run, image=("val/000003.png",), artifacts=tmp_path)
    assert sum(result.methods.values()) == 1


def test_saliency_asks_for_pytorch_where_it_is_not_installed(tmp_path, monkeypatch):
    recorder = hirise.Recorder("loop", class_names=NAMES, artifacts=tmp_path)
    run = train_with(recorder, network(), epochs=1)
    predictions = read_predictions(run.predictions_path("val"))
    assert refuse_job(tmp_path, run, predictions) is None
    monkeypatch.setattr(preconditions, "find_spec", lambda name: None)
    refusal = refuse_job(tmp_path, run, predictions)
    assert "needs PyTorch, which is not installed here" in refusal.what
    assert refusal.how.endswith("pip install torch")


def test_a_note_says_why_a_network_is_not_kept(tmp_path):
    class Branching(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = network()

        def forward(self, x):
            # What is computed depends on the numbers, which no export can follow.
            return self.inner(x) if float(x.mean()) > 0 else self.inner(-x)

    recorder = hirise.Recorder("loop", class_names=NAMES, artifacts=tmp_path)
    run = train_with(recorder, Branching(), epochs=1)
    assert run.info.status == "finished"
    assert run.model_path is None
    (note,) = run.info.notes
    assert note.startswith("The model is not kept. `torch.export` cannot export it")


def test_the_wiring_of_a_network_is_read_before_its_first_step():
    from hirise.recording.torch_wiring import wiring_of

    nn = torch.nn
    parts = [nn.Conv2d(1, 4, 3), nn.MaxPool2d(2), nn.Conv2d(4, 4, 3), nn.ReLU()]
    model = nn.Sequential(*parts, nn.Flatten(), nn.Linear(16, 3))
    assert wiring_of(model) == {"linear_layers": ["0"], "equal_weights": []}
    nn.init.constant_(model[2].weight, 0.1)
    nn.init.zeros_(model[5].weight)
    assert wiring_of(model)["equal_weights"] == ["2"]
    # Weights that have no values yet are not looked at.
    empty = nn.Sequential(nn.LazyLinear(4), nn.Linear(4, 4, device="meta"), *model)
    assert wiring_of(empty)["equal_weights"] == ["4"]
