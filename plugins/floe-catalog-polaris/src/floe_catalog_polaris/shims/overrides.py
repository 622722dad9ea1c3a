"""What a server may override: names and places, never where it is, who is asked for tokens, or code to import.

For: every PyIceberg so far (0.10 to 0.12), which takes all that the config answer overrides: `uri`,
`oauth2-server-uri`, `py-io-impl`, ... and sends its token to wherever that leads. Upstream: iceberg #16470.
Goes when: tests/test_upstream.py::test_pyiceberg_follows_any_override fails for every supported version.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_log = logging.getLogger(__name__)
_TAKEN = frozenset({"prefix", "namespace-separator", "default-base-location", "warehouse", "view-endpoints-supported"})
_PLACES = ("s3.", "gcs.", "adls.", "client.region", "table-default.", "table-override.", "polaris.")
_QUIET = frozenset({"uri"})
"""Of these only one that changes something is worth a word."""


def taken(document: Mapping[str, Any], own: Mapping[str, str], uri: str) -> dict[str, str]:
    """The catalog's properties: the server's defaults, under what is configured here, under its overrides.

    `s3.` and the like are looked at again, one by one, for each table's files.
    """
    defaults, overrides = _texts(document.get("defaults")), _texts(document.get("overrides"))
    dropped = sorted(key for key in {**defaults, **overrides} if not _may(key))
    if told := [key for key in dropped if key not in _QUIET or {**defaults, **overrides}[key].rstrip("/") != uri]:
        _log.warning("the catalog's server would set %s, which is not a server's to set: left out", ", ".join(told))
    return {**_allowed(defaults), **own, **_allowed(overrides)}


def _allowed(properties: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in properties.items() if _may(key)}


def _may(key: str) -> bool:
    return key in _TAKEN or key.startswith(_PLACES)


def _texts(part: object) -> dict[str, str]:
    return {str(key): value for key, value in part.items() if isinstance(value, str)} if isinstance(part, dict) else {}
