"""`manifest.yaml`: the platform, written by the platform team."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version
from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from floe_sdk.schemas.document import DocumentModel, Quantity, SecretName, SemVer, one_or_many
from floe_sdk.schemas.governance import Governance
from floe_sdk.schemas.observability import ObservabilityConfig


def _specifier(value: str) -> str:
    try:
        Version(value)
    except InvalidVersion:
        try:
            return str(SpecifierSet(value))
        except InvalidSpecifier:
            raise PydanticCustomError("specifier", "is neither a version nor a specifier such as `>=1.2,<2`") from None
    return f">={value}"


class PlatformMetadata(DocumentModel):
    """Which platform this is and whose."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=63, examples=["acme-platform"])
    version: SemVer
    description: str = Field(default="", max_length=500)
    owner: str | None = Field(default=None, min_length=1)


class PluginEntry(DocumentModel):
    """A plugin that the platform selects."""

    type: str | None = Field(
        default=None,
        min_length=1,
        description="The plugin's name; only a layer that changes an entry of the layer below may leave it out.",
        examples=["duckdb"],
    )
    version: Annotated[str, AfterValidator(_specifier)] | None = Field(
        default=None, description="A PEP 440 specifier; a bare version means at least that.", examples=[">=1.2,<2"]
    )
    distribution: str | None = Field(
        default=None, min_length=1, description="Whose, where two packages claim the name."
    )
    config: dict[str, Any] | None = None
    connection_secret_ref: SecretName | None = Field(
        default=None, description="A secret's name or reference, for a plugin that takes its credentials this way."
    )


PluginEntries = Annotated[tuple[PluginEntry, ...], BeforeValidator(one_or_many)]


class Plugins(DocumentModel):
    """One key a `PluginType`, with one entry, or a list where the type takes many."""

    compute: PluginEntries | None = None
    transform: PluginEntries | None = Field(default=None, validation_alias=AliasChoices("transform", "dbt"))
    catalog: PluginEntries | None = None
    storage: PluginEntries | None = None
    orchestrator: PluginEntries | None = None
    telemetry: PluginEntries | None = Field(
        default=None, validation_alias=AliasChoices("telemetry", "telemetry_backend")
    )
    lineage: PluginEntries | None = Field(default=None, validation_alias=AliasChoices("lineage", "lineage_backend"))
    secrets: PluginEntries | None = None
    policy: PluginEntries | None = None
    alert: PluginEntries | None = None


TYPE_ALIASES = {
    "lineage_backend": "lineage",
    "telemetry_backend": "telemetry",
    "dbt": "transform",
    "semantic_layer": "semantic",
}
"""The public documents' names of plugin types."""

_PLUGIN_KEYS = frozenset({*Plugins.model_fields, *TYPE_ALIASES})


class ResourcePreset(DocumentModel):
    """Requests and limits of one size of workload."""

    cpu_request: Quantity | None = None
    cpu_limit: Quantity | None = None
    memory_request: Quantity | None = None
    memory_limit: Quantity | None = None


def _flat_preset(value: object) -> object:
    """`{requests: {cpu: 1}}` as `{cpu_request: 1}`; anything unexpected stays, so that the model refuses it."""
    if not isinstance(value, Mapping):
        return value
    flat: dict[str, object] = {}
    for key, inner in value.items():
        nested = key in ("requests", "limits") and isinstance(inner, Mapping) and set(inner) <= {"cpu", "memory"}
        amounts = {f"{name}_{key[:-1]}": amount for name, amount in inner.items()} if nested else {key: inner}
        flat.update({key: inner} if amounts.keys() & value.keys() - {key} else amounts)
    return flat


ResourcePresets = dict[str, Annotated[ResourcePreset, BeforeValidator(_flat_preset)]]


Approval = Annotated[str, Field(pattern=r"^[a-z_]+/[^/\s]+$", examples=["compute/duckdb"])]


def approvals(value: object) -> object:
    """`{compute: [duckdb]}` of the public documents as `[compute/duckdb]`."""
    if not isinstance(value, Mapping) or not all(isinstance(names, list | tuple) for names in value.values()):
        return value
    return [f"{TYPE_ALIASES.get(kind, kind)}/{name}" for kind, names in value.items() for name in names]


def _named_plugins(value: object) -> object:
    """`defaults: {compute: duckdb}` of the public documents as `{plugins: {compute: {type: duckdb}}}`."""
    if not isinstance(value, Mapping):
        return value
    names = {key: name for key, name in value.items() if isinstance(name, str) and key in _PLUGIN_KEYS}
    if not names or "plugins" in value:
        return value
    rest = {key: inner for key, inner in value.items() if key not in names}
    return {**rest, "plugins": {key: {"type": name} for key, name in names.items()}}


class PartialManifest(DocumentModel):
    """What `defaults` and an environment may set."""

    plugins: Plugins | None = None
    observability: ObservabilityConfig | None = None
    governance: Governance | None = None
    resource_presets: ResourcePresets | None = None
    approved_products: tuple[str, ...] | None = Field(default=None, description="Globs over product names.")
    approved_plugins: Annotated[tuple[Approval, ...], BeforeValidator(approvals)] | None = Field(
        default=None, description="`type/name`, `type/*`; or a list of names for each type.", examples=[["compute/*"]]
    )


class Manifest(PartialManifest):
    """manifest.yaml as a whole."""

    api_version: Literal["floe.dev/v1"]
    kind: Literal["Manifest"]
    metadata: PlatformMetadata
    scope: Literal["enterprise", "domain"] | None = None
    extends: str | None = Field(
        default=None, min_length=1, validation_alias=AliasChoices("extends", "parent_manifest", "parentManifest")
    )
    defaults: Annotated[PartialManifest, BeforeValidator(_named_plugins)] | None = None
    environments: dict[str, PartialManifest | None] = Field(default_factory=dict)
    default_environment: str | None = Field(default=None, min_length=1)
