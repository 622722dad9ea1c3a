"""What only an import can tell of a plugin: its configuration and hooks. The import happens in a child process, which
this module also is (`python -m floe_sdk.authoring.describing`)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from floe_sdk.authoring.children import answer, python
from floe_sdk.errors import REGISTRY, FloeError, FloeErrors
from floe_sdk.errors.plugins import import_failed, import_hangs
from floe_sdk.plugins.discovery import COMMAND, PluginRecord, discover
from floe_sdk.plugins.loading import check_versions, import_timeout, load_target
from floe_sdk.trust.allowing import check_allowed

if TYPE_CHECKING:
    from floe_sdk.plugins.config import PluginConfig


def describe(record: PluginRecord) -> tuple[dict[str, Any], FloeError | None]:
    """A plugin's `summary`, `config`, `hooks` and `not_supported`, as far as they can be told, and what is wrong.

    Never raises for the plugin's sake.
    """
    try:
        check_allowed(record)
        check_versions(record, None, next(one.version for one in discover().records if one.own))
    except FloeError as error:
        return {}, error
    timeout = import_timeout()
    ended = python(["-m", "floe_sdk.authoring.describing", json.dumps(record)], timeout)
    if ended.code is None:
        return {}, import_hangs(record, timeout)
    result: dict[str, Any] | None = ended.answer
    if result is None:
        return {}, import_failed(record, f"its import ended the process (exit code {ended.code})")
    told = result.pop("problems", ())
    problems = [FloeError(REGISTRY[one["code"]], one["problem"], fix=one["fix"]) for one in told]
    return result, FloeErrors(problems) if len(problems) > 1 else next(iter(problems), None)


def _answer(record: PluginRecord) -> dict[str, Any]:
    """In the child: import the plugin and look at it."""
    import inspect

    from floe_sdk.plugins.configuring import config_model
    from floe_sdk.plugins.hooks import Manager, implemented
    from floe_sdk.project.config_schema import config_schema

    try:
        target = load_target(record)
        if record.type == COMMAND:
            return {"summary": target.get_short_help_str(200)}
        model = config_model(record, target)
    except FloeError as error:
        return {"problems": [_told(error)]}
    summary = (inspect.getdoc(target) or "").partition("\n\n")[0]
    return {
        "summary": " ".join(summary.split()),
        "config": keys(model),
        "schema": config_schema(model),
        "hooks": sorted(implemented(target)),
        "not_supported": gaps(target),
        "problems": [_told(problem) for problem in Manager().add(record, object.__new__(target))],
    }


def _told(error: FloeError) -> dict[str, Any]:
    return {"code": error.code.id, "problem": error.problem, "fix": error.fix}


def gaps(target: Any) -> dict[str, str]:
    """What a plugin's class says in `not_supported` that it can't do, with the reasons."""
    found = getattr(target, "not_supported", {})
    return {str(feature): str(reason) for feature, reason in found.items()} if isinstance(found, Mapping) else {}


def keys(model: type[PluginConfig], prefix: str = "") -> list[dict[str, Any]]:
    """The keys of a configuration model, those of the models in it as `outer.inner`."""
    found: list[dict[str, Any]] = []
    for name, field in model.model_fields.items():
        key = prefix + (field.alias or name)
        options = (field.annotation, *getattr(field.annotation, "__args__", ()))
        nested = next((option for option in options if hasattr(option, "model_fields")), None)
        found.append(
            {
                "key": key,
                "type": _type_name(field.annotation),
                "required": field.is_required(),
                "default": None if field.is_required() else field.get_default(call_default_factory=True),
                "description": field.description or "",
            }
        )
        if nested is not None:
            found += keys(nested, f"{key}.")
    return found


def _type_name(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Annotated:  # the rest of it checks values
        return _type_name(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        return " | ".join(_type_name(each) for each in get_args(annotation))
    if annotation is type(None):
        return "None"
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        return annotation.__name__
    return re.sub(r"\b[a-z_]\w*\.", "", str(annotation))  # without the modules' names


if __name__ == "__main__":
    answer(lambda record: _answer(PluginRecord(*record)))
