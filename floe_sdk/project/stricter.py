"""Governance between owners: field by field, the stricter wins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.errors.documents import WRONG_VALUE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from floe_sdk.project.document import KeyPath
    from floe_sdk.project.layers import Merged

_LEVEL = ("off", "warn", "strict")
_WORDS: dict[KeyPath, tuple[str, ...]] = {
    ("policy_enforcement_level",): _LEVEL,
    ("naming", "enforcement"): _LEVEL,
    ("pii_encryption",): ("optional", "required"),
    ("audit_logging",): ("disabled", "enabled"),
    ("stale_table_recovery_mode",): ("repair", "strict"),
    ("quality_gates", "zero_column_coverage_behavior"): ("report_100_percent", "report_na"),
}
"""The words of a field, the strictest last."""

_LOWER_IS_STRICTER = {("default_ttl_hours",)}
_ADDED_UP = {("custom_rules",)}
_LENIENT = {("policy_overrides",), ("waivers",)}
_KEPT = {("naming", "pattern"), ("naming", "custom_patterns")}
"""Not comparable: the platform's stays."""


def tighten(base: Merged, over: Merged) -> list[str]:
    """Merge the governance of a later owner into that of the earlier ones; both hold the section's keys.

    Returns a warning for each value that was looser than what holds, and was not taken.
    """
    warnings = []
    owned = bool(base.data)
    named = base.get(("naming", "pattern")) is not None
    for path, value in list(_leaves(over.data)):
        source, key = over.origins[path]
        held = base.get(path)
        if held is None and path not in _LENIENT and not (named and path in _KEPT):
            base.put(path, value, source, key)
        elif path in _ADDED_UP:
            added = tuple(rule for rule in value if rule not in held)
            if added:
                base.put(path, (*held, *added), source, key)
        elif path in _LENIENT:
            if owned and value:
                warnings.append(_refused(over, path, "only the owner of the rules can lift them; this is not taken"))
            else:
                base.put(path, value, source, key)
        elif path in _KEPT:
            if value != held:
                holder = base.locate(path) or "the platform"
                warnings.append(_refused(over, path, f"{holder} sets it already; this is not taken"))
        elif _rank(path, value) > _rank(path, held):
            base.put(path, value, source, key)
        elif value != held:
            place = f" ({base.locate(path)})" if base.locate(path) else ""
            warnings.append(
                _refused(over, path, f"`{_yaml(value)}` is looser than `{_yaml(held)}`{place}, which holds")
            )
    return warnings


def check_naming(governance: Merged) -> list[FloeError]:
    """Pattern `custom` needs patterns, in whichever layer they stand."""
    if governance.get(("naming", "pattern")) != "custom" or governance.get(("naming", "custom_patterns")):
        return []
    problem = "`governance.naming.pattern` is `custom`, and `custom_patterns` is missing"
    where = governance.locate(("naming", "pattern"))
    fix = "add `custom_patterns`, a list of regular expressions"
    return [FloeError(WRONG_VALUE, problem, where=where, fix=fix)]


def _leaves(data: Mapping[str, Any], path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, key))
        elif value is not None:
            yield (*path, key), value


def _rank(path: KeyPath, value: Any) -> float:
    if path in _WORDS:
        return _WORDS[path].index(value)
    return -float(value) if path in _LOWER_IS_STRICTER else float(value)


def _refused(over: Merged, path: KeyPath, reason: str) -> str:
    place = over.locate(path)
    return f"{place or 'command line'}: `governance.{'.'.join(map(str, path))}`: {reason}"


def _yaml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
