"""What editors complete below `plugins.<type>.config`: the schemas of the plugins' configuration, in the manifest's."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from floe_sdk.project.selections import ALIASES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from floe_sdk.plugins.config import PluginConfig

_ENTRY = "PluginEntry"


def config_schema(model: type[PluginConfig]) -> dict[str, Any]:
    """The JSON Schema of a plugin's configuration, in both spellings of a key that has an alias.

    No key is required: a layer of a manifest may set one, and the others come from the layers below.
    """
    schema = model.model_json_schema(by_alias=False)
    properties = model.model_json_schema(by_alias=True).get("properties", {})
    schema["properties"] = {**schema.get("properties", {}), **properties}
    schema.pop("required", None)
    return schema


def add_configs(
    schema: dict[str, Any],
    configs: Mapping[tuple[str, str], Mapping[str, Any]],
    names: Mapping[str, Sequence[str]],
) -> None:
    """Have each entry of `plugins` in a manifest's schema complete what `configs`, by type and name, say.

    `names` are the plugins that may be named, by type; others are not wrong. A configuration that isn't known stays
    open.
    """
    definitions = schema["$defs"]
    for kind, value in definitions["Plugins"]["properties"].items():
        own = {name: config for (of, name), config in configs.items() if of == kind}
        if not own and not names.get(kind):
            continue
        entry = copy.deepcopy(definitions[_ENTRY])
        known = sorted({*names.get(kind, ()), *own})
        entry["properties"]["type"] = {
            "description": entry["properties"]["type"].get("description", ""),
            "anyOf": [{"enum": known}, {"type": "string", "minLength": 1}, {"type": "null"}],
        }
        conditions = [_condition(definitions, kind, name, config) for name, config in sorted(own.items())]
        if len(own) == 1:  # an environment's entry may leave out the name
            (name,) = own
            conditions.append({"if": {"not": {"required": ["type"]}}, "then": _then(kind, name)})
        if conditions:
            entry["allOf"] = conditions
        definitions[f"{_ENTRY}.{kind}"] = entry
        for place in _mappings(value):
            if place.get("$ref") == f"#/$defs/{_ENTRY}":
                place["$ref"] += f".{kind}"


def _condition(definitions: dict[str, Any], kind: str, name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Where an entry names the plugin, its `config` is this; the definitions that it needs move to the manifest's."""
    prefix = f"{kind}.{name}."
    own: dict[str, Any] = copy.deepcopy(dict(config))
    for place in _mappings(own):
        if str(place.get("$ref", "")).startswith("#/$defs/"):
            place["$ref"] = f"#/$defs/{prefix}{place['$ref'].rpartition('/')[2]}"
    definitions |= {f"{prefix}{inner}": value for inner, value in own.pop("$defs", {}).items()}
    definitions[f"{prefix}config"] = own
    called = [name, *(alias for (of, alias), meant in ALIASES.items() if (of, meant) == (kind, name))]
    return {"if": {"properties": {"type": {"enum": called}}, "required": ["type"]}, "then": _then(kind, name)}


def _then(kind: str, name: str) -> dict[str, Any]:
    return {"properties": {"config": {"anyOf": [{"$ref": f"#/$defs/{kind}.{name}.config"}, {"type": "null"}]}}}


def _mappings(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in list(value.values()):
            yield from _mappings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _mappings(inner)
