"""What a model accepts at a place: for messages, not for validation."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic.fields import FieldInfo

    KeyPath = tuple[str | int, ...]


def keys_at(model: type[BaseModel], path: KeyPath) -> list[str]:
    """The keys that a mapping at this place may have; none where anything goes."""
    types = _types_at(model, path)
    return sorted({name for found in types for name in found.model_fields})


def field_at(model: type[BaseModel], path: KeyPath) -> FieldInfo | None:
    """The field at this place, for its description and examples."""
    for found in _types_at(model, path[:-1]):
        field = _field(found, path[-1])
        if field is not None:
            return field
    return None


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """The valid name that is most like this one, if any is like it."""
    return next(iter(difflib.get_close_matches(name, sorted(set(valid)), 1)), None)


def _types_at(model: type[BaseModel], path: KeyPath) -> list[type[BaseModel]]:
    types: list[Any] = [model]
    for step in path:
        types = [inner for found in types for inner in _step(found, step)]
    return [found for option in types for found in _models(option)]


def _step(found: Any, step: str | int) -> Iterator[Any]:
    """The types of what is reached from `found` by a key, an index, or the tag of a discriminated union."""
    for option in _options(found):
        if isinstance(option, type) and issubclass(option, BaseModel):
            field = _field(option, step)
            if field is not None:
                yield field.annotation
            elif any(step in get_args(inner.annotation) for inner in option.model_fields.values() if _is_tag(inner)):
                yield option
        elif get_origin(option) is dict:
            yield get_args(option)[1]
        elif get_origin(option) in (tuple, list):
            yield get_args(option)[0]


def _field(model: type[BaseModel], step: str | int) -> FieldInfo | None:
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        aliases = getattr(alias, "choices", [alias])
        if step == name or step in aliases:
            return field
    return None


def _is_tag(field: FieldInfo) -> bool:
    return get_origin(field.annotation) is Literal


def _options(annotation: Any) -> list[Any]:
    """The members of a union, without `Annotated` and None."""
    if hasattr(annotation, "__metadata__"):
        return _options(annotation.__origin__)
    if get_origin(annotation) is None or get_origin(annotation) in (dict, tuple, list, Literal):
        return [annotation]
    return [option for argument in get_args(annotation) for option in _options(argument)]


def _models(annotation: Any) -> list[type[BaseModel]]:
    return [option for option in _options(annotation) if isinstance(option, type) and issubclass(option, BaseModel)]
