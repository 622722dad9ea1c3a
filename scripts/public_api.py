"""The public API as lines `name = what`, and what of a change to them breaks whoever uses it.

A line is a promise: a name of `floe_sdk` or `floe_sdk.testing`, a parameter, a field, a member, a hook or its argument.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import re
import warnings
from typing import TYPE_CHECKING, Any

from packaging.version import Version
from pydantic import BaseModel

import floe_sdk
import floe_sdk.testing
from floe_sdk.errors import ErrorCode
from floe_sdk.plugins.hookspecs import SPECS, LifecycleSpec, ObserverSpec
from floe_sdk.plugins.markers import REQUIRED, deprecations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "positional",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "",
    inspect.Parameter.KEYWORD_ONLY: "keyword",
    inspect.Parameter.VAR_POSITIONAL: "any number",
    inspect.Parameter.VAR_KEYWORD: "any keyword",
}
NEEDED = "required"
GOES = re.compile(r"goes in (\S+)$")


def public_api() -> dict[str, str]:
    """Every promise, sorted by name."""
    lines = dict(_hooks())
    for module in (floe_sdk, floe_sdk.testing):
        for name in module.__all__:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                lines.update(_value(f"{module.__name__}.{name}", getattr(module, name)))
    for name, (removed_in, _) in floe_sdk.DEPRECATED.items():
        lines[f"floe_sdk.{name}"] = _joined(lines[f"floe_sdk.{name}"], f"goes in {removed_in}")
    return dict(sorted(lines.items()))


def snapshot(lines: Mapping[str, str]) -> str:
    """The snapshot's lines."""
    return "".join(f"{name} = {what}".rstrip() + "\n" for name, what in lines.items())


def parsed(text: str) -> dict[str, str]:
    """The lines of a snapshot."""
    pairs = (line.partition(" =") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: what.strip() for name, _, what in pairs}


def breaks(old: Mapping[str, str], new: Mapping[str, str], version: str) -> list[str]:
    """What of `new` breaks a plugin that was written against `old`, each with what to do instead."""
    return [*_gone(old, new, version), *_demanded(old, new)]


def _gone(old: Mapping[str, str], new: Mapping[str, str], version: str) -> Iterator[str]:
    for name, what in old.items():
        if name in new or any(name.startswith((f"{other}.", f"{other}(")) for other in old if other not in new):
            continue  # a part of something that is told by itself
        ends = GOES.search(what)
        if ends is None:
            yield f"{name} is gone: put it back and deprecate it first, for one minor release (docs/plugins/guide.md)"
        elif Version(version) < Version(ends[1]):
            yield f"{name} is gone before {ends[1]}, the version that was told for it (this is {version})"


