"""`hirise compare`."""

from __future__ import annotations

from pathlib import Path

import click

from hirise.actions.compare import CompareRequest
from hirise.actions.compare import compare as compare_runs
from hirise.cli import artifacts_option, cluster_option, json_text
from hirise.cli.render.comparison import comparison_lines
from hirise.diagnosis.wording import one_line


@click.command(short_help="Compare runs with a baseline.")
@click.argument("baseline", metavar="BASELINE")
@click.argument("others", metavar="RUN…", nargs=-1, required=True)
@click.option("--split", help="Split to compare [default: val, else test].")
@cluster_option
@click.option(
    "--images",
    "n_images",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="Number of fixed and newly broken images to list. --json lists all.",
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
    """Say whether each RUN cures the BASELINE, on the images that both predicted.

    Differences come with paired 95% CIs, McNemar's exact test, the images that are
    fixed and newly broken, and the time that each training took. Cured means that the
    failing verdict is gone and the interval of the change in macro-F1 lies above 0.
    """
    request = CompareRequest(
        baseline, others, split=split, cluster=cluster, artifacts=artifacts
    )
    result = compare_runs(request)
    if as_json:
        click.echo(json_text(result.to_dict()))
        return
    click.echo("\n".join(map(one_line, comparison_lines(result, n_images))))
