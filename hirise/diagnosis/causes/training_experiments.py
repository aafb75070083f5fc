"""The experiments that train: what each needs, and who predicts what.

Declared as those in `experiments.py` are. What one change cures was not sound: "none"
hardly ever predicts a cure, though a sound training may gain a little by going on.
"""

from hirise.diagnosis.causes.experiment import Experiment

TRAINING_EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        key="kept-epochs",
        title="Predict with the weights of other kept epochs",
        done="Each kept epoch predicted half of the evaluated images. The best was "
        "measured on the other half.",
        needs=("predictions", "model", "images", "recipe"),
        seconds=15,
        outcomes={
            "rises": "another epoch is better than the one that was kept",
            "stays": "no other kept epoch is better",
        },
        otherwise=(0.03, 0.97),
        expects={
            "wrong-epoch-kept": (0.9, 0.1),
            "diverged-late": (0.85, 0.15),
            "selected-by-accuracy": (0.4, 0.6),
            "overfitted": (0.2, 0.8),
            "network-dead": (0.06, 0.94),
            "modes-differ": (0.15, 0.85),
        },
        decides=("wrong-epoch-kept", "diverged-late"),
    ),
    Experiment(
        key="memorise",
        title="Fit 50 images until they are memorised",
        done="The recipe trained a fresh network on 50 training images, without "
        "augmentation, until they were memorised or the steps ran out.",
        needs=("recipe", "images"),
        seconds=25,
        outcomes={
            "memorised": "50 images are memorised",
            "not": "not even 50 images are memorised",
        },
        otherwise=(0.93, 0.07),
        expects={
            # A rate may be too high for thousands of images and not for fifty.
            "network-dead": (0.25, 0.75),
            "rate-too-low": (0.06, 0.94),
            "regularisation-too-strong": (0.15, 0.85),
            "dropout-too-strong": (0.7, 0.3),
            "input-badly-scaled": (0.25, 0.75),
            "head-too-narrow": (0.05, 0.95),
            "loss-and-last-layer": (0.3, 0.7),
            "wrong-last-activation": (0.15, 0.85),
            "gradients-vanish": (0.1, 0.9),
            "gradients-explode": (0.1, 0.9),
            "zero-initial-weights": (0.04, 0.96),
            "backbone-frozen-random": (0.4, 0.6),
            "diverged-late": (0.5, 0.5),
            "images-unreadable": (0.4, 0.6),
            "loss-for-numbers": (0.5, 0.5),
            "class-weights-wrong": (0.7, 0.3),
        },
    ),
    Experiment(
        key="lower-rate",
        title="Train briefly with a tenth of the learning rate",
        done="The recipe trained a fresh network for a few epochs as it is, and again "
        "with a tenth, a hundredth and a thousandth of its learning rate, until it "
        "learned.",
        needs=("recipe", "images"),
        seconds=40,
        outcomes={
            "cures": "with a lower rate the network learns well, as it is it does not",
            "learns": "with a lower rate the network learns a little more",
            "revives": "with a lower rate the outputs differ between images, as it is "
            "they hardly do",
            "same": "a lower rate makes no difference, or learns less",
        },
        otherwise=(0.006, 0.03, 0.014, 0.95),
        expects={
            "network-dead": (0.55, 0.14, 0.25, 0.06),
            "none": (0.002, 0.03, 0.004, 0.964),
            "diverged-late": (0.4, 0.1, 0.1, 0.4),
            "gradients-explode": (0.45, 0.1, 0.15, 0.3),
            "loss-and-last-layer": (0.07, 0.07, 0.05, 0.81),
            "input-badly-scaled": (0.15, 0.12, 0.06, 0.67),
            "regularisation-too-strong": (0.07, 0.07, 0.03, 0.83),
        },
        decides=("network-dead", "diverged-late", "gradients-explode"),
    ),
    Experiment(
        key="higher-rate",
        title="Train briefly with ten times the learning rate",
        done="The recipe trained a fresh network for a few epochs as it is, and again "
        "with ten, a hundred and a thousand times its learning rate, until it "
        "learned.",
        needs=("recipe", "images"),
        seconds=40,
        outcomes={
            "cures": "with a higher rate the network learns well, as it is it does not",
            "learns": "with a higher rate the network learns a little more",
            "same": "a higher rate makes no difference, or learns less",
        },
        otherwise=(0.006, 0.034, 0.96),
        expects={
            "rate-too-low": (0.752, 0.188, 0.06),
            "too-few-epochs": (0.15, 0.15, 0.7),
            "none": (0.002, 0.038, 0.96),
            "gradients-vanish": (0.075, 0.075, 0.85),
        },
        decides=("rate-too-low",),
    ),
    Experiment(
        key="without-augmentation",
        title="Train briefly without augmentation",
        done="The recipe trained a fresh network for a few epochs as it is, and again "
        "without augmentation.",
        needs=("recipe", "images"),
        seconds=40,
        outcomes={
            "cures": "without augmentation the score is far higher",
            "learns": "without augmentation the score is higher",
            "same": "without augmentation the score is no higher",
        },
        otherwise=(0.006, 0.034, 0.96),
        expects={
            "augmentation-destroys": (0.72, 0.18, 0.1),
            "too-few-epochs": (0.075, 0.075, 0.85),
            "none": (0.002, 0.038, 0.96),
        },
        decides=("augmentation-destroys",),
    ),
    Experiment(
        key="without-dropout",
        title="Train briefly without dropout",
        done="The recipe trained a fresh network for a few epochs as it is, and again "
        "without dropout.",
        needs=("recipe", "images"),
        seconds=40,
        outcomes={
            "cures": "without dropout the score is far higher",
            "learns": "without dropout the score is higher",
            "same": "without dropout the score is no higher",
        },
        otherwise=(0.006, 0.034, 0.96),
        expects={
            "dropout-too-strong": (0.736, 0.184, 0.08),
            "too-few-epochs": (0.075, 0.075, 0.85),
            "none": (0.002, 0.038, 0.96),
        },
        decides=("dropout-too-strong",),
    ),
    Experiment(
        key="without-regularisation",
        title="Train briefly without weight decay and label smoothing",
        done="The recipe trained a fresh network for a few epochs as it is, and again "
        "without weight decay and label smoothing.",
        needs=("recipe", "images"),
        seconds=40,
        outcomes={
            "cures": "without regularisation the score is far higher",
            "learns": "without regularisation the score is higher",
            "same": "without regularisation the score is no higher",
        },
        otherwise=(0.006, 0.034, 0.96),
        expects={
            "regularisation-too-strong": (0.72, 0.18, 0.1),
            "none": (0.002, 0.038, 0.96),
        },
        decides=("regularisation-too-strong",),
    ),
    Experiment(
        key="standardised-input",
        title="Train briefly with standardised input",
        done="The recipe trained a fresh network for a few epochs as it is, and again "
        "with pixels brought to the same mean and spread in each channel.",
        needs=("recipe", "images"),
        seconds=40,
        outcomes={
            "cures": "with standardised input the score is far higher",
            "learns": "with standardised input the score is higher",
            "same": "with standardised input the score is no higher",
        },
        otherwise=(0.006, 0.034, 0.96),
        # Smaller input makes smaller steps, which can spare a network.
        expects={
            "input-badly-scaled": (0.704, 0.176, 0.12),
            "network-dead": (0.12, 0.1, 0.78),
            "none": (0.002, 0.038, 0.96),
        },
        decides=("input-badly-scaled",),
    ),
    Experiment(
        key="half-images",
        title="Train with half of the images of a class",
        done="The recipe trained once more with half of the training images of the "
        "class with the lowest recall.",
        needs=("predictions", "recipe", "images"),
        seconds=240,
        outcomes={
            "falls": "with fewer images the recall of the class falls",
            "holds": "with fewer images the recall of the class holds",
        },
        otherwise=(0.2, 0.8),
        expects={"class-too-rare": (0.75, 0.25)},
        decides=("class-too-rare",),
    ),
    Experiment(
        key="resume",
        title="Train on for as many epochs again",
        done="The saved network trained on for as many epochs as it had, and for at "
        "least 200 steps, with its own recipe and a constant learning rate.",
        needs=("predictions", "model", "recipe", "images"),
        seconds=180,
        outcomes={
            "far": "with more epochs the validation score rises far",
            "rises": "with more epochs the validation score rises",
            "stays": "with more epochs the validation score does not rise",
        },
        otherwise=(0.008, 0.042, 0.95),
        expects={
            "too-few-epochs": (0.62, 0.3, 0.08),
            "rate-too-low": (0.1, 0.1, 0.8),
            "dropout-too-strong": (0.2, 0.2, 0.6),
            "majority-by-threshold": (0.05, 0.25, 0.7),
            "class-too-rare": (0.04, 0.16, 0.8),
            "modes-differ": (0.5, 0.2, 0.3),
            "diverged-late": (0.1, 0.15, 0.75),
            "wrong-epoch-kept": (0.15, 0.15, 0.7),
            "selected-by-accuracy": (0.1, 0.2, 0.7),
            "none": (0.001, 0.2, 0.799),
        },
        decides=("too-few-epochs",),
    ),
)
"""In the order of their cost."""
