"""The gallery: installed plugins as a page of Markdown, from metadata alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.plugins.discovery import COMMAND, PluginRecord
from floe_sdk.plugins.types import PluginType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_HEAD = "| name | what it is | package | version | floe-sdk |\n|---|---|---|---|---|\n"


def gallery(records: Iterable[PluginRecord], texts: Mapping[str, str] | None = None) -> str:
    """A section a type. `texts` say what a plugin is, by `type/name`; others have the summary of their distribution."""
    found = list(records)
    parts = ["# Gallery of plugins\n"]
    for kind in (*(each.value for each in PluginType), COMMAND):
        rows = [_row(record, (texts or {}).get(record.identity, record.summary)) for record in _of(found, kind)]
        if rows:
            heading = "Commands" if kind == COMMAND else f"Type `{kind}`"
            parts.append(f"\n## {heading}\n\n{_HEAD}")
            parts += [f"{row}\n" for row in rows]
    return "".join(parts)


def _of(records: Sequence[PluginRecord], kind: str) -> list[PluginRecord]:
    return [record for record in records if record.type == kind]


def _row(record: PluginRecord, text: str) -> str:
    package = f"[{record.distribution}]({record.home_page})" if record.home_page else record.distribution
    needs = "" if record.own else record.requires
    cells = (f"`{record.name}`", text, package, record.version, f"`{needs}`" if needs else "")
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
