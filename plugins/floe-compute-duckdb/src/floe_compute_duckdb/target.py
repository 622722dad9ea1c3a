"""`target.type` as dbt projects and packages expect it."""

from __future__ import annotations

import functools
from typing import Any

from dbt.config.profile import Profile

ADAPTER_TYPE = "floe"


def show_duckdb_as_target_type() -> None:
    """Let `{{ target.type }}` read `duckdb` in users' Jinja, where packages ask which SQL to write.

    dbt sets the type after the credentials and offers no hook for it, so that its one method is wrapped, once.
    """
    original = Profile.to_target_dict
    if getattr(original, "of_floe", False):
        return

    @functools.wraps(original)
    def to_target_dict(self: Profile) -> dict[str, Any]:
        target: dict[str, Any] = original(self)
        if target.get("type") == ADAPTER_TYPE:
            target["type"] = "duckdb"
        return target

    to_target_dict.of_floe = True  # type: ignore[attr-defined]
    Profile.to_target_dict = to_target_dict  # type: ignore[method-assign]
