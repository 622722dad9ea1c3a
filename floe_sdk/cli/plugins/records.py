"""A plugin on the command line: the one that a name means, and what its metadata says, for a machine."""

from __future__ import annotations

from typing import Any

from floe_sdk.plugins.discovery import PluginRecord, discover


def as_dict(record: PluginRecord) -> dict[str, Any]:
    """What `--json` prints of a plugin."""
    return {
        "type": record.type,
        "name": record.name,
        "distribution": record.distribution,
        "version": record.version,
        "summary": record.summary,
        "home_page": record.home_page,
        "requires_floe_sdk": record.requires,
        "entry_point": record.target,
    }


def find(name: str, distribution: str | None) -> PluginRecord:
    """The plugin of that name, or TYPE/NAME; raises FloeError with what to do where there is none, or several."""
    from floe_sdk.errors.plugins import ambiguous, not_found
    from floe_sdk.plugins.loading import choose
    from floe_sdk.schemas.fields import nearest

    records = discover().records
    if "/" in name:
        return choose(records, name, distribution)
    identities = sorted({record.identity for record in records if record.name == name})
    if len(identities) > 1:
        raise ambiguous(name, identities)
    if not identities:
        guess = nearest(name, (record.name for record in records))
        raise not_found(f"TYPE/{name}", distribution, (), guess)
    return choose(records, identities[0], distribution)
