"""Values as JSON has them."""

from __future__ import annotations

from typing import Any

from floe_sdk.schemas.secret import Secret


def plain(value: Any) -> Any:
    """The value with secrets as their references, and mappings and sequences copied."""
    if isinstance(value, Secret):
        return value.reference
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
