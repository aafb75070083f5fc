"""The causes, with what would decide and what would cure."""

from __future__ import annotations

from dataclasses import dataclass

NONE = "none"
"""Nothing is wrong beyond what the verdict says."""
OTHER = "other"
"""A cause that this catalogue does not know."""


@dataclass(frozen=True)
class Hypothesis:
    """One cause that a classifier can fail for.

    Attributes
    ----------
    key, title : str
    experiment : str
        What would decide whether it is this one.
    remedies : tuple of str
        Keys.
    defined_by : tuple of str
        Signs of which one belongs to it by definition.
    proven_by : tuple of str
        Signs that hardly anything else gives.
    excluded_by : tuple of str
        Signs under which it is not the first cause.
    doubted_without : tuple of str
        Signs whose absence, where it is known, makes it unlikely.
    prevents_learning : bool
        Whether a classifier that it holds for cannot be healthy.
    frequency : float
        How often it occurs in practice, by judgement, where most causes have 1.
    """

    key: str
    title: str
    experiment: str
    remedies: tuple[str, ...] = ()
    defined_by: tuple[str, ...] = ()
    proven_by: tuple[str, ...] = ()
    excluded_by: tuple[str, ...] = ()
    doubted_without: tuple[str, ...] = ()
    prevents_learning: bool = False
    frequency: float = 1.0


INPUT = ("HR503", "input-narrow", "input-without-spread")
"""Signs of an input that makes gradients vanish and modes differ, and comes first."""

