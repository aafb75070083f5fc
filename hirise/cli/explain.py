"""`hirise explain`."""

from __future__ import annotations

import click

from hirise.actions.explain import ExplainRequest, explain, topics
from hirise.cli import json_text


@click.command(short_help="Explain a check, a cause, a remedy or a term.")
@click.argument("topic", metavar="TOPIC", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def explain_(topic: str | None, as_json: bool) -> None:
    """Print what the documentation says of TOPIC, such as HR201 or network-dead.

    Without TOPIC, all topics are listed.
    """
    if topic is None:
        rows = [(key, one.title) for key, one in topics().items()]
        width = max(len(key) for key, _ in rows)
        click.echo("\n".join(f"{key:<{width}}  {title}" for key, title in rows))
        return
    found = explain(ExplainRequest(topic))
    if as_json:
        click.echo(json_text(found.to_dict()))
        return
    click.echo(f"{found.topic}: {found.title}\n\n{found.text}")
