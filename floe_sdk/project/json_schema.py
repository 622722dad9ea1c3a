"""The documents as JSON Schema (draft 2020-12), in both spellings of their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.alias_generators import to_camel

from floe_sdk.project.document import OTHER_SPELLINGS
from floe_sdk.schemas.artifacts import CompiledArtifacts
from floe_sdk.schemas.manifest import Manifest
from floe_sdk.schemas.spec import FloeSpec

if TYPE_CHECKING:
    from pydantic import BaseModel

_MODELS: dict[str, type[BaseModel]] = {"manifest": Manifest, "spec": FloeSpec, "artifacts": CompiledArtifacts}
_REQUIRED_SPELLING = {"api_version": "apiVersion", "columns": "schema"}


def json_schema(document: str) -> dict[str, Any]:
    """The schema of `manifest`, `spec` or `artifacts`."""
    schema = _MODELS[document].model_json_schema(by_alias=False)
    if document == "artifacts":
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    for part in (schema, *schema.get("$defs", {}).values()):
        _add_spellings(part)
    if document == "manifest":
        _allow_single_entries(schema)
    schema["patternProperties"] = {"^x-": {"description": "Yours; floe does not read it."}}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _add_spellings(part: dict[str, Any]) -> None:
    """Every key as the documents may spell it; where it is required, as they usually do."""
    properties = part.get("properties", {})
    for name, value in list(properties.items()):
        for spelling in (to_camel(name), *OTHER_SPELLINGS.get(name, ())):
            properties.setdefault(spelling, value)
    if "required" in part:
        part["required"] = [_REQUIRED_SPELLING.get(name, name) for name in part["required"]]


def _allow_single_entries(schema: dict[str, Any]) -> None:
    """What the models read before they validate: one plugin in place of a list, nested presets, short lists."""
    definitions = schema["$defs"]
    for value in definitions["Plugins"]["properties"].values():
        for option in value.get("anyOf", []):
            if option.get("type") == "array":
                option.pop("type")
                option["anyOf"] = [option["items"], {"type": "array", "items": option.pop("items")}]
    amounts = {"type": "object", "properties": {"cpu": _AMOUNT, "memory": _AMOUNT}, "additionalProperties": False}
    preset = definitions["ResourcePreset"]["properties"]
    preset |= {"requests": amounts, "limits": amounts}
    for name in [name for name in preset if "cpu" in name or "memory" in name]:
        preset[name] = _AMOUNT
    names = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
    for part in (schema, definitions["PartialManifest"]):
        for spelling in ("approved_plugins", "approvedPlugins"):
            part["properties"][spelling]["anyOf"].append(names)


_AMOUNT = {"type": ["string", "number"]}
