"""The causes, each with the evidence for and against it, and their ranking."""

from collections.abc import Sequence
from dataclasses import replace

from hirise.diagnosis.causes.cause import Cause, Rule, Sign
from hirise.diagnosis.causes.facts import Facts
from hirise.diagnosis.evidence import Evidence
from hirise.diagnosis.finding import Finding
from hirise.diagnosis.verdict import Verdict

_NO_OUTPUT = (Sign("output_constant", 2),)
_WIRING = (Sign("HR503", 3), Sign("HR504", 3))

RULES: tuple[Rule, ...] = (
    Rule(
        key="training-labels-scrambled",
        title="The training labels do not belong to their images",
        signature=(Sign("HR101:train", 4),),
        follows=(Sign("HR402"), Sign("HR403"), Sign("HR201"), Sign("HR206")),
        experiment=(
            "Train the same recipe for one epoch with the repaired labels: the "
            "training loss falls below the entropy of the class frequencies."
        ),
        remedies=("repaired-labels",),
    ),
    Rule(
        key="validation-labels-scrambled",
        title="The labels of the evaluated images do not belong to them",
        signature=(Sign("HR101:evaluated", 4), Sign("validation_at_chance", 3)),
        follows=(Sign("HR206"), Sign("training_learned")),
        contradicts=(
            Sign("HR101:train", 2),
            Sign("HR402", 2),
            Sign("HR207", 3),
            Sign("below_chance", 3),
            *_NO_OUTPUT,
        ),
        demands=(Sign("HR101", 2), Sign("HR206", 1)),
        experiment=(
            "Evaluate the same model with the repaired labels, without training: its "
            "score rises far above chance."
        ),
        remedies=("repaired-labels",),
    ),
    Rule(
        key="classes-differ",
        title="Validation holds different classes from training, or names them "
        "differently",
        signature=(Sign("below_chance", 4),),
        follows=(Sign("HR401"), Sign("training_learned")),
        contradicts=(Sign("HR101:evaluated", 2), Sign("HR207", 3)),
        experiment=(
            "Count the classes of the training labels and of the validation labels. "
            "If the classes or their order differ, this is the cause."
        ),
        remedies=("split-by-group", "reorder-classes"),
    ),
    Rule(
        key="modes-differ",
        title="Training mode and inference mode differ",
        signature=(Sign("modes_differ", 6),),
        follows=(Sign("HR201"), Sign("HR402"), Sign("HR405")),
        contradicts=(Sign("HR101:train", 2),),
        experiment=(
            "Predict the same training images in training mode, which gives the "
            "logged accuracy, and in inference mode. Then pass all training images "
            "through the network in training mode, without training, so that the "
            "moving averages are re-estimated, and measure again."
        ),
        remedies=("more-epochs",),
    ),
    Rule(
        key="class-order-permuted",
        title="The class names are in another order",
        signature=(Sign("HR207", 5),),
        follows=(Sign("HR206"), Sign("HR203")),
        experiment=(
            "Rename the predictions as the finding says, on one half of the images, "
            "and measure on the other half."
        ),
        remedies=("reorder-classes",),
    ),
    Rule(
        key="predictions-in-another-order",
        title="Predictions and labels are in different orders, or the images were "
        "preprocessed differently",
        signature=(Sign("curves_contradict", 6),),
        follows=(Sign("HR206"), Sign("HR203")),
        contradicts=(Sign("HR207", 3), Sign("HR101:evaluated", 3)),
        experiment=(
            "Evaluate the same model in the training framework, and compare its "
            "predictions with the given ones image by image (`shuffle=False`, the "
            "preprocessing of training)."
        ),
        remedies=("repaired-labels",),
    ),
    Rule(
        key="head-too-narrow",
        title="The last layer has fewer outputs than there are classes",
        signature=(Sign("HR504:width", 5),),
        follows=(Sign("HR202"), Sign("HR405")),
        experiment=(
            "Print the shape of the last layer's output beside the number of classes."
        ),
        remedies=("fit-last-layer",),
    ),
    Rule(
        key="loss-and-last-layer",
        title="The loss does not match the output of the last layer",
        signature=(Sign("HR504:loss", 5),),
        follows=(
            Sign("HR201"),
            Sign("HR202"),
            Sign("HR301"),
            Sign("HR402"),
            Sign("HR405"),
        ),
        experiment=(
            "Train one epoch with `from_logits` changed to match the last layer, and "
            "compare the training loss."
        ),
        remedies=("fit-last-layer",),
    ),
    Rule(
        key="input-badly-scaled",
        title="The input is badly scaled or cut off",
        signature=(Sign("HR503", 5),),
        follows=(
            Sign("HR201"),
            Sign("HR302"),
            Sign("HR402"),
            Sign("HR403"),
            Sign("HR405"),
            Sign("HR502"),
        ),
        contradicts=(Sign("training_learned", 3), Sign("HR101:train", 2)),
        experiment=(
            "Print the smallest and the largest input value of the first layer for "
            "one batch, then train one epoch with pixels from 0 to 1."
        ),
        remedies=("rescale-input",),
    ),
    Rule(
        key="network-dead",
        title="The network is dead: the learning rate is too high",
        signature=(
            Sign("output_constant", 3),
            Sign("HR405", 3),
            Sign("layer_dead", 3),
        ),
        follows=(Sign("HR201"), Sign("HR403"), Sign("HR501"), Sign("rate_high")),
        contradicts=(
            Sign("modes_differ", 3),
            *_WIRING,
            Sign("HR101:train", 2),
            Sign("hidden_by_argmax", 2),
            Sign("layer_faded", 3),
            Sign("rate_low", 1),
            Sign("diverged_late", 3),
        ),
        demands=(Sign("HR502", 2),),
        experiment=(
            "Train the same recipe for two epochs with a tenth of the learning rate: "
            "the logits then differ between images."
        ),
        remedies=("lower-learning-rate", "transfer"),
    ),
    Rule(
        key="diverged-late",
        title="The training diverged late: the learning rate is too high",
        signature=(Sign("diverged_late", 5),),
        follows=(Sign("HR403"), Sign("HR406"), Sign("rate_high")),
        contradicts=(*_WIRING, Sign("HR101:train", 2)),
        experiment=(
            "Resume from the best epoch with a tenth of the learning rate: the "
            "training loss stays low."
        ),
        remedies=("lower-learning-rate", "earlier-checkpoint"),
    ),
    Rule(
        key="majority-by-threshold",
        title="The ranking is good, but only frequent classes are predicted",
        signature=(Sign("hidden_by_argmax", 4), Sign("rarely_predicted", 2)),
        follows=(Sign("HR203"), Sign("HR204")),
        contradicts=(
            Sign("modes_differ", 3),
            *_WIRING,
            Sign("HR101:train", 2),
            Sign("stopped_early", 2),
            Sign("rare_missed", 2),
        ),
        experiment=(
            "Subtract the logarithm of the training class frequencies from the logits "
            "of the validation images, without training: the other classes appear."
        ),
        remedies=("logit-adjustment", "class-weights"),
    ),
    Rule(
        key="class-shares-only",
        title="Only the class frequencies were learned",
        signature=(Sign("HR403", 3), Sign("HR303", 3)),
        follows=(Sign("HR201"), Sign("HR203"), Sign("HR402")),
        contradicts=(
            Sign("modes_differ", 3),
            *_WIRING,
            *_NO_OUTPUT,
            Sign("layer_dead", 2),
            Sign("HR101:train", 3),
            Sign("hidden_by_argmax", 2),
            Sign("training_learned", 2),
            Sign("diverged_late", 3),
        ),
        experiment=(
            "Train on 50 images until they are memorised. If that fails, the fault "
            "is in the network or its input. Otherwise it is in the learning rate, the "
            "network's size or the labels."
        ),
        remedies=("lower-learning-rate", "class-weights", "transfer"),
    ),
    Rule(
        key="selected-by-accuracy",
        title="Accuracy chose an epoch that predicts fewer classes",
        signature=(Sign("accuracy_cost", 4),),
        follows=(Sign("HR202"), Sign("HR204"), Sign("HR406"), Sign("HR407")),
        contradicts=(Sign("HR101:evaluated", 2), Sign("HR405", 2)),
        experiment=(
            "Retrain with the same seed and keep the epoch with the best "
            "validation macro-F1."
        ),
        remedies=("select-by-macro-f1",),
    ),
    Rule(
        key="overfitted",
        title="Overfitted, and the wrong epoch was kept",
        signature=(Sign("HR406", 3), Sign("HR401", 3)),
        follows=(Sign("HR301"), Sign("training_learned")),
        contradicts=(
            Sign("modes_differ", 3),
            Sign("HR101:evaluated", 2),
            Sign("validation_at_chance", 2),
            Sign("HR402", 2),
            Sign("HR405", 2),
            Sign("accuracy_cost", 2),
            Sign("below_chance", 3),
            *_NO_OUTPUT,
        ),
        experiment=(
            "Measure the epoch with the lowest validation loss on the same images."
        ),
        remedies=("earlier-checkpoint", "early-stopping", "augmentation"),
    ),
    Rule(
        key="too-few-epochs",
        title="Training stopped too early",
        signature=(Sign("stopped_early", 3),),
        follows=(
            Sign("HR201"),
            Sign("HR202"),
            Sign("HR203"),
            Sign("HR204"),
            Sign("HR402"),
        ),
        contradicts=(
            Sign("modes_differ", 3),
            *_WIRING,
            *_NO_OUTPUT,
            Sign("HR101:evaluated", 2),
            Sign("HR101:train", 2),
            Sign("HR401", 3),
            Sign("HR404", 2),
            Sign("HR406", 3),
            Sign("curves_contradict", 3),
            Sign("rare_missed", 1),
        ),
        experiment=(
            "Resume for as many epochs again: validation macro-F1 keeps rising."
        ),
        remedies=("more-epochs",),
    ),
    Rule(
        key="class-too-rare",
        title="Some classes are too rare to learn or to evaluate",
        signature=(Sign("rare_missed", 4), Sign("too_few_images", 2)),
        follows=(Sign("HR104"), Sign("HR202"), Sign("HR204")),
        contradicts=(Sign("HR201", 3), *_NO_OUTPUT),
        experiment=(
            "Train with half of these classes' images and compare recall with that "
            "of the full training: if recall rises with the number of images, more "
            "images will help."
        ),
        remedies=("transfer", "class-weights", "leave-class-out"),
    ),
    Rule(
        key="split-leaks",
        title="The split leaks: evaluated images are also in training",
        signature=(Sign("HR102", 3), Sign("HR103", 2), Sign("HR108", 2)),
        contradicts=(Sign("failed", 2),),
        experiment=(
            "Evaluate the same model on the images that share no copy and no "
            "observation with training."
        ),
        remedies=("split-by-group",),
    ),
)


def causes_of(
    evidence: Evidence,
    verdict: Verdict,
    findings: Sequence[Finding],
    passed: Sequence[str],
    rules: tuple[Rule, ...] = RULES,
) -> tuple[Cause, ...]:
    """The causes that the findings support, ranked by score, then in table order."""
    facts = Facts(evidence, verdict, findings, passed)
    weighed = [rule.weigh(facts) for rule in rules]
    found = [cause for cause in weighed if cause is not None]
    return tuple(sorted(found, key=lambda cause: -cause.score))


def with_causes(
    findings: Sequence[Finding], causes: Sequence[Cause]
) -> tuple[Finding, ...]:
    """`findings`, each with the keys of the causes that it supports."""
    return tuple(
        replace(
            finding,
            causes=tuple(cause.key for cause in causes if finding.code in cause.for_),
        )
        for finding in findings
    )
