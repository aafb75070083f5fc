"""Columns are known by their names, in any usual language."""

import pandas as pd
import pytest
from predictions_read import FILES, NAMES, PREDICTED, TRUTH, accuracy

from hirise.predictions import read_predictions


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
    assert note.startswith("Columns were understood by their names: ")
    for column in (image, true, predicted):
        assert repr(column) in note
