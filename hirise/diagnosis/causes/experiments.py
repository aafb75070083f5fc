"""The experiments that decide between causes: what each needs, and who predicts what.

`hirise.experiments` runs them. The probabilities are judgements, some changed after
tries on planted faults (`docs/examine.md`), and bounded: none rules a cause out.
"""

from hirise.diagnosis.causes.experiment import Experiment
from hirise.diagnosis.causes.training_experiments import TRAINING_EXPERIMENTS
from hirise.errors import entry_named

_WITHOUT_TRAINING: tuple[Experiment, ...] = (
    Experiment(
        key="relabel",
        title="Rename the predicted classes",
        done="The best one-to-one renaming of the predicted classes was found on half "
        "of the evaluated images and measured on the other half.",
        needs=("predictions",),
        seconds=0.5,
        outcomes={
            "restored": "another class order restores the score",
            "unchanged": "no other class order restores the score",
        },
        otherwise=(0.01, 0.99),
        expects={
            "class-order-permuted": (0.97, 0.03),
            "classes-differ": (0.35, 0.65),
            "predictions-of-another-model": (0.15, 0.85),
        },
        decides=("class-order-permuted",),
    ),
    Experiment(
        key="rejoin",
        title="Join predictions and labels in other orders",
        done="Predictions and labels were joined in other orders: shifted by up to 50 "
        "rows, reversed, and sorted by name or by class. The best order "
        "on half of the images was measured on the other half.",
        needs=("predictions",),
        seconds=0.5,
        outcomes={
            "restored": "another order of the rows restores the score",
            "unchanged": "none of these orders restores the score",
        },
        otherwise=(0.005, 0.995),
        expects={
            "predictions-in-another-order": (0.5, 0.5),
            "validation-labels-scrambled": (0.05, 0.95),
        },
        decides=("predictions-in-another-order",),
    ),
    Experiment(
        key="repaired-labels",
        title="Evaluate with the labels of the dataset",
        done="The same predictions were evaluated with the labels that the dataset "
        "gives the images, instead of those recorded with the predictions.",
        needs=("predictions", "images"),
        seconds=1,
        outcomes={
            "rises": "with the dataset's labels the score is far higher",
            "stays": "with the dataset's labels the score is no better",
            "same": "the recorded labels are those of the dataset",
        },
        otherwise=(0.01, 0.04, 0.95),
        expects={
            "validation-labels-scrambled": (0.95, 0.03, 0.02),
            "training-labels-scrambled": (0.02, 0.5, 0.48),
            "noisy-labels": (0.15, 0.45, 0.4),
            "class-mislabelled": (0.15, 0.45, 0.4),
        },
        decides=("validation-labels-scrambled",),
    ),
    Experiment(
        key="training-labels",
        title="Compare the training labels with the dataset",
        done="The labels that the network was trained with were compared with those "
        "that the dataset gives the same images.",
        needs=("images",),
        seconds=1,
        outcomes={
            "unrelated": "the training labels are unrelated to those of the dataset",
            "one-class": "the labels of one class differ from those of the dataset",
            "many": "many labels of all classes differ from those of the dataset",
            "same": "the training labels are those of the dataset",
        },
        otherwise=(0.002, 0.002, 0.002, 0.994),
        expects={
            "training-labels-scrambled": (0.62, 0.01, 0.02, 0.35),
            "class-mislabelled": (0.01, 0.6, 0.04, 0.35),
            "noisy-labels": (0.01, 0.03, 0.5, 0.46),
        },
        decides=("training-labels-scrambled", "class-mislabelled", "noisy-labels"),
    ),
    Experiment(
        key="adjust-logits",
        title="Adjust the logits for the class frequencies",
        done="The strength τ of logit adjustment was chosen on half of the evaluated "
        "images and measured on the other half, without training.",
        needs=("predictions",),
        seconds=1,
        outcomes={
            "rises": "the missed classes are predicted, and macro-F1 rises",
            "stays": "macro-F1 does not rise",
        },
        otherwise=(0.05, 0.95),
        expects={
            "majority-by-threshold": (0.93, 0.07),
            "class-too-rare": (0.3, 0.7),
            "class-weights-wrong": (0.3, 0.7),
            "priors-differ": (0.3, 0.7),
            "selected-by-accuracy": (0.3, 0.7),
            "too-few-epochs": (0.25, 0.75),
        },
        decides=("majority-by-threshold",),
    ),
    Experiment(
        key="without-leaks",
        title="Evaluate without images shared with training",
        done="The evaluated images that share a copy, a near-duplicate or a group with "
        "training were left out.",
        needs=("predictions",),
        seconds=5,
        outcomes={
            "falls": "without shared images the score is far lower",
            "holds": "without shared images the score holds",
        },
        otherwise=(0.03, 0.97),
        expects={"split-leaks": (0.9, 0.1)},
        decides=("split-leaks",),
    ),
    Experiment(
        key="predict-again",
        title="Predict again with the saved model",
        done="The saved model predicted the evaluated images again, and the result was "
        "compared with the kept predictions: image by image, in any order, with other "
        "pixel scales, colour orders and ways of resizing, and with the weights of "
        "each kept epoch.",
        needs=("predictions", "model", "images"),
        seconds=20,
        outcomes={
            "same": "the saved model gives the kept predictions",
            "reordered": "the saved model gives the same predictions in another order",
            "other-input": "the kept predictions come from images preprocessed "
            "otherwise",
            "other-epoch": "the kept predictions come from another epoch",
            "better": "the saved model is far better than the kept predictions",
            "differs": "the saved model gives other predictions, which are no better",
        },
        # Reproduced image by image, which no other cause does by chance.
        otherwise=(0.9597, 0.0001, 0.0001, 0.0151, 0.005, 0.02),
        expects={
            "predictions-in-another-order": (
                *(0.0259, 0.93, 0.0001, 0.004),
                *(0.03, 0.01),
            ),
            "predictions-of-another-model": (
                *(0.0278, 0.0001, 0.0001, 0.372),
                *(0.4, 0.2),
            ),
            "validation-preprocessed-otherwise": (
                *(0.1259, 0.0001, 0.7, 0.004),
                *(0.15, 0.02),
            ),
            "wrong-epoch-kept": (0.7098, 0.0001, 0.0001, 0.25, 0.02, 0.02),
        },
        decides=(
            "predictions-in-another-order",
            "predictions-of-another-model",
            "validation-preprocessed-otherwise",
        ),
    ),
    Experiment(
        key="other-input",
        title="Predict with other preprocessing",
        done="The saved model predicted half of the evaluated images with other pixel "
        "scales, colour orders and ways of resizing. The best was measured on the "
        "other half.",
        needs=("predictions", "model", "images"),
        seconds=30,
        outcomes={
            "rises": "with other preprocessing the score is far higher",
            "stays": "no other preprocessing gives a higher score",
        },
        otherwise=(0.02, 0.98),
        expects={
            # What the run records may be right, and the predictions made otherwise.
            "validation-preprocessed-otherwise": (0.5, 0.5),
            "input-badly-scaled": (0.15, 0.85),
            "predictions-of-another-model": (0.1, 0.9),
        },
        decides=("validation-preprocessed-otherwise",),
    ),
    Experiment(
        key="training-images",
        title="Predict training images with the saved model",
        done="The saved model predicted training images in inference mode, and the "
        "score was compared with that of the evaluated images.",
        needs=("predictions", "model", "images"),
        seconds=15,
        outcomes={
            "gap": "training images are predicted far better than evaluated ones",
            "none": "training images are predicted no better than evaluated ones",
        },
        otherwise=(0.25, 0.75),
        expects={
            "overfitted": (0.95, 0.05),
            "validation-labels-scrambled": (0.9, 0.1),
            "predictions-in-another-order": (0.9, 0.1),
            "predictions-of-another-model": (0.7, 0.3),
            "validation-preprocessed-otherwise": (0.85, 0.15),
            "class-order-permuted": (0.8, 0.2),
            "classes-differ": (0.8, 0.2),
            "wrong-epoch-kept": (0.6, 0.4),
            # Wrong labels are memorised, too.
            "training-labels-scrambled": (0.5, 0.5),
            "noisy-labels": (0.6, 0.4),
            "class-absent-from-training": (0.7, 0.3),
            "class-too-rare": (0.4, 0.6),
            "network-dead": (0.01, 0.99),
            "rate-too-low": (0.02, 0.98),
            "dropout-too-strong": (0.05, 0.95),
            "regularisation-too-strong": (0.02, 0.98),
            "too-few-epochs": (0.08, 0.92),
            "modes-differ": (0.02, 0.98),
            "augmentation-destroys": (0.03, 0.97),
            "diverged-late": (0.03, 0.97),
            "head-too-narrow": (0.05, 0.95),
            "gradients-vanish": (0.02, 0.98),
            "gradients-explode": (0.02, 0.98),
            "zero-initial-weights": (0.01, 0.99),
            "backbone-frozen-random": (0.1, 0.9),
            "none": (0.1, 0.9),
        },
        decides=("overfitted",),
    ),
    Experiment(
        key="modes",
        title="Compare training mode with inference mode",
        done="The same images were predicted in training mode and in inference mode. "
        "Then the statistics of batch normalisation were re-estimated on training "
        "images, without training, and the evaluated images predicted again.",
        needs=("predictions", "model", "images"),
        seconds=20,
        outcomes={
            "restored": "re-estimated statistics restore the score",
            "differs": "training mode is far better, but re-estimated statistics do "
            "not help",
            "same": "both modes give much the same",
        },
        otherwise=(0.02, 0.03, 0.95),
        expects={
            "modes-differ": (0.85, 0.1, 0.05),
            "too-few-epochs": (0.08, 0.04, 0.88),
            "diverged-late": (0.08, 0.1, 0.82),
            "validation-preprocessed-otherwise": (0.1, 0.2, 0.7),
        },
        decides=("modes-differ",),
    ),
    Experiment(
        key="probe",
        title="Predict the training labels from other features",
        done="A linear probe predicted each training label from features of its image "
        "(of a trained backbone if one is on this machine, else texture and colour), "
        "fitted on the other four fifths of the images.",
        needs=("images",),
        seconds=30,
        outcomes={
            "no-signal": "the features tell nothing of the labels",
            "one-class": "labels of one class contradict what its images look like",
            "many": "many labels contradict what their images look like",
            "few": "few labels contradict what their images look like",
        },
        otherwise=(0.2, 0.08, 0.15, 0.57),
        expects={
            "noisy-labels": (0.25, 0.03, 0.6, 0.12),
            "class-mislabelled": (0.15, 0.55, 0.2, 0.1),
            "training-labels-scrambled": (0.9, 0.01, 0.07, 0.02),
        },
        decides=("noisy-labels", "class-mislabelled"),
    ),
)

EXPERIMENTS = (*_WITHOUT_TRAINING, *TRAINING_EXPERIMENTS)
"""In the order of their cost."""


def experiment_named(key: str) -> Experiment:
    """The experiment with this key.

    Raises
    ------
    InputError
        If there is none.

    Examples
    --------
    >>> experiment_named("memorise").needs
    ('recipe', 'images')
    """
    known = {experiment.key: experiment for experiment in EXPERIMENTS}
    return entry_named(known, key, unknown="No experiment")