CAUSES: tuple[Hypothesis, ...] = (
    Hypothesis(
        "training-labels-scrambled",
        "The training labels do not belong to their images",
        "Train the same recipe for one epoch with the repaired labels: the training "
        "loss falls below the entropy of the class frequencies.",
        ("repaired-labels",),
        defined_by=(
            "labels-proven:train",
            "poor",
            "validation-never-learned",
            "training-stuck",
        ),
        proven_by=("labels-proven:train",),
        excluded_by=("HR207",),
        doubted_without=("labels-proven:train",),
        prevents_learning=True,
    ),
    Hypothesis(
        "validation-labels-scrambled",
        "The labels of the evaluated images do not belong to them",
        "Evaluate the same model with the repaired labels, without training: its "
        "score rises far above chance.",
        ("repaired-labels",),
        defined_by=("labels-proven:evaluated", "validation-at-baseline"),
        proven_by=("labels-proven:evaluated",),
        # One class for all images is the network's own, whatever the labels are.
        excluded_by=("labels-proven:train", "HR207", "HR201"),
        doubted_without=("labels-proven:evaluated",),
        prevents_learning=True,
    ),
    Hypothesis(
        "predictions-in-another-order",
        "Predictions and labels are in different orders",
        "Evaluate the same model in the training framework, and compare its "
        "predictions with the given ones image by image (`shuffle=False`).",
        ("rejoin-predictions", "predict-again"),
        defined_by=("curves-contradict",),
    ),
    Hypothesis(
        "predictions-of-another-model",
        "The predictions are those of another epoch or another model",
        "Predict again with the saved model, and compare with these predictions image "
        "by image.",
        ("predict-again",),
        defined_by=("curves-contradict",),
    ),
    Hypothesis(
        "class-order-permuted",
        "The class names are in another order",
        "Rename the predictions as the finding says, on one half of the images, and "
        "measure on the other half.",
        ("reorder-classes",),
        defined_by=("HR207",),
        proven_by=("HR207",),
    ),
    Hypothesis(
        "class-absent-from-training",
        "Training has no image of a class",
        "Count the classes of the training labels.",
        ("split-by-group",),
        defined_by=("absent-class",),
        prevents_learning=True,
    ),
    Hypothesis(
        "classes-differ",
        "Validation holds other classes than training, or names them differently",
        "Count the classes of the training labels and of the validation labels. If the "
        "classes or their order differ, this is the cause.",
        ("split-by-group", "reorder-classes"),
        defined_by=("absent-class", "HR404:below chance"),
        prevents_learning=True,
    ),
    Hypothesis(
        "class-mislabelled",
        "In training, images of one class are labelled as another one",
        "Look at 50 training images of the class that these images are predicted as.",
        ("repaired-labels", "relabel-class"),
        defined_by=("frequencies-exchanged", "taken-for-gainer"),
        doubted_without=("frequencies-exchanged",),
    ),
    Hypothesis(
        "noisy-labels",
        "Many labels are wrong",
        "Look at 50 images whose labels the model doubts most (HR107), and count the "
        "wrong labels.",
        ("repaired-labels",),
        defined_by=("errors-confident",),
    ),
    Hypothesis(
        "split-leaks",
        "The split leaks: evaluated images are also in training",
        "Evaluate the same model on the images that share no copy and no observation "
        "with training.",
        ("split-by-group",),
        defined_by=("HR102",),
        proven_by=("HR102",),
        excluded_by=("failing",),
    ),
    Hypothesis(
        "majority-by-threshold",
        "The ranking is good, but only frequent classes are predicted",
        "Subtract the logarithm of the training class frequencies from the logits of "
        "the validation images, without training: the other classes appear.",
        ("logit-adjustment", "class-weights"),
        defined_by=("hidden-classes",),
    ),
    Hypothesis(
        "input-badly-scaled",
        "The input is badly scaled or cut off",
        "Print the smallest and the largest input value of the first layer for one "
        "batch, then train one epoch with pixels from 0 to 1.",
        ("rescale-input",),
        defined_by=("HR503", "input-narrow", "input-wide", "input-without-spread"),
        prevents_learning=True,
    ),
    Hypothesis(
        "validation-preprocessed-otherwise",
        "Validation images are preprocessed otherwise than training images",
        "Predict again with the preprocessing of training: the score rises.",
        ("predict-again",),
        defined_by=("input-differs", "channels-swapped"),
    ),
    Hypothesis(
        "images-unreadable",
        "Many images are blank, as unreadable files are",
        "Open the blank images by hand, then train without them.",
        defined_by=("blank-images",),
    ),
    Hypothesis(
        "augmentation-destroys",
        "Augmentation destroys what shows the class",
        "Look at 20 images as the network gets them in training, then train one epoch "
        "without augmentation.",
        ("without-augmentation",),
        defined_by=("detail-lost",),
        prevents_learning=True,
    ),
    Hypothesis(
        "head-too-narrow",
        "The last layer has fewer outputs than there are classes",
        "Print the shape of the last layer's output beside the number of classes.",
        ("fit-last-layer",),
        defined_by=("HR504:width",),
        proven_by=("HR504:width",),
        prevents_learning=True,
    ),
    Hypothesis(
        "loss-and-last-layer",
        "The loss does not match the output of the last layer",
        "Train one epoch with `from_logits` changed to match the last layer, and "
        "compare the training loss.",
        ("fit-last-layer",),
        defined_by=("HR504:loss",),
    ),
    Hypothesis(
        "wrong-last-activation",
        "The activation of the last layer cuts off outputs",
        "Remove the activation after the last layer, and train one epoch.",
        ("fit-last-layer",),
        defined_by=("last-rectified",),
        prevents_learning=True,
    ),
    Hypothesis(
        "loss-for-numbers",
        "The loss is one for numbers, not for classes",
        "Train one epoch with cross-entropy.",
        ("fit-last-layer",),
        defined_by=("loss-for-numbers",),
        frequency=0.2,
        prevents_learning=True,
    ),
    Hypothesis(
        "network-dead",
        "The network is dead: the learning rate is too high",
        "Train the same recipe for two epochs with a tenth of the learning rate: the "
        "logits then differ between images.",
        ("lower-learning-rate", "transfer"),
        defined_by=("rate-high", "updates-large"),
        excluded_by=("HR504:width",),
        prevents_learning=True,
    ),
    Hypothesis(
        "rate-too-low",
        "The learning rate is too low",
        "Train the same recipe for two epochs with ten times the learning rate: the "
        "training loss falls.",
        ("higher-learning-rate", "more-epochs"),
        defined_by=("rate-low", "updates-small", "few-updates"),
        prevents_learning=True,
    ),
    Hypothesis(
        "regularisation-too-strong",
        "The penalty on the weights is too strong",
        "Train one epoch without it: the training loss falls.",
        ("less-regularisation",),
        defined_by=("penalty-high", "weights-shrink"),
        doubted_without=("penalty-high",),
        prevents_learning=True,
    ),
    Hypothesis(
        "dropout-too-strong",
        "Dropout leaves too few units",
        "Train one epoch with a dropout of 0.2: the training loss falls.",
        ("less-dropout",),
        defined_by=("dropout-strong",),
        prevents_learning=True,
    ),
    Hypothesis(
        "modes-differ",
        "Training mode and inference mode differ",
        "Predict the same training images in training mode, which gives the logged "
        "accuracy, and in inference mode. Then pass all training images through the "
        "network in training mode, without training, so that the moving averages are "
        "re-estimated, and measure again.",
        ("reestimate-normalisation", "more-epochs"),
        defined_by=("modes-differ", "normalisation-weak"),
        excluded_by=(*INPUT, "without-normalisation"),
        prevents_learning=True,
    ),
    Hypothesis(
        "backbone-frozen-random",
        "Layers that have learned nothing are frozen",
        "Load the pretrained weights, or train all layers for one epoch.",
        ("transfer",),
        defined_by=("frozen-weights",),
        prevents_learning=True,
    ),
    Hypothesis(
        "gradients-vanish",
        "The gradients vanish on their way to the first layers",
        "Train two epochs with ReLU, batch normalisation and the usual initial "
        "weights, at the same learning rate.",
        ("transfer",),
        defined_by=("gradients-vanish",),
        excluded_by=INPUT,
        prevents_learning=True,
    ),
    Hypothesis(
        "gradients-explode",
        "The gradients explode",
        "Train two epochs with the usual initial weights and gradients clipped to a "
        "norm of 1.",
        ("lower-learning-rate",),
        defined_by=("gradients-explode", "loss-not-finite"),
        excluded_by=("HR504:width", "last-rectified", "zero-weights"),
        prevents_learning=True,
    ),
    Hypothesis(
        "zero-initial-weights",
        "The weights start all equal, such as at zero",
        "Train one epoch with the usual random initial weights.",
        defined_by=("zero-weights",),
        frequency=0.2,
        prevents_learning=True,
    ),
    Hypothesis(
        "diverged-late",
        "The training diverged late: the learning rate is too high",
        "Resume from the best epoch with a tenth of the learning rate: the training "
        "loss stays low.",
        ("lower-learning-rate", "earlier-checkpoint"),
        defined_by=("was-better", "HR405:late"),
        excluded_by=("HR504:width",),
        prevents_learning=True,
    ),
    Hypothesis(
        "class-weights-wrong",
        "The class weights do not belong to their classes",
        "Train two epochs without class weights.",
        ("class-weights",),
        defined_by=("class-weights-wrong",),
        prevents_learning=True,
    ),
    Hypothesis(
        "class-too-rare",
        "Some classes are too rare to learn or to evaluate",
        "Train with half of these classes' images and compare recall with that of the "
        "full training: if recall rises with the number of images, more images will "
        "help.",
        ("transfer", "class-weights", "leave-class-out"),
        defined_by=("tiny-missed",),
    ),
    Hypothesis(
        "overfitted",
        "The network has memorised its training images",
        "Measure the epoch with the lowest validation loss on the same images.",
        ("earlier-checkpoint", "early-stopping", "augmentation"),
        defined_by=("memorised",),
        frequency=3.0,
    ),
    Hypothesis(
        "wrong-epoch-kept",
        "An epoch was kept that is worse than others",
        "Measure each kept epoch on the same images.",
        ("earlier-checkpoint", "select-by-macro-f1"),
        defined_by=("other-epoch", "curves-contradict", "HR406"),
    ),
    Hypothesis(
        "selected-by-accuracy",
        "Accuracy chose an epoch that predicts fewer classes",
        "Retrain with the same seed and keep the epoch with the best validation "
        "macro-F1.",
        ("select-by-macro-f1",),
        defined_by=("accuracy-cost",),
    ),
    Hypothesis(
        "too-few-epochs",
        "Training stopped too early",
        "Resume for as many epochs again: validation macro-F1 keeps rising.",
        ("more-epochs",),
        defined_by=("still-improving", "few-steps", "few-updates"),
    ),
    Hypothesis(
        "priors-differ",
        "The evaluated images have other class frequencies than training",
        "Correct the probabilities for the frequencies of the evaluated images "
        "(prior-shift), without training.",
        ("prior-shift", "split-by-group"),
        defined_by=("HR106",),
        excluded_by=("HR201", "HR207"),
        doubted_without=("frequencies-tilted",),
    ),
)
"""In the order in which equal probabilities are told."""
