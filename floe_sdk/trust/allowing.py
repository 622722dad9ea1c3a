"""The allow-lists: `approved_plugins` of a manifest, and FLOE_PLUGINS_ALLOW of this machine."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from floe_sdk.errors import plugins as problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_sdk.errors import Location
    from floe_sdk.plugins.discovery import PluginRecord

ALLOW = "FLOE_PLUGINS_ALLOW"


def check_allowed(record: PluginRecord, approved: Sequence[str] | None = None, where: Location | None = None) -> None:
    """Raise where the manifest's `approved` or FLOE_PLUGINS_ALLOW leaves the plugin out.

    None, or a variable that is not set, leaves nothing out; an empty list leaves out all but floe-sdk's own.
    """
    variable = os.environ.get(ALLOW)
    allowed = None if variable is None else [entry.strip() for entry in variable.split(",") if entry.strip()]
    for source, entries in (("approved_plugins", approved), (ALLOW, allowed)):
        for entry in entries or ():
            if not re.fullmatch(r"[a-z_]+/[^/\s]+", entry):
                raise problems.allow_list_invalid(source, entry)
        if entries is not None and not record.own and not {record.identity, f"{record.type}/*"}.intersection(entries):
            raise problems.not_allowed(record, source, entries, where)
