"""Score the answers of `ask.py`.

    python tests/benchmarks/papers/score.py ANSWERS.jsonl [--write docs/papers.md]

Detected: the faulty program fails (collapsed, partly collapsed, uninformed), has an
error or a warning, or an acceptable finding names the fault. Diagnosed: the first cause
is acceptable, or an acceptable finding names the fault. A fault is without effect where
the faulty version classifies as well as the fixed one (balanced accuracy within .05);
a fixed version is sound from a balanced accuracy of .7. Both are counted apart.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from program import Program
from registry import CLASSIFIERS, OTHERS, SOUND

FAILING = ("collapsed", "partly-collapsed", "uninformed")
ALARMS = ("error", "warning")
LIKELY = 0.6
SOUND_FROM, SAME = 0.7, 0.05
TOOLS = ("DeepFD", "DeepDiagnosis", "DeepLocalize", "UMLAUT", "AUTOTRAINER")

Answer = dict[str, Any]
Answers = dict[tuple[str, str], Answer]


def main() -> None:
    """Print the tables as Markdown, or write them into a page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("answers", type=Path)
    parser.add_argument("--before", type=Path, help="answers of an earlier version")
    parser.add_argument("--write", type=Path, help="page between whose marks they go")
    options = parser.parse_args()
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        print_scores(read(options.answers), options.before)
    if options.write is None:
        print(text.getvalue())
        return
    page = options.write.read_text("utf-8")
    start, end = (page.index(mark) for mark in MARKS)
    start += len(MARKS[0])
    page = f"{page[:start]}\n\n{text.getvalue().strip()}\n\n{page[end:]}"
    options.write.write_text(page, "utf-8")


MARKS = ("<!-- scores -->", "<!-- end of scores -->")


def read(path: Path) -> Answers:
    """The answers by program and version."""
    lines = path.read_text("utf-8").splitlines()
    return {(a["program"], a["version"]): a for a in map(json.loads, lines)}


def print_scores(answers: Answers, before: Path | None) -> None:
    """Totals, figures of the papers, alarms, and the programs one by one."""
    told = [p for p in CLASSIFIERS if all((p.key, v) in answers for v in VERSIONS)]
    earlier = None if before is None else read(before)
    print_totals(told, answers, earlier)
    print_figures(told, answers, earlier)
    print_alarms([*told, *SOUND], answers, earlier)
    print_others(answers)
    print_programs(told, answers)


def balanced(answers: Answers, program: Program, version: str) -> float:
    """Balanced accuracy on validation rows, measured without the product."""
    return float(answers[program.key, version]["facts"]["val_balanced"])


def is_effective(answers: Answers, program: Program) -> bool:
    """Whether the fault made the classifier worse."""
    loss = balanced(answers, program, "fixed") - balanced(answers, program, "faulty")
    return loss > SAME


def is_detected(program: Program, answer: Answer) -> bool:
    """Whether the product says that something is wrong."""
    alarms = [f for f in answer.get("findings", ()) if f["severity"] in ALARMS]
    fails = answer.get("verdict") in FAILING
    return bool(fails or alarms or naming(program, answer))


def naming(program: Program, answer: Answer) -> list[str]:
    """Acceptable findings in the answer."""
    found = [(f["code"], f"{f['code']}:{f['subject']}") for f in answer["findings"]]
    names = [code if code in program.findings else both for code, both in found]
    return [name for name in dict.fromkeys(names) if name in program.findings]


def first(answer: Answer) -> tuple[str, float]:
    """The first cause and its probability; "" for none."""
    for cause in answer.get("causes", ()):
        return cause["key"], float(cause["probability"] or 0)
    return "", 0.0


def is_diagnosed(program: Program, answer: Answer) -> bool:
    """Whether the fault is named, as first cause or by a finding."""
    return first(answer)[0] in program.causes or bool(naming(program, answer))


def is_misled(program: Program, answer: Answer) -> bool:
    """Whether a cause that is not acceptable is told first, as likely or more."""
    key, probability = first(answer)
    return bool(key) and key not in program.causes and probability >= LIKELY


def alarms_of(answer: Answer) -> list[str]:
    """Errors, warnings and causes."""
    found = [f["code"] for f in answer["findings"] if f["severity"] in ALARMS]
    return [*dict.fromkeys(found), *(c["key"] for c in answer["causes"])]


def print_programs(programs: Iterable[Program], answers: Answers) -> None:
    print("\n| program | declared faults | balanced accuracy | verdict | answer |")
    print("|---|---|---|---|---|")
    for program in programs:
        answer = answers[program.key, "faulty"]
        scores = " → ".join(f"{balanced(answers, program, v):.2f}" for v in VERSIONS)
        effect = "" if is_effective(answers, program) else " (no effect)"
        print(
            f"| {program.key} | {program.faults} | {scores}{effect} | "
            f"{answer.get('verdict', 'refused')} | {said(program, answer)} |"
        )


VERSIONS = ("faulty", "fixed")


def said(program: Program, answer: Answer) -> str:
    """First cause and naming findings, marked as right or wrong."""
    if "refused" in answer:
        return answer["refused"][:80]
    key, probability = first(answer)
    named = naming(program, answer)
    told = [f"`{key}` {probability:.0%}"] if key else ["none"]
    if named:
        told.append(f"named by {', '.join(named)}")
    mark = "✓" if is_diagnosed(program, answer) else "✗"
    return f"{mark} {'; '.join(told)}"


