"""Plant faults in trainings of a recipe, and examine each: is the true cause confirmed?

    python tests/benchmarks/faults/examined.py OUT [--photos FILE] [--budget 5m]
    python tests/benchmarks/faults/examined.py OUT --tell

`small-cnn` is trained on small images of five families, most of them drawn by
`families.py`: with a setting, a file of labels or a file of predictions that is
wrong, or as it should be. `hirise.examine` then looks for the cause. One training is
made at a time, and what is in OUT is not made again. `--tell` prints the tables.

A training that scores as well as its family's sound one was not harmed; it is left
out, and counted.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd
from families import Family
from make import families
from PIL import Image

from hirise.actions.check import CheckRequest, check
from hirise.actions.examine import ExamineRequest, examine
from hirise.actions.train import TrainRequest, train
from hirise.errors import InputError
from hirise.metrics.metrics import classification_summary
from hirise.predictions import Predictions, read_predictions
from hirise.runs import Run, list_runs, read_run
from hirise.runs.writer import RunWriter

USED = ("shapes", "gratings", "hues", "craters", "clothing")
USUAL: dict[str, Any] = {
    "image_size": 24,
    "filters": "16,32,64",
    "depth": 1,
    "epochs": 30,
    "augment": "none",
    "batch_size": 32,
    "weight_decay": 0.01,
    "label_smoothing": 0,
    "dropout": 0.1,
    "learning_rate": 2e-3,
}
"""Settings of a sound training."""
IMAGES = 2_400
"""Of each family, three fifths of them to train on."""
HARMED = 0.75
"""Share of the kappa of the family's sound training below which a fault did harm."""
SEEDS_OF_SOUND = 4

Labels = np.ndarray
Relabel = Callable[[Labels, np.random.Generator], Labels]
Repredict = Callable[[Run, Predictions, Path], Predictions]


@dataclass(frozen=True)
class Plant:
    """A fault and how it is planted."""

    cause: str
    families: tuple[str, ...] = USED
    settings: tuple[tuple[str, Any], ...] = ()
    relabel: Relabel | None = None
    repredict: Repredict | None = None


def scrambled(labels: Labels, rng: np.random.Generator) -> Labels:
    return labels[rng.permutation(len(labels))]


def noisy(labels: Labels, rng: np.random.Generator) -> Labels:
    changed = labels.copy()
    rows = rng.random(len(labels)) < 0.4
    changed[rows] = rng.choice(np.unique(labels), rows.sum())
    return changed


def mislabelled(labels: Labels, rng: np.random.Generator) -> Labels:
    changed, names = labels.copy(), np.unique(labels)
    changed[(labels == names[1]) & (rng.random(len(labels)) < 0.85)] = names[0]
    return changed


def in_another_order(run: Run, kept: Predictions, data: Path) -> Predictions:
    order = np.random.default_rng(1).permutation(len(kept))
    assert kept.proba is not None
    return replace(kept, y_pred=kept.y_pred[order], proba=kept.proba[order])


def renamed(run: Run, kept: Predictions, data: Path) -> Predictions:
    order = np.roll(np.arange(len(kept.class_names)), 1)
    assert kept.proba is not None
    proba = np.empty_like(kept.proba)
    proba[:, order] = kept.proba
    return replace(kept, y_pred=order[kept.y_pred], proba=proba)


def other_truth(run: Run, kept: Predictions, data: Path) -> Predictions:
    assert kept.y_true is not None
    order = np.random.default_rng(2).permutation(len(kept))
    return replace(kept, y_true=kept.y_true[order])


def other_pixels(run: Run, kept: Predictions, data: Path) -> Predictions:
    """Pixels from 0 to 1, where the network was trained with 0 to 255."""
    from hirise.data.resizing import PLAIN
    from hirise.models.input_spec import InputForm
    from hirise.models.pixel_scales import Encoding
    from hirise.models.reprediction import SavedModel

    channels = "rgb" if (run.info.dataset or {}).get("channels") == 3 else "grey"
    with SavedModel(run, list(kept.image), data) as model:
        form = InputForm(Encoding("0-1", channels), PLAIN)
        found = model.predict(form, np.arange(len(kept)))
    return replace(kept, y_pred=found.y_pred, proba=found.proba)


def other_model(run: Run, kept: Predictions, data: Path) -> Predictions:
    """Those of a training on the same images that had learned little."""
    folder = run.folder.parent
    title = run.info.title.rsplit("--", 1)[0] + "--few"
    few = next(r for r in list_runs(folder).runs if r.info.title == title)
    other = read_predictions(few.predictions_path("val"))
    assert list(other.image) == list(kept.image)
    return replace(kept, y_pred=other.y_pred, proba=other.proba)


