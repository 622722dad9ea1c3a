"""The fields of a document, by path.

A path is written `governance.custom_rules[RequireMetaField].field`, `resource_presets{}.cpu_limit`: `[]` is an entry of
a list, `{}` a name of a mapping, and a model's name stands where one of several models is meant.
"""

from __future__ import annotations

import inspect
import re
import typing
from typing import Any

from pydantic import BaseModel

if typing.TYPE_CHECKING:
    from collections.abc import Container, Iterator

NAME = "ci"
"""What stands for `{}` in documents: an environment, a preset."""


def leaves(model: type[BaseModel], prefix: str = "", seen: tuple[type, ...] = ()) -> Iterator[str]:
    """The path of every field that holds no model itself."""
    for name, info in model.model_fields.items():
        inner = [(mark, each) for mark, each in _models(info.annotation) if each not in seen]
        if not inner:
            yield f"{prefix}{name}"
        several = len({each for _, each in inner}) > 1
        for mark, each in inner:
            marked = mark.replace("[]", f"[{each.__name__}]") if several else mark
            yield from leaves(each, f"{prefix}{name}{marked}.", (*seen, model))


def _models(annotation: Any, mark: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """The models inside of an annotation, and whether they are entries of a list or of a mapping."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield mark, annotation
        return
    origin = typing.get_origin(annotation)
    inner = "[]" if origin in (tuple, list) else "{}" if origin is dict else mark
    for part in typing.get_args(annotation):
        yield from _models(part, inner)


def without_case(model: type[BaseModel], cases: Container[str]) -> list[str]:
    """The fields of a document that no case is about."""
    return sorted({path for path in leaves(model) if path not in cases})


def put(document: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a path of the document, making what lies on the way; a single entry of a plugin is a mapping."""
    node: Any = document
    steps = [re.fullmatch(r"(\w+)(\[\w*\]|\{\})?", step) for step in path.split(".")]
    for index, step in enumerate(steps):
        assert step, path
        name, mark = step[1], step[2] or ""
        if index == len(steps) - 1:
            node[name] = value
        elif mark == "{}":
            node = node.setdefault(name, {}).setdefault(NAME, {})
        elif mark and not path.removeprefix("defaults.").removeprefix("environments{}.").startswith("plugins."):
            entries = node.setdefault(name, [{}])
            node = entries[0]
        else:
            node = node.setdefault(name, {})


def pointer(path: str) -> str:
    """Where the artifact has a field that keeps its path."""
    return re.sub(r"\[\w*\]", ".0", path).replace("{}", f".{NAME}")
