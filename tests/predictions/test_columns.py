"""Columns of any usual name have their roles, and no truth is dropped in silence."""

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.predictions import predictions_of, read_predictions

NAMES = np.array(["cat", "dog", "horse"])
TRUTH = np.array([0, 1, 2, 0, 1, 2])
PREDICTED = np.array([0, 1, 2, 0, 2, 1])
"""Four of six are correct."""
FILES = [f"{i}.png" for i in range(6)]
PROBA = np.full((6, 3), 0.2) + 0.4 * np.eye(3)[PREDICTED]


def accuracy(found):
    return float((found.y_true == found.y_pred).mean())


@pytest.mark.parametrize(
    ("image", "true", "predicted"),
    [
        ("filename", "true_label", "pred_label"),
        ("Image Name", "Ground Truth", "Prediction"),
        ("imageid", "groundtruth", "predictedlabel"),
        ("img_path", "target", "preds"),
        ("FILE", "Actual", "Predicted"),
        ("path", "labels", "predictions"),
        ("fname", "y_test", "y_hat"),
        ("imagePath", "trueClass", "predictedClass"),
        ("Bild", "Wahre Klasse", "Vorhersage"),
        ("fichier", "vraie classe", "classe prédite"),
        ("imagen", "clase_real", "clase_predicha"),
        ("imagem", "Rótulo", "Previsão"),
        ("immagine", "etichetta vera", "etichetta predetta"),
        ("bestand", "werkelijke klasse", "voorspelde klasse"),
        ("图片", "真实标签", "预测标签"),
        ("ファイル名", "正解ラベル", "予測ラベル"),
        ("файл", "Истинный класс", "Предсказанный класс"),
        ("image_filename", "expected_label", "actual_label"),
    ],
)
def test_usual_names_in_many_languages(tmp_path, image, true, predicted):
    path = tmp_path / "p.csv"
    rows = {image: FILES, true: NAMES[TRUTH], predicted: NAMES[PREDICTED]}
    pd.DataFrame(rows).to_csv(path, index=False)
    found = read_predictions(path)
    assert found.class_names == ("cat", "dog", "horse")
    assert accuracy(found) == 4 / 6
    assert list(found.image) == FILES
    (note,) = found.notes
    assert note.startswith("Columns were taken by their names: ")
    for column in (image, true, predicted):
        assert repr(column) in note


@pytest.mark.parametrize(
    "name",
    [
        "prob_{}",
        "P({})",
        "score_{}",
        "proba_{}",
        "pred_prob_{}",
        "Probability of {}",
        "{}_prob",
        "{} (score)",
        "confidence[{}]",
        "resnet50_{}",
        "p:{}",
        "{}",
        "predicted_{}",
        "Wahrscheinlichkeit {}",
        "概率_{}",
    ],
)
def test_scores_with_words_before_or_after_the_class(name):
    table = pd.DataFrame(PROBA, columns=[name.format(n) for n in NAMES])
    table = table.assign(filename=FILES, true_label=NAMES[TRUTH], width=200, area=5)
    found = predictions_of(table)
    assert found.class_names == ("cat", "dog", "horse")
    np.testing.assert_allclose(found.proba, PROBA)
    assert accuracy(found) == 4 / 6
    assert found.notes[-1] == "Columns left aside: width, area."


@pytest.mark.parametrize("name", ["prob_{}", "class_{}", "{}", "p{}", "output {}"])
@pytest.mark.parametrize("first", [0, 1])
def test_numbered_scores_of_ids_that_count_alike(name, first):
    table = pd.DataFrame(PROBA, columns=[name.format(i + first) for i in range(3)])
    found = predictions_of(table.assign(target=TRUTH + first))
    assert found.class_names == tuple(str(i + first) for i in range(3))
    assert accuracy(found) == 4 / 6


def test_logits_by_name_and_by_flag():
    logits = pd.DataFrame(np.log(PROBA), columns=[f"logits_{n}" for n in NAMES])
    table = logits.assign(label=NAMES[TRUTH])
    np.testing.assert_allclose(predictions_of(table).proba, PROBA)
    plain = table.rename(columns=lambda name: name.removeprefix("logits_"))
    with pytest.raises(InputError, match=r"outside 0 to 1.*If they are logits"):
        predictions_of(plain)
    found = predictions_of(plain, logits=True)
    assert (accuracy(found), found.y_true is not None) == (4 / 6, True)
    with pytest.raises(InputError, match=r"holds probabilities.*Leave `logits` out"):
        predictions_of({"y_true": TRUTH, "proba": PROBA}, logits=True)


def test_ids_beside_names_are_used_where_they_agree_with_the_other_column():
    table = {"true": NAMES[TRUTH], "true_idx": TRUTH, "pred_idx": PREDICTED}
    found = predictions_of(pd.DataFrame(table))
    assert found.class_names == ("0", "1", "2")
    both = pd.DataFrame({**table, "pred": NAMES[PREDICTED]})
    assert predictions_of(both).class_names == ("cat", "dog", "horse")
    assert accuracy(predictions_of(both)) == 4 / 6


def test_two_truths_that_differ_are_refused():
    table = pd.DataFrame({"gt": [0, 1, 1], "true_label": [1, 0, 0], "pred": [0, 1, 1]})
    assert accuracy(predictions_of(table)) == 1  # one-to-one, so the same classes
    table["true_label"] = [1, 1, 0]
    with pytest.raises(InputError, match="Both 'gt' and 'true_label' may hold"):
        predictions_of(table)
    found = predictions_of(table, columns={"y_true": "gt"})
    assert "'true_label' looks like the true classes too" in " ".join(found.notes)


