"""From a plugin's class and the manifest's values to an instance: configuration by the constructor's annotation."""

from __future__ import annotations

import copy
import inspect
import sys
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from floe_sdk.errors import FloeError, raise_all
from floe_sdk.errors.plugins import PLUGIN_CONFIG, PLUGIN_INVALID
from floe_sdk.errors.secrets import LITERAL_SECRET
from floe_sdk.plugins.config import PluginConfig
from floe_sdk.plugins.selecting import nearest
from floe_sdk.schemas.secret import BOUND_KEY, CONTEXT_KEY

if TYPE_CHECKING:
    from floe_sdk.errors import Location
    from floe_sdk.plugins.config import PluginContext
    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.plugins.selection import Path, PluginSelection
    from floe_sdk.schemas.secret import Resolver, Secret


class NoConfig(PluginConfig):
    """Of a plugin whose constructor takes no configuration: refuses every key."""


def config_model(record: PluginRecord, target: Any) -> type[PluginConfig]:
    """The model that the constructor's `config` is annotated with. Raises FloeError for a plugin that is built wrongly."""
    if not inspect.isclass(target):
        raise _invalid(record, f"{record.target} is no class")
    model: Any = NoConfig
    for parameter in list(inspect.signature(target.__init__).parameters.values())[1:]:
        if parameter.name == "config":
            model = _evaluated(target, parameter.annotation)
        elif (
            parameter.name != "context"
            and parameter.default is parameter.empty
            and parameter.kind
            not in (
                parameter.VAR_POSITIONAL,
                parameter.VAR_KEYWORD,
            )
        ):
            raise _invalid(
                record, f"its constructor asks for {parameter.name!r}; it may ask for `config` and `context`"
            )
    if not (inspect.isclass(model) and issubclass(model, PluginConfig)):
        raise _invalid(record, "its constructor's `config` is not annotated with a subclass of PluginConfig")
    return model


def _evaluated(target: type, annotation: Any) -> Any:
    if not isinstance(annotation, str):
        return annotation
    scope = getattr(target.__init__, "__globals__", None) or vars(sys.modules[target.__module__])
    try:
        return eval(annotation, scope)  # noqa: S307 - a postponed annotation of a class that was imported
    except (NameError, AttributeError, SyntaxError):
        return None


def validate_config(
    record: PluginRecord,
    model: type[PluginConfig],
    selection: PluginSelection,
    resolver: Resolver,
    *,
    literal_secrets: bool = False,
) -> tuple[PluginConfig, list[Secret], list[FloeError]]:
    """The validated configuration, the secrets in it, and what was tolerated: with `literal_secrets`, a literal becomes
    the reference `{manifest: POINTER}`. Raises every problem at once."""
    values = copy.deepcopy(dict(selection.config))
    for key, value in selection.offered.items():
        if key in model.model_fields:
            values.setdefault(key, copy.deepcopy(value))
    bound: list[Secret] = []
    try:
        return model.model_validate(values, context={CONTEXT_KEY: resolver, BOUND_KEY: bound}), bound, []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
    problems = [_problem(record, model, selection, detail["type"], detail["loc"], detail["msg"]) for detail in details]
    raise_all(problem for problem in problems if not literal_secrets or problem.code is not LITERAL_SECRET)
    for detail in details:
        *parents, last = detail["loc"]
        place: Any = values
        for key in parents:
            place = place[key]
        path = ("config", *detail["loc"])
        place[last] = {
            "manifest": selection.pointer(path) or "/".join(map(str, ("/plugins", selection.type.value, *path)))
        }
    bound.clear()
    return model.model_validate(values, context={CONTEXT_KEY: resolver, BOUND_KEY: bound}), bound, problems


def _problem(
    record: PluginRecord, model: type[PluginConfig], selection: PluginSelection, kind: str, loc: Path, message: str
) -> FloeError:
    """One of pydantic's errors in our words: place and message only, the value may be a secret."""
    key = ".".join(map(str, loc))
    where = _place(selection, ("config", *loc))
    if kind == "literal_secret":
        fix = f"write `{loc[-1]}: {{env: NAME}}`, set NAME in the environment, and change the secret: it was in a file"
        return FloeError(
            LITERAL_SECRET, f"{record.identity}: {key!r} is a secret and stands here as text", where=where, fix=fix
        )
    fix = f"`floe plugins show {record.identity}` lists the keys"
    if kind == "extra_forbidden":
        fields = _fields(model, loc[:-1])
        guess = nearest(str(loc[-1]), fields)
        message = "unknown key" + (f"; did you mean {guess!r}?" if guess else "")
        fix = fix if fields else f"{record.identity} takes no configuration here: remove the key"
    elif kind == "missing":
        message = "required key is missing"
    return FloeError(PLUGIN_CONFIG, f"{record.identity}: {key}: {message}", where=where, fix=fix)


def _fields(model: Any, loc: Path) -> list[str]:
    """The keys that are valid at a place, following models that are fields of models."""
    for key in loc:
        field = model.model_fields.get(key)
        options = [field.annotation, *getattr(field.annotation, "__args__", ())] if field else []
        model = next((option for option in options if hasattr(option, "model_fields")), None)
        if model is None:
            return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _place(selection: PluginSelection, path: Path) -> Location | None:
    """The place of the value, or of the nearest thing around it that has one."""
    places = (selection.locate(path[:length]) for length in range(len(path), -1, -1))
    return next((place for place in places if place), None)


def construct(record: PluginRecord, target: Any, config: PluginConfig, context: PluginContext) -> object:
    """The plugin itself; what its constructor raises is a FloeError."""
    offered = {"config": config, "context": context}
    parameters = inspect.signature(target.__init__).parameters
    try:
        return target(**{name: value for name, value in offered.items() if name in parameters})
    except FloeError:
        raise
    except Exception as error:
        raise _invalid(record, f"its constructor raised {type(error).__name__}: {error}") from error


def _invalid(record: PluginRecord, reason: str) -> FloeError:
    return FloeError(
        PLUGIN_INVALID,
        f"{record.identity} of {record.distribution} {record.version} can't be used: {reason}",
        fix=f"try another version of {record.distribution}, or tell its author",
    )
