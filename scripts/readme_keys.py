"""The tables of configuration keys in the plugins' READMEs, between `<!-- keys: type/name -->` and `<!-- /keys -->`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from floe_sdk.authoring.describing import keys
from floe_sdk.plugins.configuring import config_model
from floe_sdk.plugins.discovery import discover
from floe_sdk.plugins.loading import choose, load_target

PLUGINS = Path(__file__).parent.parent / "plugins"
_MARKED = re.compile(r"(<!-- keys: (\S+) -->\n).*?(<!-- /keys -->)", re.DOTALL)


def readmes() -> dict[str, str]:
    """Each README with such a table as it should be, by its path from docs/reference."""
    records = discover().records
    found = {}
    for path in sorted(PLUGINS.glob("*/README.md")):
        text = path.read_text(encoding="utf-8")
        if _MARKED.search(text):
            changed = _MARKED.sub(lambda match: f"{match[1]}{_table(choose(records, match[2]))}{match[3]}", text)
            found[f"../../plugins/{path.parent.name}/README.md"] = changed
    return found


def _table(record: Any) -> str:
    rows = [_row(key) for key in keys(config_model(record, load_target(record)))]
    return "| key | type | default | meaning |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def _row(key: dict[str, Any]) -> str:
    default = (
        "required" if key["required"] else "" if key["default"] in (None, {}, "") else f"`{_plain(key['default'])}`"
    )
    return f"| `{key['key']}` | {_cell(key['type'])} | {_cell(default)} | {_cell(key['description'])} |"


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
