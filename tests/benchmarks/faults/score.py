"""Say how often the answers name the planted fault: `score.py ANSWERS.jsonl`.

A first cause is right if it is the planted one, or one that holds as well (`also`).
"Can tell" counts the forms from which a fault can be told (`forms`). A sound training
is one without a planted fault that has learned its classes (balanced accuracy of .7).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from make import fault_named
from plant import ALL, SOUND

LEARNED = 0.7
ALARMS = ("error", "warning")


def main(path: str) -> None:
    """Print the tables."""
    answers = [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]
    failed = [answer for answer in answers if "error" in answer]
    answers = [answer for answer in answers if "error" not in answer]
    trainings = {answer["name"] for answer in answers}
    print(f"{len(trainings)} trainings, {len(failed)} answers refused")
    for answer in failed[:5]:
        print(f"  {answer['name']} {answer['form']}: {answer['error']}")
    for form in ALL:
        _form(form, [answer for answer in answers if answer["form"] == form])
    _kinds([answer for answer in answers if answer["form"] == ALL[0]])
    _alarms(answers)


def first(answer: dict[str, Any]) -> str:
    """The first cause; "" for none."""
    return answer["causes"][0]["key"] if answer["causes"] else ""


def is_right(answer: dict[str, Any]) -> bool:
    """Whether the first cause is the planted one, or holds as well."""
    fault = fault_named(answer["fault"])
    return first(answer) in (fault.cause, *fault.also)


def _form(form: str, answers: list[dict[str, Any]]) -> None:
    faulty = [answer for answer in answers if answer["fault"] != SOUND]
    told = [a for a in faulty if form in fault_named(a["fault"]).forms]
    sound = [a for a in answers if _is_sound(a)]
    right = sum(map(is_right, told))
    wrong = sum(bool(first(a)) and not is_right(a) for a in faulty)
    caused = sum(bool(first(a)) for a in sound)
    alarmed = sum(any(f[1] in ALARMS for f in a["findings"]) for a in sound)
    print(
        f"{form}: first cause right {right} of {len(told)} that can be told, wrong "
        f"{wrong} of {len(faulty)} faulty; of {len(sound)} sound, {caused} with a "
        f"cause, {alarmed} with an error or warning"
    )


def _is_sound(answer: dict[str, Any]) -> bool:
    return answer["fault"] == SOUND and (answer["balanced"] or 1.0) >= LEARNED


def _kinds(answers: list[dict[str, Any]]) -> None:
    print("\nfault: right of all; verdicts; other first causes (from the run)")
    for key in dict.fromkeys(answer["fault"] for answer in answers):
        of_kind = [answer for answer in answers if answer["fault"] == key]
        others = Counter(first(a) or "none" for a in of_kind if not is_right(a))
        verdicts = Counter(a["verdict"] for a in of_kind)
        print(
            f"  {key}: {sum(map(is_right, of_kind))} of {len(of_kind)}; "
            f"{_counted(verdicts)}; {_counted(others)}"
        )


def _alarms(answers: list[dict[str, Any]]) -> None:
    print("\nerrors and warnings on sound trainings, by form")
    for form in ALL:
        sound = [a for a in answers if a["form"] == form and _is_sound(a)]
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
