"""What a second classifier changes, in words with their numbers."""

from math import isnan

from hirise.diagnosis.rules import Verdict
from hirise.diagnosis.sentence import HEADLINES
from hirise.diagnosis.wording import images
from hirise.evaluation import Paired


def proof_sentence(
    outcome: str,
    names: tuple[str, str],
    splits: tuple[str, str],
    verdicts: tuple[Verdict, Verdict],
    paired: Paired,
) -> str:
    """Say what changed from the first to the second, without the headline."""
    where = images(paired.n_images, splits[0] if splits[0] == splits[1] else "")
    parts = [
        f"on {where} {_verdicts(names, verdicts, cured=outcome == 'cured')}",
        _macro_f1(paired),
        _changes(paired),
    ]
    return " ".join(parts)


def _verdicts(
    names: tuple[str, str], verdicts: tuple[Verdict, Verdict], *, cured: bool
) -> str:
    before, after = (
        f"“{HEADLINES[one][0].lower()}{HEADLINES[one][1:]}”" for one in verdicts
    )
    if verdicts[0] == verdicts[1]:
        return f"the verdict is {after} for both {names[0]} and {names[1]}."
    if cured:
        return (
            f"the verdict is no longer {before}, as for {names[0]}, but {after} for "
            f"{names[1]}."
        )
    return f"the verdict was {before} for {names[0]} and is {after} for {names[1]}."


def _macro_f1(paired: Paired) -> str:
    before, after = paired.summary.loc["macro_f1", ["before", "after"]]
    difference, low, high = paired.bounds("macro_f1")
    if difference == low == high == 0:
        return f"Macro-F1 is {before:.2f} for both, in every resample."
    text = f"Macro-F1 goes from {before:.2f} to {after:.2f}, by {signed(difference)}"
    if isnan(low):
        return f"{text}, without an interval. {_reason(paired)}"
    groups = f"{paired.n_groups:,} {paired.cluster}s"
    holds = ", which holds 0" if low <= 0 <= high else ""
    return (
        f"{text} (95 % interval {signed(low)} to {signed(high)} over {groups}{holds})."
    )


def _reason(paired: Paired) -> str:
    told = [note for note in paired.notes if note.startswith("There are no intervals")]
    return told[0] if told else ""


def _changes(paired: Paired) -> str:
    if not paired.n_fixed and not paired.n_broken:
        return "No image is fixed and none newly broken."
    return (
        f"{images(paired.n_fixed)} {'is' if paired.n_fixed == 1 else 'are'} fixed and "
        f"{paired.n_broken:,} newly broken (McNemar's exact test, "
        f"{p_text(paired.mcnemar_p)})."
    )


def signed(value: float, digits: int = 2) -> str:
    """`+0.32` or `−0.05`, with a minus sign that is not a hyphen; `0.00` for none."""
    text = f"{abs(value):.{digits}f}"
    if not float(text):
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def p_text(p: float) -> str:
    """`p = 0.031`, or `p < 0.001`."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
