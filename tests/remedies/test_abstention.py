import numpy as np
import pytest

from hirise.errors import InputError
from hirise.remedies import Abstention, FitData

# Always .9 : .1, right in 3 of 4: calibrated, .75 : .25 (see test_temperature).
PROBA = [[0.9, 0.1]] * 4 + [[0.1, 0.9]] * 4
TRUTH = [0, 0, 0, 1, 1, 1, 1, 0]


def test_answers_by_calibrated_confidence(make_predictions):
    val = make_predictions(PROBA, TRUTH)
    # ln 81 / 2 = ln 9: .9 after calibration.
    target = make_predictions([[81, 1], [1, 81], [9, 1], [6, 4]], split="test")
    fitted = Abstention(confidence=0.89).fit(FitData(target, val))
    after = fitted(target)
    assert list(after.image) == ["i0.jpg", "i1.jpg"]
    assert after.proba[0] == pytest.approx([0.9, 0.1])
    assert after.y_true is None
    assert fitted.parameters["coverage"] == 0.5
    assert fitted.sentence.startswith("50.0% of the images are answered")


def test_no_image_is_confident_enough(make_predictions):
    val = make_predictions(PROBA, TRUTH)
    fitted = Abstention().fit(FitData(val, val))
    with pytest.raises(InputError, match=r"0.9 or more \(the highest is 0.75\)"):
        fitted(val)


@pytest.mark.parametrize("confidence", [0, 1.01, np.nan])
def test_confidence_out_of_range(confidence):
    with pytest.raises(InputError, match="above 0 and at most 1"):
        Abstention(confidence)