def settings(**values: Any) -> tuple[tuple[str, Any], ...]:
    return tuple(values.items())


PLANTS: dict[str, Plant] = {
    **{
        f"sound {seed}": Plant("", settings=settings(batch_norm=seed % 2 == 0))
        for seed in range(SEEDS_OF_SOUND)
    },
    "dead": Plant(
        "network-dead", settings=settings(batch_norm=False, learning_rate=0.3)
    ),
    "slow": Plant("rate-too-low", settings=settings(learning_rate=1e-6)),
    "few": Plant("too-few-epochs", settings=settings(epochs=2, learning_rate=3e-4)),
    "dropout": Plant("dropout-too-strong", settings=settings(dropout=0.95, epochs=10)),
    "decay": Plant(
        "regularisation-too-strong",
        settings=settings(
            weight_decay=1.0, learning_rate=5e-3, schedule="constant", batch_norm=False
        ),
    ),
    "modes": Plant(
        "modes-differ",
        ("shapes", "gratings", "hues", "craters"),
        settings(epochs=4, batch_size=256),
    ),
    "augmented": Plant(
        "augmentation-destroys", ("gratings",), settings(augment="symmetries")
    ),
    "scrambled": Plant("training-labels-scrambled", relabel=scrambled),
    "noisy": Plant("noisy-labels", relabel=noisy),
    "mislabelled": Plant("class-mislabelled", relabel=mislabelled),
    "order": Plant("predictions-in-another-order", repredict=in_another_order),
    "renamed": Plant("class-order-permuted", repredict=renamed),
    "truth": Plant("validation-labels-scrambled", repredict=other_truth),
    "pixels": Plant("validation-preprocessed-otherwise", repredict=other_pixels),
    "other": Plant("predictions-of-another-model", repredict=other_model),
}
ALSO = {
    "pixels": ("predictions-of-another-model",),
    # The rate is too high in either, whether anything was learned before or not.
    "dead": ("diverged-late",),
}
"""Causes that are true of it too."""


def folder_of(family: Family, out: Path) -> Path:
    """The images of a family, a folder per class."""
    folder = out / "images" / family.name
    if folder.exists():
        return folder
    rng = np.random.default_rng(7)
    images, labels = family.split(IMAGES, rng)
    written = folder.with_suffix(".part")
    shutil.rmtree(written, ignore_errors=True)
    for number, (pixels, label) in enumerate(zip(images, labels, strict=True)):
        place = written / family.class_names[label]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.squeeze()).save(place / f"{number:05d}.png")
    written.rename(folder)
    return folder


def labels_file(data: Path, plant: Plant, path: Path) -> Path | None:
    if plant.relabel is None:
        return None
    images = sorted(p.relative_to(data).as_posix() for p in data.rglob("*.png"))
    own = np.array([image.split("/")[0] for image in images], dtype=object)
    wrong = plant.relabel(own, np.random.default_rng(3))
    pd.DataFrame({"image": images, "class_name": wrong}).to_csv(path, index=False)
    return path


def trained(family: Family, kind: str, out: Path) -> Run:
    """The run with this fault, which is made unless it is there."""
    title, plant = f"{family.name}--{kind}", PLANTS[kind]
    runs = out / "runs"
    for run in list_runs(runs).runs if runs.exists() else ():
        if run.info.title == title and run.info.status == "finished":
            return run
    data = folder_of(family, out)
    if plant.repredict is not None:
        return _repredicted(trained(family, "sound 0", out), title, plant, data)
    seed = int(kind.split()[1]) if kind.startswith("sound") else 0
    request = TrainRequest(
        data=data,
        recipe="small-cnn",
        split="random",
        fractions=(0.6, 0.3, 0.1),
        seed=seed,
        settings={**USUAL, **dict(plant.settings)},
        labels=labels_file(data, plant, out / f"{title}.csv"),
        title=title,
        artifacts=runs,
        queue=False,
    )
    return train(request)


def _repredicted(run: Run, title: str, plant: Plant, data: Path) -> Run:
    """A copy of a sound run with wrong predictions."""
    assert plant.repredict is not None
    folder = run.folder.parent / f"{run.folder.name}-{title.rsplit('--')[-1]}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(
        run.folder, folder, ignore=shutil.ignore_patterns("experiments", "features*")
    )
    info = json.loads((folder / "run.json").read_text("utf-8"))
    info |= {"id": folder.name, "title": title}
    (folder / "run.json").write_text(json.dumps(info), "utf-8")
    copy = read_run(folder)
    kept = read_predictions(copy.predictions_path("val"))
    changed = plant.repredict(copy, kept, data)
    RunWriter(folder).write_predictions("val", changed.write)
    return copy


