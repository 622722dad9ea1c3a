"""A platform in one environment: the manifest, its parents, `defaults`, and the command line, merged."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError, raise_all
from floe_sdk.errors.documents import PRODUCT_NOT_APPROVED
from floe_sdk.project.layers import Merged, Source
from floe_sdk.project.selections import Entries
from floe_sdk.project.sinks import LINEAGE, TRACING, apply_short_form
from floe_sdk.project.stricter import tighten
from floe_sdk.schemas.governance import ResolvedGovernance, ResolvedNaming

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from floe_sdk.project.manifests import LoadedManifest
    from floe_sdk.schemas.manifest import PartialManifest

_PLAIN = ("observability", "resource_presets")
_IMPLICIT_SCHEMES = frozenset({"env", "file"})
DEFAULT = Source(name="default")
COMMAND_LINE = Source(name="command line")


@dataclass
class MergedPlatform:
    """Plugins, observability and presets in `values`; governance of all platform owners in `governance`."""

    values: Merged = field(default_factory=Merged)
    governance: Merged = field(default_factory=Merged)
    approved_plugins: tuple[str, ...] | None = None
    offered: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def merge_platform(
    chain: Sequence[LoadedManifest], environment: str, overrides: PartialManifest | None = None
) -> MergedPlatform:
    """Merge a chain of manifests, the topmost first. Raises FloeError with all contradictions."""
    platform = MergedPlatform()
    entries = Entries(platform.values, _schemes(chain))
    parts: list[tuple[LoadedManifest, PartialManifest | None, tuple[str, ...]]] = []
    parts += [(manifest, manifest.model.defaults, ("defaults",)) for manifest in chain]
    for manifest in chain:
        parts.append((manifest, manifest.model, ()))
        parts.append((manifest, manifest.model.environments.get(environment), ("environments", environment)))
    for manifest, part, prefix in parts:
        if part is not None:
            _add(platform, entries, part.model_dump(exclude_unset=True), Source(manifest.document, prefix))
            platform.approved_plugins = _both(platform.approved_plugins, part.approved_plugins)
    if overrides is not None:
        _add(platform, entries, overrides.model_dump(exclude_unset=True), COMMAND_LINE)
    for manifest in chain:
        platform.warnings += tighten(platform.governance, _governance(manifest, environment))
    fill_defaults(platform.governance)
    problems = [
        problem for form in (TRACING, LINEAGE) for problem in apply_short_form(platform.values, form, platform.offered)
    ]
    raise_all([*entries.problems, *problems])
    return platform


def check_approved(chain: Sequence[LoadedManifest], environment: str, product: str) -> None:
    """Raise FloeError (exit code 3) where a manifest of the chain leaves the product out."""
    for manifest in chain:
        for part, prefix in (
            (manifest.model, ()),
            (manifest.model.defaults, ("defaults",)),
            (manifest.model.environments.get(environment), ("environments", environment)),
        ):
            approved = part.approved_products if part else None
            if approved is not None and not any(fnmatchcase(product, pattern) for pattern in approved):
                where = manifest.document.locate((*prefix, "approved_products"))
                fix = "have the platform team add it to `approved_products`"
                raise FloeError(PRODUCT_NOT_APPROVED, f"the product `{product}` is not approved", where=where, fix=fix)


def fill_defaults(governance: Merged) -> None:
    """Give what no owner of the platform says its default, so that a product can't loosen that either."""
    for key, value in ResolvedGovernance().model_dump(exclude={"naming", "quality_gates", "custom_rules"}).items():
        if key not in governance.data and value not in (None, ()):
            governance.put((key,), value, DEFAULT, ("governance", key))
    gates: dict[str, Any] = {"block_on_failure": True, "zero_column_coverage_behavior": "report_na"}
    for key, value in gates.items():
        if governance.get(("quality_gates", key)) is None:
            governance.put(("quality_gates", key), value, DEFAULT, ("governance", "quality_gates", key))
    for key, value in ResolvedNaming().model_dump(exclude={"custom_patterns"}).items():
        if governance.get(("naming",)) and governance.get(("naming", key)) is None:
            governance.put(("naming", key), value, DEFAULT, ("governance", "naming", key))


def _add(platform: MergedPlatform, entries: Entries, layer: Mapping[str, Any], source: Source) -> None:
    platform.values.add({key: layer[key] for key in _PLAIN if layer.get(key) is not None}, source)
    if layer.get("plugins"):
        entries.add(layer["plugins"], source)


def _governance(manifest: LoadedManifest, environment: str) -> Merged:
    """One owner's governance: `defaults`, the manifest, its environment; the later wins."""
    merged = Merged()
    parts: list[tuple[PartialManifest | None, tuple[str, ...]]] = [
        (manifest.model.defaults, ("defaults",)),
        (manifest.model, ()),
        (manifest.model.environments.get(environment), ("environments", environment)),
    ]
    for part, prefix in parts:
        if part is not None and part.governance is not None:
            data = part.governance.model_dump(exclude_unset=True)
            merged.add(data, Source(manifest.document, (*prefix, "governance")))
    return merged


def command_line_governance(overrides: PartialManifest | None) -> Merged:
    """What the command line says of governance; like a product it may only tighten."""
    merged = Merged()
    if overrides is not None and overrides.governance is not None:
        merged.add(overrides.governance.model_dump(exclude_unset=True), COMMAND_LINE)
    return merged


def _schemes(chain: Sequence[LoadedManifest]) -> frozenset[str]:
    """The schemes of references: env, file, and the secrets plugins that a manifest names."""
    names = {
        entry.type
        for manifest in chain
        for part in (manifest.model, manifest.model.defaults, *manifest.model.environments.values())
        if part is not None and part.plugins is not None
        for entry in part.plugins.secrets or ()
        if entry.type
    }
    return _IMPLICIT_SCHEMES | names


def _both(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """What both lists approve; None approves everything."""
    if one is None or other is None:
        return one if other is None else other
    common = [entry for entry in one if any(fnmatchcase(entry, pattern) for pattern in other)]
    return tuple(dict.fromkeys([*common, *(entry for entry in other if any(fnmatchcase(entry, p) for p in one))]))
