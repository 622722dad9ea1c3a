"""Plugins that an allow-list leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.authoring.doctoring.fault import Fault
from floe_sdk.errors import FloeError
from floe_sdk.plugins.discovery import normalized
from floe_sdk.trust.allowing import check_allowed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from floe_sdk.plugins.discovery import PluginRecord


def left_out(records: Sequence[PluginRecord], approved: Sequence[Sequence[str]], *, note: bool) -> Iterator[Fault]:
    """Those that FLOE_PLUGINS_ALLOW, or a list of `approved`, does not name."""
    for record in records:
        for entries in (None, *approved):
            try:
                check_allowed(record, entries)
            except FloeError as error:
                kind, fix = "left-out", error.fix or ""
                fault = Fault(
                    kind, normalized(record.distribution), record.identity, error.problem, fix, error.exit_code
                )
                yield fault._replace(note=note and error.code.id == "FLOE-P003")
                break