def answer(family: Family, kind: str, out: Path, budget: str) -> dict[str, Any]:
    """Train, check and examine one."""
    run = trained(family, kind, out)
    before = check(CheckRequest(run)).diagnosis
    kept = read_predictions(run.predictions_path("val"))
    assert kept.y_true is not None
    scores = classification_summary(kept.y_true, kept.y_pred, len(kept.class_names))
    started = time.monotonic()
    found = examine(ExamineRequest(run, budget=budget, queue=False))
    likeliest = sorted(found.examination.posterior.items(), key=lambda kv: -kv[1])
    return {
        "family": family.name,
        "kind": kind,
        "cause": PLANTS[kind].cause,
        "kappa": scores["kappa"],
        "verdict": before.verdict.key,
        "ok": before.ok,
        "before": [(c.key, round(c.probability, 3)) for c in before.causes],
        "confirmed": found.confirmed,
        "after": [(key, round(p, 3)) for key, p in likeliest[:5]],
        "experiments": [(r.key, r.outcome, r.seconds) for r in found.results],
        "refusals": dict(found.examination.refusals),
        "seconds": round(time.monotonic() - started, 1),
    }


def cases(known: dict[str, Family]) -> Iterator[tuple[str, str]]:
    """Family and kind of each, the sound ones last."""
    for kind, plant in sorted(PLANTS.items(), key=lambda item: not item[1].cause):
        for name in plant.families:
            if name in known:
                yield name, kind


def _work(name: str, kind: str, photos: str, out: str, budget: str) -> dict[str, Any]:
    family = families(Path(photos))[name]
    try:
        return answer(family, kind, Path(out), budget)
    except InputError as error:
        return {"family": name, "kind": kind, "error": str(error)}


def make_all(out: Path, photos: Path, budget: str) -> None:
    """Make what is not there yet, one at a time."""
    path = out / "examined.jsonl"
    done = {(row["family"], row["kind"]) for row in read(path)}
    for name, kind in cases(families(photos)):
        if (name, kind) in done:
            continue
        # A process of its own gives its memory back.
        with ProcessPoolExecutor(max_workers=1) as pool:
            given = (name, kind, str(photos), str(out), budget)
            row = pool.submit(_work, *given).result()
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        print(json.dumps(row), flush=True)


def read(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def tell(rows: list[dict[str, Any]]) -> None:
    """Print what the examinations came to."""
    failed = [row for row in rows if "error" in row]
    rows = [row for row in rows if "error" not in row]
    best = {row["family"]: row["kappa"] for row in rows if row["kind"] == "sound 0"}
    sound = [row for row in rows if not row["cause"]]
    faulty = [row for row in rows if row["cause"]]
    harmed = [r for r in faulty if r["kappa"] < HARMED * best.get(r["family"], 1)]
    print(f"{len(faulty)} faulty trainings, {len(harmed)} harmed; {len(sound)} sound")
    for row in failed:
        print(f"refused: {row['family']} {row['kind']}: {row['error']}")
    for kind in PLANTS:
        of_kind = [row for row in rows if row["kind"] == kind]
        if of_kind:
            _tell_kind(kind, of_kind, harmed)
    n_right = sum(is_right(row) for row in harmed)
    wrong = [r for r in harmed if r["confirmed"] and not is_right(r)]
    alarms = [row for row in sound if row["confirmed"]]
    seconds = [row["seconds"] for row in rows]
    n = max(len(harmed), 1)
    print(f"true cause confirmed {n_right}/{len(harmed)} = {n_right / n:.1%}")
    print(f"a wrong one confirmed {len(wrong)}/{len(harmed)} = {len(wrong) / n:.1%}")
    print(f"confirmed on sound trainings {len(alarms)}/{len(sound)}")
    print(f"seconds: median {np.median(seconds):.0f}, most {max(seconds):.0f}")


def is_right(row: dict[str, Any]) -> bool:
    return row["confirmed"] in (row["cause"], *ALSO.get(row["kind"], ()))


def _tell_kind(
    kind: str, rows: list[dict[str, Any]], harmed: list[dict[str, Any]]
) -> None:
    used = [row for row in rows if row in harmed or not row["cause"]]
    confirmed = [row["confirmed"] or "-" for row in used]
    first = [row["before"][0][0] if row["before"] else "-" for row in used]
    print(
        f"{kind:<12} {PLANTS[kind].cause:<34} {len(used)} of {len(rows)}: "
        f"confirmed {', '.join(confirmed)}; before {', '.join(first)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--photos", type=Path, default=Path("photos.npz"))
    parser.add_argument("--budget", default="5m")
    parser.add_argument("--tell", action="store_true")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    if not chosen.tell:
        make_all(chosen.out, chosen.photos, chosen.budget)
    tell(read(chosen.out / "examined.jsonl"))


if __name__ == "__main__":
    main()
