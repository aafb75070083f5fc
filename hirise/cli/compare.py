"""`hirise compare`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from hirise.cli.options import artifacts_option
from hirise.cli.render.comparison import proof_lines
from hirise.diagnosis import diagnose, gather
from hirise.diagnosis.document import proof_document
from hirise.diagnosis.proof import Proof, contenders, prove, with_doubts
from hirise.diagnosis.wording import one_line
from hirise.errors import InputError
from hirise.runs import Run, find_run

FORMAT = 1


@click.command(short_help="Say what one run changes against another.")
@click.argument("baseline", metavar="BASELINE")
@click.argument("others", metavar="RUN…", nargs=-1, required=True)
@click.option("--split", help="Split to compare [default: val, else test].")
@click.option(
    "--cluster",
    type=click.Choice(["auto", "landmark", "observation", "none"]),
    default="auto",
    show_default=True,
    help="What the intervals resample.",
)
@click.option(
    "--images",
    "n_images",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="Fixed and newly broken images to list of each; --json has all.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@artifacts_option
def compare(
    baseline: str,
    others: tuple[str, ...],
    split: str | None,
    cluster: str,
    n_images: int,
    as_json: bool,
    artifacts: Path,
) -> None:
    """Say whether each RUN cures the BASELINE, on the images that both judged.

    Differences come with paired 95 % intervals, McNemar's exact test, the images that
    are fixed and newly broken, and the time that each training took. Cured means that
    the failing verdict is gone and the interval of macro-F1 lies above 0.
    """
    first = find_run(artifacts, baseline)
    runs = [find_run(artifacts, name) for name in others]
    proofs = [(run, proof_of(first, run, split=split, cluster=cluster)) for run in runs]
    if as_json:
        document = _document(first, proofs)
        click.echo(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False))
        return
    for number, (_, proof) in enumerate(proofs):
        if number:
            click.echo()
        click.echo("\n".join(map(one_line, proof_lines(proof, n_images))))


def proof_of(
    before: Run, after: Run, *, split: str | None = None, cluster: str = "auto"
) -> Proof:
    """Compare two runs, with what speaks against the evaluation itself."""
    if before.info.id == after.info.id and before.folder == after.folder:
        raise InputError(
            f"Run {before.info.id} would be compared with itself; name another run."
        )
    sides = contenders(before, after, split=split)
    evidence = gather(after, split=sides[1].predictions.split, cluster=cluster)
    return with_doubts(prove(*sides, cluster=cluster), diagnose(evidence))


def _document(first: Run, proofs: list[tuple[Run, Proof]]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "baseline": first.info.id,
        "comparisons": [
            {"run": run.info.id, **proof_document(proof)} for run, proof in proofs
        ],
    }
