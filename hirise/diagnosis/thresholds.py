"""What the thresholds of the checks mean, for people."""

_EVALUATED = "images that a class needs to be evaluated; with fewer it is a note"

MEANINGS: dict[str, dict[str, str]] = {
    "HR101": {
        "mismatch": "fraction of labels that differ from the catalog's",
        "siblings": "least fraction of pairs of copies with the same label",
        "association": "z of the neighbours' labels below which they are at random",
        "enough": "z that correct labels must be able to reach",
        "training_kappa": "kappa of training from which its images count as learned",
        "chance_kappa": "kappa up to which labels agree only by chance",
    },
    "HR102": {
        "most": "fraction of evaluated images with copies, above which it is an error",
        "minimum": "copies below which it is a note",
    },
    "HR103": {"minimum": "images with copies below which it is a note"},
    "HR104": {"minimum": "images of a class in a split below which it is found"},
    "HR106": {
        "factor": "ratio of frequencies that is exceeded",
        "level": "level of the test, corrected for the number of classes",
        "minimum": "images that a class needs to be compared",
    },
    "HR107": {
        "minimum": "suspected labels below which it is a note",
        "ratio": "suspected labels for each that is expected of correct labels",
    },
    "HR108": {
        "gain": "what the observation's name alone gains over one class for all",
        "most": "fraction of the score that it explains, to be called most of it",
    },
    "HR109": {"minimum": "images with contradictory labels below which it is a note"},
    "HR110": {"minimum": "images of an unseen class below which it is a note"},
    "HR111": {"minimum": "empty images below which it is a note"},
    "HR202": {"minimum": _EVALUATED},
    "HR204": {"floor": "least recall of a class", "minimum": _EVALUATED},
    "HR205": {
        "floor": "least precision of a class",
        "minimum": "predictions that a class needs to be evaluated; with fewer it is a "
        "note",
    },
    "HR207": {
        "gain": "least gain of kappa by the relabelling",
        "kappa": "least kappa after the relabelling",
        "known_kappa": "least kappa after it, if that order was known before",
        "matched": "fraction of images of moved classes that are then correct",
        "plain_gain": "gain of accuracy from which most of all moved images suffice",
    },
    "HR208": {
        "floor": "fraction of landmarks with changed predictions; the interval's lower "
        "end",
        "noted": "fraction of changed predictions from which it is noted",
        "minimum": "landmarks that are needed",
    },
    "HR301": {"tolerance": "calibration error beyond chance"},
    "HR302": {
        "tolerance": "largest range of a class's probability over all images",
        "minimum": "images below which it is a note",
    },
    "HR303": {"tolerance": "largest difference from the training frequencies"},
    "HR401": {
        "rise": "relative rise of the validation loss",
        "least": "least rise of the validation loss, in nats",
        "fall": "fall of the metric up to which a good classifier has not got worse",
        "min_epochs": "epochs that are needed",
    },
    "HR402": {
        "gain": "fraction of the way from the majority-class baseline to 1",
        "kappa": "kappa from which the training images count as learned",
    },
    "HR403": {
        "tolerance": "relative distance of the loss from the entropy",
        "accuracy_tolerance": "distance of accuracy from the baseline",
        "n_last": "last epochs that are examined",
        "n_frozen": "epochs of one accuracy that count as frozen with a still loss",
        "n_certain": "epochs of one accuracy that count as frozen whatever the loss",
        "nearly_all": "accuracy from which it repeats by itself",
    },
    "HR404": {
        "high": "kappa of training, or its part of the way above the baseline",
        "chance": "kappa of validation up to which it is at chance",
        "far_below": "fraction of chance agreement that accuracy stays above",
        "low_loss": "fraction of the entropy that only a fitted network reaches",
        "min_epochs": "epochs that are needed",
        "least": "distance of accuracy below the majority-class baseline",
    },
    "HR405": {
        "loss_over_entropy": "times the entropy that the loss exceeds",
        "drop": "fall of the metric since its best epoch",
        "jump": "times the loss of the best epoch",
        "learned": "part of the way above the baseline that was learned before",
    },
    "HR406": {
        "drop": "fall of the metric since its best epoch",
        "min_epochs": "epochs that are needed",
    },
    "HR407": {
        "imbalance": "frequency of the majority class in training",
        "least": "what another epoch would have gained",
    },
    "HR408": {"apart": "logged accuracy above that of inference mode"},
    "HR409": {
        "apart": "distance of the predicted frequencies beyond that of the true ones",
        "learned": "kappa from which the training images count as learned",
        "minimum": "predictions of a split that are needed",
        "n_last": "last epochs that are examined",
    },
    "HR501": {"floor": "fraction of dead units of a layer"},
    "HR502": {"logit_std": "standard deviation of the logits over the images"},
    "HR503": {
        "largest": "size of the input above which it is too large",
        "smallest": "size or range of the input below which it is too small",
    },
    "HR504": {
        "flattest": "spread of the probabilities of an image, from which it is used",
        "steepest": "largest spread that probabilities can have",
    },
    "HR505": {
        "times": "saliency on the border for its fraction of the area",
        "smallest": "least fraction of an image that the border covers",
        "largest": "largest fraction of an image that the border covers",
        "least": "images with a border that are needed",
    },
    "HR506": {"high_dropout": "dropout above which it is unusual"},
}
"""By the code of the check and the name of the threshold."""
