"""Values of YAML as JSON has them."""

from __future__ import annotations

from typing import Any


def plain(value: Any) -> Any:
    """JSON-like data: YAML dates and the like become text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