def test_a_label_alone_is_a_prediction_and_told_so():
    found = predictions_of(pd.DataFrame({"id": range(6), "label": PREDICTED}))
    assert found.y_true is None
    assert found.y_pred.tolist() == PREDICTED.tolist()
    assert "'label' was read as the prediction" in found.notes[1]
    confident = {"file": FILES, "class": NAMES[PREDICTED], "confidence": PROBA.max(1)}
    assert predictions_of(pd.DataFrame(confident)).y_true is None


def test_a_label_that_always_agrees_with_the_scores_is_doubted():
    table = pd.DataFrame(np.tile(PROBA, (5, 1)), columns=NAMES)
    table["label"] = np.tile(NAMES[PREDICTED], 5)
    assert "If it holds the predictions, say so" in predictions_of(table).notes[-1]
    assert not predictions_of(table.iloc[:29]).notes[1:]


def test_other_numbers_are_no_probabilities():
    table = pd.DataFrame(
        {
            "image_name": FILES,
            "gt": NAMES[TRUTH],
            "prediction": NAMES[PREDICTED],
            "threshold": 55.0,
            "timestamp": np.arange(6),
            "dx": -0.6,
            "index": np.arange(6),
        }
    )
    found = predictions_of(table)
    assert found.proba is None
    assert found.notes[1] == "Columns left aside: threshold, timestamp, dx, index."


def test_folds_are_no_splits_and_patients_are_groups():
    table = pd.DataFrame(
        {"label": TRUTH, "pred": PREDICTED, "fold": [0, 1] * 3, "patient_id": TRUTH}
    )
    found = predictions_of(table)
    assert (found.split, list(found.group)) == ("", ["0", "1", "2"] * 2)
    subsets = table.assign(subset=["train", "val"] * 3)
    assert predictions_of(subsets).split == "val"


def test_one_hot_truth_and_several_ones():
    table = pd.DataFrame(PROBA, columns=[f"pred_{n}" for n in NAMES])
    for i, name in enumerate(NAMES):
        table[f"true_{name}"] = (i == TRUTH).astype(int)
    assert accuracy(predictions_of(table)) == 4 / 6
    table.loc[0, "true_dog"] = 1
    with pytest.raises(InputError, match="Multi-label targets cannot be evaluated"):
        predictions_of(table)


@pytest.mark.parametrize(
    "labels",
    [
        ["a|b", "a", "b|c"],
        ["cat;dog", "dog", "cat"],
        ["cat, dog", "dog", "cat"],
        ["['a', 'b']", "['a']", "['b']"],
        [["a", "b"], ["a"], ["b"]],
    ],
)
def test_several_labels_in_one_cell(labels):
    with pytest.raises(InputError, match="Multi-label targets"):
        predictions_of(
            pd.DataFrame({"Finding Labels": labels, "pred": ["a", "b", "a"]})
        )


def test_a_class_may_have_a_comma_in_its_name():
    names = ["maillot", "maillot, tank suit", "tench, Tinca tinca"]
    found = predictions_of(pd.DataFrame({"y_true": names, "y_pred": names}))
    assert found.class_names == tuple(sorted(names))


def test_ids_beside_names_are_refused_or_mapped():
    table = pd.DataFrame({"y_true": NAMES[TRUTH], "y_pred": PREDICTED})
    with pytest.raises(InputError, match=r"name the classes in two ways.*class_names"):
        predictions_of(table)
    found = predictions_of(table, class_names=NAMES)
    assert (accuracy(found), found.class_names) == (4 / 6, ("cat", "dog", "horse"))


def test_blanks_case_and_signs_make_no_classes():
    spelled = [f" {name.title()} " for name in NAMES[PREDICTED]]
    found = predictions_of(pd.DataFrame({"y_true": NAMES[TRUTH], "y_pred": spelled}))
    assert (accuracy(found), found.class_names) == (4 / 6, ("cat", "dog", "horse"))
    assert "without regard to case" in found.notes[0]
    blanks = pd.DataFrame({"y_true": ["a ", "b"], "y_pred": ["a", "b "]})
    assert predictions_of(blanks).notes == ()
    cases = pd.DataFrame({"y_true": ["a", "A"], "y_pred": ["A", "a"]})
    assert predictions_of(cases).class_names == ("A", "a"), "told apart in one column"


def test_two_sets_of_names_without_a_common_one_are_refused():
    table = pd.DataFrame({"y_true": ["a", "b"] * 5, "y_pred": ["c", "d"] * 5})
    with pytest.raises(InputError, match="Name the classes alike in both columns"):
        predictions_of(table)
    one = pd.DataFrame({"y_true": ["a", "b"] * 5, "y_pred": ["c"] * 10})
    assert predictions_of(one).class_names == ("a", "b", "c"), "may be a collapse"


def test_flags_are_ones_and_zeros():
    table = pd.DataFrame({"label": [True, False, True], "prediction": [1, 0, 0]})
    assert accuracy(predictions_of(table)) == 2 / 3


def test_signs_and_vowels_tell_classes_apart():
    for first, second in (
        ("A+", "A-"),
        ("तसीर", "तासीर"),
        ("ハ", "バ"),
        ("pêche", "péché"),
    ):
        table = pd.DataFrame({"y_true": [first, "x"], "y_pred": [second, "x"]})
        assert len(predictions_of(table).class_names) == 3


def test_texts_that_differ_in_every_row_are_no_classes():
    table = pd.DataFrame({"Prediction: 0.97": [f"text {i}" for i in range(60)]})
    with pytest.raises(InputError, match="No predictions were found"):
        predictions_of(table)
    table = pd.DataFrame({"prediction": [f"text {i}" for i in range(60)]})
    with pytest.raises(InputError, match="has 60 different values in 60 rows"):
        predictions_of(table)
