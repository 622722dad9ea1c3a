"""From a plugin's class and the manifest's values to an instance: configuration by the constructor's annotation."""

from __future__ import annotations

import copy
import inspect
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from floe_sdk.errors import FloeError, raise_all
from floe_sdk.errors import plugins as problems
from floe_sdk.errors.secrets import LITERAL_SECRET, literal_secret
from floe_sdk.plugins.config import PluginConfig
from floe_sdk.schemas.fields import keys_at, nearest
from floe_sdk.schemas.secret import BOUND_KEY, CONTEXT_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_sdk.plugins.config import PluginContext
    from floe_sdk.plugins.discovery import PluginRecord
    from floe_sdk.plugins.selection import PluginSelection
    from floe_sdk.schemas.secret import Resolver, Secret


class NoConfig(PluginConfig):
    """Of a plugin whose constructor takes no configuration: refuses every key."""


def config_model(record: PluginRecord, target: Any) -> type[PluginConfig]:
    """The model that the constructor's `config` is annotated with; FloeError for a plugin that is built wrongly."""
    if not inspect.isclass(target):
        raise problems.invalid(record, f"{record.target} is no class")
    parameters = _parameters(target)
    for name, parameter in parameters.items():
        must = parameter.default is parameter.empty and not str(parameter).startswith("*")
        if must and name not in {"config", "context"}:
            raise problems.invalid(record, f"its constructor asks for {name!r}; it may ask for `config` and `context`")
    model = _evaluated(target, parameters["config"].annotation) if "config" in parameters else NoConfig
    if not (inspect.isclass(model) and issubclass(model, PluginConfig)):
        raise problems.invalid(record, "its constructor's `config` is not annotated with a subclass of PluginConfig")
    return model


def _parameters(target: Any) -> Mapping[str, inspect.Parameter]:
    # of a class without a constructor `signature` says the same, by parsing text: most of what loading it would cost
    return inspect.signature(target).parameters if target.__init__ is not object.__init__ else {}


def _evaluated(target: Any, annotation: Any) -> Any:
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, target.__init__.__globals__)  # noqa: S307 - a postponed annotation of an imported class
    except (NameError, AttributeError, SyntaxError):
        return None


def validate_config(
    record: PluginRecord,
    model: type[PluginConfig],
    selection: PluginSelection,
    resolver: Resolver,
    literals: bool = False,
) -> tuple[PluginConfig, list[Secret], list[FloeError]]:
    """The validated configuration, the secrets in it, and what was tolerated; raises every problem at once.

    With `literals`, a literal secret is tolerated: it becomes the reference `{manifest: POINTER}`.
    """
    offered = {key: value for key, value in selection.offered.items() if key in keys_at(model, ())}
    values = copy.deepcopy({**offered, **selection.config})
    secrets: list[Secret] = []
    context = {CONTEXT_KEY: resolver, BOUND_KEY: secrets}
    try:
        return model.model_validate(values, context=context), secrets, []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
    found = [_problem(record, model, selection, detail) for detail in details]
    raise_all(problem for problem in found if not literals or problem.code is not LITERAL_SECRET)
    for detail in details:
        place: Any = values
        for key in detail["loc"][:-1]:
            place = place[key]
        path = ("config", *detail["loc"])
        pointer = selection.pointer(path) or "/".join(map(str, ("/plugins", selection.type.value, *path)))
        place[detail["loc"][-1]] = {"manifest": pointer}
    secrets.clear()
    return model.model_validate(values, context=context), secrets, found


def _problem(record: PluginRecord, model: type[PluginConfig], selection: PluginSelection, detail: Any) -> FloeError:
    """One of pydantic's errors in our words: place and message only, the value may be a secret."""
    loc = detail["loc"]
    key, path = ".".join(map(str, loc)), ("config", *loc)
    # Of what is missing, the nearest thing around it has a place.
    where = next(filter(None, (selection.locate(path[:length]) for length in range(len(path), -1, -1))), None)
    if detail["type"] == "literal_secret":
        return literal_secret(record.identity, key, where)
    valid = keys_at(model, loc[:-1])
    guess = nearest(str(loc[-1]), valid) if loc else None
    return problems.wrong_config(record, key, detail["type"], detail["msg"], valid, guess, where)


def construct(record: PluginRecord, target: Any, config: PluginConfig, context: PluginContext) -> object:
    """The plugin itself; what its constructor raises is a FloeError."""
    given = {"config": config, "context": context}
    try:
        return target(**{name: given[name] for name in _parameters(target) if name in given})
    except FloeError:
        raise
    except Exception as error:
        raise problems.invalid(record, f"its constructor raised {type(error).__name__}: {error}") from error
