"""A run as one page that needs nothing else: no server, no network, no file beside it."""

from __future__ import annotations

from html import escape
from string import Template
from typing import TYPE_CHECKING

from floe_sdk.graph.embedding import embedded, hashed, part
from floe_sdk.runview.view import run_dict

if TYPE_CHECKING:
    from floe_sdk.runtime.runs.record import RunRecord

_PACKAGE = "floe_sdk.runview"


def render_html(record: RunRecord) -> str:
    """The page. Its content security policy lets nothing be fetched, and no script run but its own.

    Everything that a project or a server may have said is in its data, and becomes text, never markup.
    """
    style, script = part(_PACKAGE, "page.css"), part(_PACKAGE, "data.js") + part(_PACKAGE, "page.js")
    run = record.summary
    return Template(part(_PACKAGE, "page.html")).substitute(
        style=style,
        script=script,
        style_hash=hashed(style),
        script_hash=hashed(script),
        data=embedded(run_dict(record)),
        title=escape(f"{run.product}: run {run.run_id}"),
    )
