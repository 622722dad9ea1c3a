"""What a node is compiled to: what decides, beside its inputs, whether it has to be built again."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import Field

from floe_sdk.schemas.base import FrozenModel
from floe_sdk.schemas.sql_text import essence


class CompiledNode(FrozenModel):
    """A node as its transform engine would execute it.

    `sql` is its compiled SQL as of an empty database; None where there is none (a seed) or the database is needed to
    compile it. `config` is the configuration that decides on the result: no tags, no descriptions. `code` is a hash of
    everything that the SQL is made from (text, macros, variables), set where `sql` does not say it all: what the
    database holds decides on the SQL too (`is_incremental()`), or there is no SQL. `text` is then what its author has
    written, for people to see what differs.
    """

    sql: str | None = None
    config: dict[str, Any] = Field(default_factory=dict)
    code: str | None = None
    text: str | None = None

    @property
    def fingerprint(self) -> str:
        """Equal for two nodes that do the same to the same inputs; comments in SQL and its layout don't count."""
        return digest([self.code or (self.sql and essence(self.sql)), self.config])


def digest(content: Any) -> str:
    """A short hash of JSON-like content."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
