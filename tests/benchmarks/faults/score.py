"""Say how often the answers name the planted fault: `score.py ANSWERS.jsonl`.

`truth.py` says which first cause is right. "Can be told" counts the forms from which a
fault can be told (`forms` of its kind). Faults that did no harm, and sound trainings
that failed, are left out; so are sound trainings that did not learn their classes from
the counts of sound ones.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from plant import ALL, SOUND
from truth import acceptable, is_present, is_sound, is_told, with_effect

ALARMS = ("error", "warning")
LIKELY = 0.6
BINS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)

Answers = list[dict[str, Any]]


def main(path: str) -> None:
    """Print the tables."""
    answers = [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]
    failed = [answer for answer in answers if "error" in answer]
    for answer in failed[:5]:
        print(f"refused: {answer['name']} {answer['form']}: {answer['error']}")
    print_scores([answer for answer in answers if "error" not in answer])


def print_scores(answers: Answers) -> None:
    """Per form of evidence and per fault, calibration, alarms on sound trainings."""
    names = {answer["name"] for answer in answers}
    sound = {answer["name"] for answer in answers if answer["fault"] == SOUND}
    used = with_effect(answers)
    kept = {answer["name"] for answer in used}
    print(f"{len(names)} trainings, {len(sound)} of them sound; {len(kept)} used")
    for form in ALL:
        _form(form, [answer for answer in used if answer["form"] == form])
    _calibration(used)
    _kinds([answer for answer in used if answer["form"] == ALL[0]])
    _alarms(used)


def first(answer: dict[str, Any]) -> str:
    """The first cause; "" for none."""
    return answer["causes"][0]["key"] if answer["causes"] else ""


def is_right(answer: dict[str, Any]) -> bool:
    """Whether the first cause is true of the training."""
    return first(answer) in acceptable(answer)


def _probability(answer: dict[str, Any]) -> float:
    """That of the first cause; 1 where it is told without one."""
    stated = answer["causes"][0].get("probability") if answer["causes"] else 0.0
    return 1.0 if stated is None else float(stated)


def _form(form: str, answers: Answers) -> None:
    told = [answer for answer in answers if is_told(answer)]
    faulty = [answer for answer in answers if is_present(answer)]
    wrong = [a for a in faulty if first(a) and not is_right(a)]
    sure = [a for a in wrong if _probability(a) >= LIKELY]
    sound = [answer for answer in answers if is_sound(answer)]
    weak = [a for a in answers if not is_present(a) and not is_sound(a)]
    caused = sum(bool(first(a)) for a in sound)
    alarmed = sum(any(f[1] in ALARMS for f in a["findings"]) for a in sound)
    print(
        f"{form}: first cause right {_rate(sum(map(is_right, told)), len(told))} that "
        f"can be told; wrong {len(wrong)}, as likely or more "
        f"{_rate(len(sure), len(faulty))} faulty; of sound ones "
        f"{_rate(caused, len(sound))} with a cause, {alarmed} with an error or "
        f"warning; of those without a fault that are weak, "
        f"{sum(not is_right(a) for a in weak)} of {len(weak)} with an untrue cause"
    )


def _rate(n: int, total: int) -> str:
    return f"{n} of {total} ({n / max(1, total):.1%})"


def _calibration(answers: Answers) -> None:
    """Stated probabilities, all causes that are told, against how often they hold."""
    stated, true = [], []
    for answer in answers:
        for cause in answer["causes"]:
            if cause.get("probability") is not None:
                stated.append(cause["probability"])
                true.append(cause["key"] in acceptable(answer))
    if not stated:
        return
    p, y = np.array(stated), np.array(true, dtype=float)
    places = np.digitize(p, BINS)
    error = 0.0
    print("\nstated probability: mean, how often true, causes")
    for place in np.unique(places):
        rows = places == place
        error += rows.sum() * abs(p[rows].mean() - y[rows].mean())
        print(f"  {p[rows].mean():.2f} {y[rows].mean():.2f} {rows.sum()}")
    print(f"expected calibration error {error / len(p):.3f} of {len(p)} told causes")


def _kinds(answers: Answers) -> None:
    print("\nfault: right of all; verdicts; other first causes (from the run)")
    for key in dict.fromkeys(answer["fault"] for answer in answers):
        of_kind = [answer for answer in answers if answer["fault"] == key]
        others = Counter(first(a) or "none" for a in of_kind if not is_right(a))
        verdicts = Counter(a["verdict"] for a in of_kind)
        print(
            f"  {key}: {sum(map(is_right, of_kind))} of {len(of_kind)}; "
            f"{_counted(verdicts)}; {_counted(others)}"
        )


def _alarms(answers: Answers) -> None:
    print("\nerrors and warnings on sound trainings, by form")
    for form in ALL:
        sound = [a for a in answers if a["form"] == form and is_sound(a)]
        codes = Counter(
            code
            for a in sound
            for code in {f[0] for f in a["findings"] if f[1] in ALARMS}
        )
        print(f"  {form}: {_counted(codes) or 'none'}")


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{key} {n}" for key, n in counts.most_common())


if __name__ == "__main__":
    main(sys.argv[1])