def counts(programs: Iterable[Program], answers: Answers) -> tuple[int, ...]:
    """Programs; detected, diagnosed, by the first cause; a wrong one told as likely."""
    rows = [(p, answers[p.key, "faulty"]) for p in programs]
    asked = [(p, a) for p, a in rows if "refused" not in a]
    return (
        len(rows),
        sum(is_detected(p, a) for p, a in asked),
        sum(is_diagnosed(p, a) for p, a in asked),
        sum(first(a)[0] in p.causes for p, a in asked),
        sum(is_misled(p, a) for p, a in asked),
    )


def print_totals(
    programs: list[Program], answers: Answers, before: Answers | None
) -> None:
    """Detected and diagnosed, by whether the fault had an effect."""
    effective = [p for p in programs if is_effective(answers, p)]
    harmless = [p for p in programs if not is_effective(answers, p)]
    print(
        "| faults | programs | detected | diagnosed | by the first cause | "
        "wrong cause, likely or more |"
    )
    print("|---|---:|---:|---:|---:|---:|")
    for name, group in (
        ("with effect", effective),
        ("without effect", harmless),
        ("all", programs),
    ):
        cells = [str(n) for n in counts(group, answers)]
        if before is not None:
            earlier = counts(group, before)[1:]
            cells[1:] = [
                f"{n} (before {e})" for n, e in zip(cells[1:], earlier, strict=True)
            ]
        print(f"| {name} | {' | '.join(cells)} |")


def figures() -> list[dict[str, str]]:
    """What the repositories of the papers report."""
    with Path(__file__).with_name("figures.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def print_figures(
    programs: list[Program], answers: Answers, before: Answers | None
) -> None:
    """Tools and the product on the programs that a repository reports."""
    rows, by_key = figures(), {p.key: p for p in programs}
    print("\n| reported by | tool | programs | detected | diagnosed |")
    print("|---|---|---:|---:|---:|")
    for source in ("DeepFD", "DeepDiagnosis"):
        of_source = [r for r in rows if r["from"] == source and r["program"] in by_key]
        for tool in TOOLS:
            of = [r for r in of_source if r["tool"] == tool]
            if of:
                found = sum(r["detected"] == "1" for r in of)
                named = sum(r["diagnosed"] == "1" for r in of)
                print(f"| {source} | {tool} | {len(of)} | {found} | {named} |")
        same = [by_key[key] for key in sorted({r["program"] for r in of_source})]
        for name, given in (("hirise", answers), ("hirise, before", before)):
            if given is not None:
                n, detected, diagnosed, *_ = counts(same, given)
                print(f"| this benchmark | {name} | {n} | {detected} | {diagnosed} |")


def print_alarms(
    programs: list[Program], answers: Answers, before: Answers | None
) -> None:
    """Causes, errors and warnings on fixed versions."""
    told = [p for p in programs if (p.key, "fixed") in answers]
    sound = [p for p in told if balanced(answers, p, "fixed") >= SOUND_FROM]
    others = [p for p in told if p not in sound]
    print(f"\n{len(sound)} of {len(told)} fixed versions are sound.")
    for name, group in (("sound", sound), ("not sound", others)):
        loud = [p for p in group if is_loud(answers[p.key, "fixed"])]
        caused = sum(bool(answers[p.key, "fixed"].get("causes")) for p in loud)
        line = f"Of the {name} ones {len(loud)} have an error or a warning, "
        line += f"{caused} a cause"
        if before is not None:
            earlier = [before[p.key, "fixed"] for p in group]
            n_caused = sum(bool(a.get("causes")) for a in earlier)
            line += f" (before {sum(map(is_loud, earlier))} and {n_caused})"
        print(f"\n{line}{':' if loud else '.'}\n")
        for program in loud:
            answer = answers[program.key, "fixed"]
            score = balanced(answers, program, "fixed")
            said = answer.get("refused") or ", ".join(alarms_of(answer))
            verdict = answer.get("verdict", "")
            print(f"- {program.key} (balanced accuracy {score:.2f}, {verdict}): {said}")


def is_loud(answer: Answer) -> bool:
    """Whether there is an error, a warning, a cause or no answer at all."""
    return "refused" in answer or bool(alarms_of(answer))


def print_others(answers: Answers) -> None:
    """Programs that are no classifiers of one label."""
    rows = [
        (program, version, answers[program.key, version])
        for program in OTHERS
        for version in VERSIONS
        if (program.key, version) in answers
    ]
    raised = sum(bool(a["facts"]["raised"]) for _, _, a in rows)
    recorded = [a for _, _, a in rows if "refused" not in a]
    told = sum(any(f["subject"] == "labels" for f in a["findings"]) for a in recorded)
    caused = sum(bool(a["causes"]) for a in recorded)
    kinds = ", ".join(f"{program.settings} ({program.key})" for program in OTHERS)
    print(
        f"\n{len(rows)} further trainings are no classifiers of one label: {kinds}. "
        f"The recorder raised an exception in {raised} and kept the curves of "
        f"{len(recorded)}. {told} are told that their labels are no classes, and "
        f"{caused} have a cause."
    )


if __name__ == "__main__":
    main()
