"""Trained networks are refused before Keras is loaded."""

import pytest

from hirise.errors import InputError
from hirise.models.backbone_names import APPLICATIONS, check_backbone


def test_a_name_of_keras_applications_is_taken():
    for name in APPLICATIONS:
        check_backbone(name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("EficientNetB0", "Did you mean 'EfficientNetB0'?"),
        ("", "Give a .keras file, or one of keras.applications"),
        ("absent.keras", "absent.keras"),
    ],
)
def test_what_cannot_be_loaded_is_refused(text, said):
    with pytest.raises(InputError, match=said.replace("?", r"\?")):
        check_backbone(text)
