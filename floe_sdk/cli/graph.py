"""`floe graph`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from floe_sdk.cli.options import env_option, literal_secrets_option, spec_argument, vars_option
from floe_sdk.cli.output import echo, redacted

if TYPE_CHECKING:
    from floe_sdk.graph.view import GraphView

FORMATS = ("text", "mermaid", "json", "html")
TOO_MANY_EDGES = 500


@click.command()
@spec_argument
@env_option
@vars_option
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--columns", is_flag=True, help="Also the columns and where each comes from; html always has them.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write into this file. html goes to target/graph.html where it would fill a terminal.",
)
@literal_secrets_option
def command(
    spec: Path,
    environment: str | None,
    variables: str | None,
    form: str,
    columns: bool,
    output: Path | None,
    literal_secrets: bool,
) -> None:
    """Draw the product's graph: its nodes, what each reads, and how many tests it has.

    Where columns come from is read off the models' compiled SQL; no run is needed. `html` is one page that needs no
    server and no network.

    \b
    Examples:
      floe graph
      floe graph --format html --output graph.html
      floe graph products/customer-360 --columns --format json
    """  # noqa: D301 - \b is click's mark for lines to keep
    from floe_sdk.errors import FloeError
    from floe_sdk.graph.load import load_view
    from floe_sdk.project.files import target_dir, write_atomic
    from floe_sdk.project.variables import parse_variables

    view, product = load_view(
        spec,
        env=environment,
        variables=parse_variables(variables),
        columns=columns or form == "html",
        literal_secrets=literal_secrets,
    )
    text = redacted(_rendered(view, form, columns=columns))
    edges = text.count(" --> ") if form == "mermaid" else 0
    if edges >= TOO_MANY_EDGES:
        echo(
            f"warning: Mermaid refuses a graph of {TOO_MANY_EDGES} edges and more unless its `maxEdges` is raised, and "
            f"this one has {edges:,}; --format html has no such limit",
            err=True,
        )
    if output is None and form == "html" and sys.stdout.isatty():
        output = target_dir(product.context) / "graph.html"
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        write_atomic(output, text)
    except FloeError as error:  # what one names oneself, no variable moves
        raise FloeError(error.code, error.problem, where=error.where, fix="name another file with --output") from error
    from floe_sdk.project.document import shown_path

    echo(f"wrote {shown_path(output)}", err=True)


def _rendered(view: GraphView, form: str, *, columns: bool) -> str:
    if form == "json":
        from floe_sdk.graph.view import as_dict

        return json.dumps(as_dict(view), indent=2, ensure_ascii=False) + "\n"
    if form == "html":
        from floe_sdk.graph.html import render_html

        return render_html(view)
    if form == "mermaid":
        from floe_sdk.graph.mermaid import render_mermaid

        return render_mermaid(view, columns=columns)
    from floe_sdk.graph.text import render_text

    return render_text(view, columns=columns)