def _demanded(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name, what in new.items():
        parent = name.rpartition("(")[0] if name.endswith(")") else name.rpartition(".")[0]
        if NEEDED not in what.split(", ") or NEEDED in old.get(name, "").split(", ") or parent not in old:
            continue
        if name.startswith("hook ") and name.endswith(")"):
            continue  # an implementation may take fewer arguments than its specification has
        if name.startswith("hook "):
            yield f"{name} is required, and plugins that are there lack it: make it optional"
        else:
            yield f"{name} is required, and callers that are there do not give it: give it a default"


# --- hooks ---


def _hooks() -> Iterator[tuple[str, str]]:
    specs = [(kind.value, spec) for kind, spec in SPECS.items()]
    for kind, spec in [*specs, ("every type", LifecycleSpec), ("every type", ObserverSpec)]:
        yield f"hook {kind}", ""
        for name, function in vars(spec).items():
            if not inspect.isfunction(function):
                continue
            going = {argument: f"goes in {one.removed_in}" for argument, one in deprecations(function)}
            need = NEEDED if hasattr(function, REQUIRED) else ""
            yield f"hook {kind}.{name}", _joined(need, f"-> {_return(function)}", going.get(None, ""))
            for parameter in list(inspect.signature(function).parameters.values())[1:]:
                note = going.get(parameter.name, "")
                yield f"hook {kind}.{name}({parameter.name})", _joined(NEEDED, _annotation(parameter.annotation), note)


# --- values ---


def _value(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, ErrorCode):
        yield name, value.id
    elif inspect.isclass(value):
        yield from _class(name, value)
    elif inspect.isfunction(value):
        yield from _function(name, value)
    elif type(value).__module__.startswith("floe_sdk"):
        yield name, f"a {type(value).__name__}"
        yield from _members(name, type(value))
    else:
        yield name, f"a {type(value).__name__}"


def _class(name: str, value: type) -> Iterator[tuple[str, str]]:
    own = [base.__name__ for base in value.__mro__[1:] if base.__module__.startswith("floe_sdk")]
    yield name, _joined("class", f"a {own[0]}" if own else "")
    if issubclass(value, enum.Enum):
        yield from ((f"{name}.{member.name}", repr(member.value)) for member in value)
    elif issubclass(value, BaseModel):
        for key, field in value.model_fields.items():
            yield f"{name}.{key}", _joined(NEEDED if field.is_required() else "", _declared(value, key))
    elif dataclasses.is_dataclass(value):
        for one in dataclasses.fields(value):
            plain = one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
            yield f"{name}.{one.name}", _joined(NEEDED if plain and one.init else "", _declared(value, one.name))
    elif "_fields" in vars(value):
        for key in value._fields:  # type: ignore[attr-defined]  # a NamedTuple
            missing = key not in value._field_defaults  # type: ignore[attr-defined]
            yield f"{name}.{key}", _joined(NEEDED if missing else "", _declared(value, key))
    elif "__init__" in vars(value) and not getattr(value, "_is_protocol", False):
        yield from _parameters(f"{name}.__init__", value.__init__, bound=True)
    yield from _members(name, value)


def _members(name: str, value: type) -> Iterator[tuple[str, str]]:
    """Methods and properties, those of bases among floe's own too; the tests of a contract are no promise."""
    seen = set(getattr(value, "__dataclass_fields__", ()))  # a default may be a function
    for base in value.__mro__:
        if not base.__module__.startswith("floe_sdk"):
            continue
        for key, member in vars(base).items():
            if key.startswith(("_", "test_", "model_")) or key in seen:
                continue
            seen.add(key)
            function = getattr(member, "__func__", member)
            if isinstance(member, property) or type(member).__name__ == "cached_property":
                getter = member.fget if isinstance(member, property) else member.func
                yield f"{name}.{key}", f"property, {_return(getter)}"
            elif inspect.isfunction(function):
                yield from _function(f"{name}.{key}", function, bound=not isinstance(member, staticmethod))


def _function(name: str, function: Any, *, bound: bool = False) -> Iterator[tuple[str, str]]:
    yield name, f"-> {_return(function)}"
    yield from _parameters(name, function, bound=bound)


def _parameters(name: str, function: Any, *, bound: bool) -> Iterator[tuple[str, str]]:
    for parameter in list(inspect.signature(function).parameters.values())[int(bound) :]:
        loose = parameter.kind in {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
        need = NEEDED if parameter.default is parameter.empty and not loose else ""
        yield f"{name}({parameter.name})", _joined(need, KINDS[parameter.kind], _annotation(parameter.annotation))


def _return(function: Any) -> str:
    return _annotation(getattr(function, "__annotations__", {}).get("return", inspect.Parameter.empty))


def _declared(value: type, key: str) -> str:
    """The annotation as it is written, of the class that has it."""
    for base in value.__mro__:
        if key in vars(base).get("__annotations__", {}):
            return _annotation(vars(base)["__annotations__"][key])
    return ""


def _annotation(annotation: Any) -> str:
    """As the code has it: most modules keep theirs as text, and others differ between versions of Python."""
    if annotation is inspect.Parameter.empty:
        return ""
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
