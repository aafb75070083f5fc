"""Experiments that a run does not allow, as a few lines of the user's framework."""

from __future__ import annotations

from hirise.diagnosis.causes.decisions import Probabilities
from hirise.diagnosis.causes.experiments import EXPERIMENTS
from hirise.experiments.materials import Materials
from hirise.experiments.planner import LEAST, expected_bits

MOST = 3
"""Experiments that are printed: the most informative ones."""

KERAS: dict[str, str] = {
    "memorise": (
        "few = slice(0, 50)\n"
        "model = build_model()  # fresh weights, your own optimizer and loss\n"
        "model.fit(x_train[few], y_train[few], batch_size=25, epochs=150, verbose=0)\n"
        "print(model.evaluate(x_train[few], y_train[few]))  # accuracy near 1?"
    ),
    "lower-rate": (
        "for rate in (r, r / 10, r / 100):  # r: your learning rate\n"
        "    model = build_model()\n"
        "    model.optimizer.learning_rate = rate\n"
        "    model.fit(x_train, y_train, epochs=2, verbose=0)\n"
        "    print(rate, model.evaluate(x_val, y_val, verbose=0))"
    ),
    "higher-rate": (
        "for rate in (r, 10 * r, 100 * r):  # r: your learning rate\n"
        "    model = build_model()\n"
        "    model.optimizer.learning_rate = rate\n"
        "    model.fit(x_train, y_train, epochs=2, verbose=0)\n"
        "    print(rate, model.evaluate(x_val, y_val, verbose=0))"
    ),
    "without-augmentation": (
        "model = build_model()\n"
        "model.fit(x_train, y_train, epochs=2)  # the images as they are\n"
        "print(model.evaluate(x_val, y_val))  # compare with augmented images"
    ),
    "without-dropout": (
        "for layer in model.layers:\n"
        "    if isinstance(layer, keras.layers.Dropout):\n"
        "        layer.rate = 0.0\n"
        "model.fit(x_train, y_train, epochs=2)\n"
        "print(model.evaluate(x_val, y_val))"
    ),
    "without-regularisation": (
        "model = build_model(weight_decay=0, kernel_regularizer=None)\n"
        "model.fit(x_train, y_train, epochs=2)\n"
        "print(model.evaluate(x_val, y_val))"
    ),
    "standardised-input": (
        "norm = keras.layers.Normalization(axis=-1)\n"
        "norm.adapt(x_train)\n"
        "model = keras.Sequential([norm, build_model()])  # compile as before\n"
        "model.fit(x_train, y_train, epochs=2, validation_data=(x_val, y_val))"
    ),
    "modes": (
        "import numpy as np\n"
        "x, y = x_train[:512], y_train[:512]\n"
        "weights = model.get_weights()\n"
        "for training in (True, False):\n"
        "    out = np.asarray(model(x, training=training))\n"
        "    print(training, (out.argmax(1) == y).mean())\n"
        "    model.set_weights(weights)  # training mode moved the averages"
    ),
    "resume": (
        "model.fit(x_train, y_train, epochs=n_epochs,  # as many as before\n"
        "          validation_data=(x_val, y_val))"
    ),
    "predict-again": (
        "import pandas as pd\n"
        "out = model.predict(x_val)  # an array, or a dataset with shuffle=False\n"
        "names = class_names\n"
        "pd.DataFrame({'image': files_val, 'y_true': [names[i] for i in y_val],\n"
        "              **{f'p:{n}': out[:, i] for i, n in enumerate(names)}}\n"
        ").to_csv('again.csv', index=False)  # then: hirise check again.csv"
    ),
    "training-images": (
        "print(model.evaluate(x_train, y_train))  # far better than x_val?\n"
        "print(model.evaluate(x_val, y_val))"
    ),
}
"""By experiment; `build_model`, `x_train` and so on stand for the user's own."""

