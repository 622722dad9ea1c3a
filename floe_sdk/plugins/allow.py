"""Allow-lists: what may be imported at all, decided before any import."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from floe_sdk.errors import FloeError
from floe_sdk.errors.plugins import ALLOW_LIST_INVALID, PLUGIN_NOT_ALLOWED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_sdk.errors import Location
    from floe_sdk.plugins.discovery import PluginRecord

VARIABLE = "FLOE_PLUGINS_ALLOW"


def check_allowed(
    record: PluginRecord, approved: Sequence[str] | None = None, *, where: Location | str | None = None
) -> None:
    """Raise where the manifest's `approved` or FLOE_PLUGINS_ALLOW leaves the plugin out.

    None, or a variable that is not set, leaves nothing out; an empty list leaves out all but floe-sdk's own.
    """
    variable = os.environ.get(VARIABLE)
    allowed = None if variable is None else [entry.strip() for entry in variable.split(",") if entry.strip()]
    for source, entries in (("approved_plugins", approved), (VARIABLE, allowed)):
        if entries is None:
            continue
        for entry in entries:
            if not re.fullmatch(r"[a-z_]+/[^/\s]+", entry):
                raise FloeError(
                    ALLOW_LIST_INVALID,
                    f"{source} holds {entry!r}",
                    fix="write `type/name`, `type/*` or `command/name`",
                )
        if not record.own and not {record.identity, f"{record.type}/*"}.intersection(entries):
            raise FloeError(
                PLUGIN_NOT_ALLOWED,
                f"the plugin {record.identity} of {record.distribution} is not in {source}; it was not imported",
                where=where,
                fix=f"add {record.identity!r} to {source}, or select one of: {', '.join(entries) or 'floe-sdk itself'}",
            )
