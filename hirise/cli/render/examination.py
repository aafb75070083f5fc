"""An examination, and its plan, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from hirise.actions.examine import ExaminePlan, ExamineResult, outcome_meaning


def examination_lines(result: ExamineResult) -> str:
    """What was decided, then each experiment and each cause."""
    return "\n".join(_examination(result))


def _examination(result: ExamineResult) -> Iterator[str]:
    yield result.sentence
    for made in result.results:
        yield ""
        yield f"{made.title} ({made.seconds:.1f} s)"
        yield f"  done       {made.done}"
        for rival in made.expected[:4]:
            outcome = outcome_meaning(made.key, rival.outcome)
            yield f"  predicted  {rival.title}: {outcome}"
        yield f"  came out   {made.meaning}. {made.sentence}"
    yield ""
    for _, title, before, decision in result.causes():
        yield (
            f"{decision.status:>10}  {before:4.0%} → {decision.probability:4.0%}  "
            f"{title}"
        )
    yield from _by_hand(result.by_hand)


def plan_lines(planned: ExaminePlan) -> str:
    """The experiments worth making, and why others cannot be made."""
    return "\n".join(_plan(planned))


def _plan(planned: ExaminePlan) -> Iterator[str]:
    if not planned.candidates:
        yield "No experiment is expected to tell more about the cause."
    for one in planned.candidates:
        yield (
            f"{one.seconds:5.0f} s  {one.bits:.2f} bits  {one.experiment.key}: "
            f"{one.experiment.title}"
        )
    for key, reason in planned.refusals.items():
        yield f"    –              {key}: {reason}"
    yield from _by_hand(planned.by_hand)


def _by_hand(experiments: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for title, code in experiments:
        yield ""
        yield f"{title}, in your own program:"
        yield from (f"    {line}" for line in code.splitlines())