TORCH: dict[str, str] = {
    "memorise": (
        "model, loss = build_model(), torch.nn.CrossEntropyLoss()\n"
        "optimizer = torch.optim.Adam(model.parameters(), lr=r)  # your own\n"
        "x, y = next(iter(DataLoader(train_set, batch_size=50, shuffle=True)))\n"
        "for step in range(300):\n"
        "    optimizer.zero_grad(); loss(model(x), y).backward(); optimizer.step()\n"
        "print((model(x).argmax(1) == y).float().mean())  # near 1?"
    ),
    "lower-rate": (
        "for rate in (r, r / 10, r / 100):  # r: your learning rate\n"
        "    model = build_model()\n"
        "    train(model, torch.optim.Adam(model.parameters(), lr=rate), epochs=2)\n"
        "    print(rate, accuracy(model.eval(), val_loader))"
    ),
    "higher-rate": (
        "for rate in (r, 10 * r, 100 * r):  # r: your learning rate\n"
        "    model = build_model()\n"
        "    train(model, torch.optim.Adam(model.parameters(), lr=rate), epochs=2)\n"
        "    print(rate, accuracy(model.eval(), val_loader))"
    ),
    "without-augmentation": (
        "train_set.transform = val_set.transform  # the images as they are\n"
        "train(model := build_model(), epochs=2)\n"
        "print(accuracy(model.eval(), val_loader))"
    ),
    "without-dropout": (
        "for module in model.modules():\n"
        "    if isinstance(module, torch.nn.Dropout):\n"
        "        module.p = 0.0\n"
        "train(model, epochs=2)\n"
        "print(accuracy(model.eval(), val_loader))"
    ),
    "without-regularisation": (
        "model = build_model()\n"
        "optimizer = torch.optim.Adam(model.parameters(), lr=r, weight_decay=0)\n"
        "train(model, optimizer, epochs=2)\n"
        "print(accuracy(model.eval(), val_loader))"
    ),
    "standardised-input": (
        "x = torch.stack([x for x, _ in train_set])\n"
        "mean, std = x.mean((0, 2, 3)), x.std((0, 2, 3))\n"
        "model = torch.nn.Sequential(\n"
        "    torchvision.transforms.Normalize(mean, std), build_model())\n"
        "train(model, epochs=2)"
    ),
    "modes": (
        "x, y = next(iter(DataLoader(train_set, batch_size=512, shuffle=True)))\n"
        "state = {k: v.clone() for k, v in model.state_dict().items()}\n"
        "with torch.no_grad():\n"
        "    for mode in (True, False):\n"
        "        out = model.train(mode)(x)\n"
        "        print(mode, (out.argmax(1) == y).float().mean())\n"
        "        model.load_state_dict(state)  # training mode moved the averages"
    ),
    "resume": (
        "train(model, optimizer, epochs=n_epochs)  # as many as before\n"
        "print(accuracy(model.eval(), val_loader))"
    ),
    "predict-again": (
        "import pandas as pd\n"
        "model.eval()\n"
        "loader = DataLoader(val_set, batch_size=64, shuffle=False)\n"
        "with torch.no_grad():\n"
        "    out = torch.cat([model(x).softmax(1) for x, _ in loader]).numpy()\n"
        "pd.DataFrame({'image': files, 'y_true': [names[y] for _, y in val_set],\n"
        "              **{f'p:{n}': out[:, i] for i, n in enumerate(names)}}\n"
        ").to_csv('again.csv', index=False)  # then: hirise check again.csv"
    ),
    "training-images": (
        "model.eval()\n"
        "print(accuracy(model, train_loader))  # far better than validation?\n"
        "print(accuracy(model, val_loader))"
    ),
}
"""The same in PyTorch."""


def experiments_by_hand(
    materials: Materials, probabilities: Probabilities
) -> tuple[tuple[str, str], ...]:
    """Title and code of what would tell most, where the run itself does not allow it.

    In PyTorch if the run was trained with it, in Keras if not.
    """
    code = TORCH if _is_torch(materials) else KERAS
    lacking = [
        experiment
        for experiment in EXPERIMENTS
        if experiment.key in code and materials.refusal(experiment)
    ]
    bits = {e.key: expected_bits(probabilities, e) for e in lacking}
    telling = [e for e in lacking if bits[e.key] >= LEAST]
    telling.sort(key=lambda experiment: -bits[experiment.key])
    return tuple((e.title, code[e.key]) for e in telling[:MOST])


def _is_torch(materials: Materials) -> bool:
    run = materials.run
    path = run.model_path
    return "torch" in run.info.versions or (path is not None and path.suffix == ".pt2")
