"""Column lineage in words, as a person would write it down."""

from __future__ import annotations

from floe_sdk.runtime.lineage.sql import column_lineage


def lineage_in_words(sql, schema):
    """`table.column subtype` of each use, by output column; `~` marks an indirect one, `#` a masking one."""
    lineage = column_lineage(sql, schema)
    shown = {name: {_show(use) for use in uses} for name, uses in lineage.columns.items()}
    return shown, {_show(use) for use in lineage.dataset}, lineage.problems


def _show(use):
    mark = ("~" if use.type == "INDIRECT" else "") + ("#" if use.masking else "")
    return f"{mark}{use.table[1]}.{use.column} {use.subtype}"
