"""Printing: tables, JSON and plain text, all of it past the redactor."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence


def redacted(text: str) -> str:
    """`text` without secrets; while the redactor was never imported, no secret is known."""
    module = sys.modules.get("floe_sdk.observability.redaction")
    return text if module is None else str(module.redactor.redact(text))


def echo(text: str, *, err: bool = False) -> None:
    """Print a text to standard output, or to standard error."""
    click.echo(redacted(text), err=err)


def print_json(data: Any) -> None:
    """Print data as JSON to standard output; what JSON doesn't know is printed as text."""
    echo(json.dumps(data, indent=2, ensure_ascii=False, default=str))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Collection[str] = ()) -> None:
    """Print a table: for a terminal in columns that fit it, otherwise in plain aligned text, never cut.

    Columns named in `right` are aligned to the right; None is an empty cell.
    """
    cells = [[redacted("" if cell is None else str(cell)) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_rich(columns, cells, right)
        return
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    for row in (columns, *cells):
        aligned = [
            cell.rjust(width) if name in right else cell.ljust(width)
            for name, cell, width in zip(columns, row, widths, strict=True)
        ]
        click.echo("  ".join(aligned).rstrip())


def _print_rich(columns: Sequence[str], cells: Iterable[Sequence[str]], right: Collection[str]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))
    Console().print(table)


def size_text(count: int) -> str:
    """Bytes in decimal units."""
    size = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004 - decimal units
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
