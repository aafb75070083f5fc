"""`hirise cure` with remedies that train: the new run, the proof, the refusals."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from hirise.__main__ import run
from hirise.errors import InputError
from hirise.predictions import read_predictions
from hirise.progress import Progress
from hirise.recipes import recipe_named, with_settings
from hirise.runs import create_run, find_run, list_runs, read_run
from hirise.runs.manage import reopen_run
from hirise.runs.tables import LABELS_GIVEN, SPLIT_GIVEN
from hirise.training.plan import make_plan
from hirise.training.resume import plan_of, resume
from hirise.training.session import train

# Keras reads its variables in a way that NumPy 2 announces the end of.
pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]

SMALL = {
    "image_size": "12",
    "filters": "4,4",
    "dense": "8",
    "epochs": "2",
    "batch_size": "16",
}
NAMES = ("other", "crater", "dune")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """120 images of three classes, told apart by brightness, 8 in an observation."""
    root = tmp_path_factory.mktemp("data")
    place = root / "map-proj-v3"
    place.mkdir()
    rng = np.random.default_rng(0)
    lines = []
    for number in range(120):
        label = (0, 0, 1, 0, 2)[number % 5]
        name = f"ESP_{number // 8:06d}_1450_RED-{number % 8:04d}.jpg"
        pixels = rng.integers(0, 60, (12, 12), dtype=np.uint8) + np.uint8(90 * label)
        Image.fromarray(pixels).save(place / name)
        lines.append(f"{name} {label}\n")
    (root / "labels-map-proj-v3.txt").write_text("".join(lines))
    classmap = "".join(f"{number},{name}\n" for number, name in enumerate(NAMES))
    (root / "landmarks_map-proj-v3_classmap.csv").write_text(classmap)
    return root


def plan(images, **options):
    recipe = with_settings(recipe_named("blog-final"), SMALL)
    return make_plan(images, recipe, split="landmark", **options)


@pytest.fixture(scope="module")
def parent_folder(images, shared_cache, tmp_path_factory):
    """A finished run; not to be changed."""
    artifacts = tmp_path_factory.mktemp("parent") / "artifacts"
    return train(plan(images), artifacts=artifacts).folder


@pytest.fixture
def parent(parent_folder, tmp_path):
    folder = tmp_path / "artifacts" / parent_folder.name
    return read_run(shutil.copytree(parent_folder, folder))


@pytest.fixture
def cure(capsys, parent, images):
    """`cure(…)` gives the status, what was printed, and the line of failure."""

    def cure(*words, data=images):
        artifacts = str(parent.folder.parent)
        where = () if data is None else ("--data", str(data))
        status = run(["cure", parent.info.id, *words, *where, "--artifacts", artifacts])
        return status, *capsys.readouterr()

    return cure


def kept(out, parent):
    (line,) = [one for one in out.splitlines() if one.startswith("Kept as ")]
    return find_run(parent.folder.parent, line.split()[-1])


def test_a_new_run_is_trained_from_the_runs_own_recipe(cure, parent):
    words = ("--remedy", "lower-learning-rate", "--remedy", "class-weights")
    status, out, err = cure(*words)
    assert (status, err) == (0, "")
    new = kept(out, parent)
    assert new.info.parent == parent.info.id
    assert [one["key"] for one in new.info.remedies] == [words[1], words[3]]
    assert new.info.remedies[0]["parameters"] == {"learning_rate": "0.01 → 0.001"}
    expected = {**parent.info.recipe, "learning_rate": 0.001}
    assert new.info.recipe == {**expected, "class_weights": "inverse"}
    assert new.info.seed == parent.info.seed
    assert new.info.dataset["split"] == "landmark"
    assert new.catalog()["split"].tolist() == parent.catalog()["split"].tolist()
    lines = out.splitlines()
    assert any(line.startswith("epoch 2/2: ") for line in lines)
    assert "Class weights: class_weights none → inverse." in lines
    assert " test images" in out
    assert lines[-1].startswith(f"More: hirise compare {parent.info.id} {new.info.id}")


@pytest.mark.slow
def test_remedies_without_training_come_after(cure, parent):
    words = ("--remedy", "thresholds", "--remedy", "batch-norm")
    status, out, err = cure(*words, "--set", "epochs=1", "--json")
    document = json.loads(out)
    assert (status, err) == (0, "")
    assert [one["key"] for one in document["remedies"]] == ["batch-norm", "thresholds"]
    assert [one["redo"] for one in document["remedies"]] == ["training", "nothing"]
    new = find_run(parent.folder.parent, document["run"])
    trained = find_run(parent.folder.parent, new.info.parent)
    assert trained.info.parent == parent.info.id
    assert trained.info.recipe["epochs"] == 1
    assert document["parent"] == parent.info.id
    assert document["proof"]["outcome"]


def test_a_class_is_left_out_and_the_others_keep_their_split(cure, parent):
    status, out, err = cure("--remedy", "leave-class-out", "--leave-out", "other")
    assert (status, err) == (0, "")
    new = kept(out, parent)
    assert new.info.class_names == ("crater", "dune")
    assert new.info.dataset["left_out"] == ["other"]
    sides = parent.catalog().set_index("image")["split"]
    own = new.catalog()
    assert own["split"].tolist() == sides.reindex(own["image"]).tolist()
    assert set(own["class_name"]) == {"crater", "dune"}
    told = " ".join(out.split())
    assert "Compared on images of the 2 classes that both know" in told
    test = read_predictions(new.predictions_path("test"))
    assert f"on {len(test)} test images" in told.lower()


@pytest.mark.slow
def test_a_grouped_split_says_what_its_score_means(cure, parent):
    status, out, err = cure("--remedy", "split-by-group")
    assert (status, err) == (0, "")
    new = kept(out, parent)
    assert new.info.dataset["split"] == "observation"
    own = new.catalog()
    assert (own.groupby("observation")["split"].nunique() == 1).all()
    told = " ".join(out.split())
    assert "A lower score now is no loss" in told
    assert "images that both have" in told or "Not compared: " in told


@pytest.mark.slow
def test_labels_are_repaired_from_the_catalog(cure, parent, images, capsys):
    labels = parent.folder.parent / "wrong.csv"
    table = parent.catalog()
    wrong = np.roll(table["class_name"].to_numpy(), 7)
    table.assign(class_name=wrong)[["image", "class_name"]].to_csv(labels, index=False)
    artifacts = parent.folder.parent
    bad = train(plan(images, labels=labels), artifacts=artifacts, title="wrong")
    assert (bad.folder / LABELS_GIVEN).is_file()
    assert bad.catalog()["class_name"].tolist() == wrong.tolist()
    words = ["cure", bad.info.id, "--remedy", "repaired-labels", "--data", str(images)]
    assert run([*words, "--artifacts", str(artifacts)]) == 0
    out = capsys.readouterr().out
    new = kept(out, parent)
    assert new.catalog()["class_name"].tolist() == table["class_name"].tolist()
    n_wrong = (wrong != table["class_name"]).sum()
    told = " ".join(out.split())
    assert (
        f"Repaired labels: {n_wrong} of 120 labels were not those of the catalog"
        in told
    )
    assert "Both are evaluated with the repaired labels" in told
    assert "hirise compare" not in told


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--remedy", "repaired-labels"), "there is nothing to repair"),
        (("--remedy", "leave-class-out"), "needs a class. Give --leave-out NAME"),
        (
            ("--remedy", "leave-class-out", "--leave-out", "x"),
            "There is no class 'x' to leave out. There are: other, crater, dune.",
        ),
        (("--remedy", "warm-up", "--leave-out", "other"), "belongs to leave-class-out"),
        (("--remedy", "warm-up", "--set", "epochs=x"), "a whole number"),
        (
            ("--remedy", "class-weights", "--remedy", "balanced-batches"),
            "class-weights cannot be combined with balanced-batches",
        ),
        (
            ("--remedy", "class-weights", "--remedy", "prior-shift"),
            "class-weights cannot be combined with prior-shift",
        ),
    ],
)
def test_refused_in_one_line_with_nothing_left(cure, parent, words, line):
    status, out, err = cure(*words)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert line in err
    assert len(list_runs(parent.folder.parent).runs) == 1


def test_images_that_are_gone_or_others_are_refused(cure, parent, tmp_path, images):
    document = json.loads((parent.folder / "run.json").read_text())
    document["dataset"]["path"] = None
    (parent.folder / "run.json").write_text(json.dumps(document))
    status, _, err = cure("--remedy", "warm-up", data=None)
    assert status == 2
    assert "Say with --data DIR where they are" in err
    others = shutil.copytree(images, tmp_path / "others")
    for path in (others / "map-proj-v3").iterdir():
        path.rename(path.with_name(path.name.replace("ESP_", "PSP_")))
    labels = others / "labels-map-proj-v3.txt"
    labels.write_text(labels.read_text().replace("ESP_", "PSP_"))
    status, _, err = cure("--remedy", "warm-up", data=others)
    assert status == 2
    assert "has none of the 120 images of run" in err


def test_without_a_remedy_the_first_that_works_here_is_taken(cure, parent):
    status, out, _ = cure()
    assert status == 0
    assert kept(out, parent).info.remedies


@pytest.mark.slow
def test_a_stopped_cure_goes_on_without_the_split_of_its_parent(parent, images):
    from hirise.remedies import remedy_named
    from hirise.training.cure_plan import make_cure_plan

    class Stopper(Progress):
        def tell(self, message):
            raise KeyboardInterrupt

    remedy = [remedy_named("leave-class-out"), remedy_named("focal-loss")]
    artifacts = parent.folder.parent
    planned = make_cure_plan(parent, remedy, data=images, leave_out=["other"])
    whole = train(planned.plan, artifacts=artifacts, title="whole")
    with pytest.raises(KeyboardInterrupt):
        train(planned.plan, artifacts=artifacts, title="part", progress=Stopper())
    (part,) = [one for one in list_runs(artifacts).runs if one.info.title == "part"]
    assert (part.folder / SPLIT_GIVEN).is_file()
    assert part.info.parent == parent.info.id
    done = resume(plan_of(part), reopen_run(part.folder))
    assert done.info.status == "finished"
    assert done.info.dataset == whole.info.dataset
    assert done.info.parent == parent.info.id
    one, two = (read_predictions(r.predictions_path("test")) for r in (done, whole))
    np.testing.assert_array_equal(one.proba, two.proba)


def test_the_command_train_leaves_classes_out_and_takes_labels(
    images, tmp_path, capsys, shared_cache
):
    labels = tmp_path / "mine.csv"
    labels.write_text("image,class_name\nESP_000000_1450_RED-0000.jpg,dune\n")
    words = ["train", "--data", str(images), "--recipe", "blog", "--split", "landmark"]
    words += [f"--set={key}={value}" for key, value in SMALL.items()]
    words += ["--leave-out", "crater", "--labels", str(labels)]
    assert run([*words, "--artifacts", str(tmp_path / "artifacts")]) == 0
    out = capsys.readouterr().out
    assert "1 of 120 labels are replaced by the given labels. 119 images have no" in out
    assert "24 images of 'crater' are left out of train, val and test." in out
    (found,) = list_runs(tmp_path / "artifacts").runs
    own = [one for one in [found] if one.info.title == "blog"]
    assert own[0].info.class_names == ("other", "dune")
    assert (own[0].catalog()["class_name"] == "dune").sum() == 25


def test_a_run_that_was_not_trained_here_is_refused(tmp_path):
    from hirise.remedies.retraining import recipe_of

    writer = create_run(tmp_path, title="foreign", class_names=NAMES)
    writer.finish("imported")
    with pytest.raises(InputError, match="its recipe is not known"):
        recipe_of(writer.read())


def test_a_replay_is_trained_again_as_the_blogs_network(tmp_path):
    from hirise.remedies.retraining import recipe_of

    recipe = {"name": "replay-3", "epochs": 5, "dropout": 0.5, "dense": [128]}
    recipe |= {"loss": "SparseCategoricalCrossentropy", "what": "dropout .5"}
    writer = create_run(tmp_path, title="replay", class_names=NAMES, recipe=recipe)
    writer.finish("finished")
    found = recipe_of(writer.read())
    assert (found.network, found.epochs, found.image_size) == ("blog", 5, 227)
