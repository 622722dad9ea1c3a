"""From a YAML document to a model: every problem at once, each with its place, none with a value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from floe_sdk.errors import FloeError, raise_all
from floe_sdk.errors.documents import (
    MISSING_KEY,
    NOT_SUPPORTED,
    UNKNOWN_KEY,
    WRONG_KIND,
    WRONG_VALUE,
)
from floe_sdk.errors.secrets import LITERAL_SECRET
from floe_sdk.project.document import spellings
from floe_sdk.schemas.fields import field_at, keys_at, nearest

if TYPE_CHECKING:
    from floe_sdk.errors import Location
    from floe_sdk.project.document import Document, KeyPath

API_VERSION = "floe.dev/v1"
_Model = TypeVar("_Model", bound=BaseModel)

UNSERVED: dict[str, dict[str, tuple[str, ...]]] = {
    "Manifest": {
        "": ("artifacts", "approved_sinks"),
        "plugins": ("ingestion", "semantic", "semantic_layer", "quality", "identity", "rbac"),
        "governance": ("data_contracts", "rbac", "secret_scanning", "network_policies", "policies"),
    },
    "FloeSpec": {
        "": ("ingestion",),
        "governance": ("data_contracts", "rbac", "secret_scanning", "network_policies", "policies"),
    },
}
"""Sections of the public documents that nothing serves, by the document's kind and the section's parent."""


def validate(document: Document, model: type[_Model], kind: str) -> _Model:
    """The document as a model. Raises FloeError (exit code 2) with all that is wrong, in the file's order."""
    _check_kind(document, kind)
    data = {key: value for key, value in document.data.items() if not key.startswith("x-")}
    try:
        return model.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    problems = [problem(document, model, kind, detail) for detail in details]
    unique = {(str(each.where), each.problem): each for each in problems}
    raise_all(sorted(unique.values(), key=_order))
    raise AssertionError  # pragma: no cover - pydantic's error lists at least one problem


def _check_kind(document: Document, kind: str) -> None:
    """A document of another kind gets this one error, not one for each of its keys."""
    problems = []
    found = document.data.get("kind")
    if found != kind:
        said = (
            f"`kind` is `{found}`" if found in UNSERVED else "`kind` is missing" if found is None else "`kind` is wrong"
        )
        fix = f"write `kind: {kind}`" if found not in UNSERVED else f"name the file of kind {kind} here"
        problems.append(FloeError(WRONG_KIND, f"{said}, expected `{kind}`", where=document.locate(("kind",)), fix=fix))
    version = document.data.get("apiVersion", document.data.get("api_version"))
    if version != API_VERSION:
        said = "is missing" if version is None else "is not one that this floe reads"
        where = document.locate(("api_version",))
        fix = f"write `apiVersion: {API_VERSION}`"
        problems.append(FloeError(WRONG_KIND, f"`apiVersion` {said}", where=where, fix=fix))
    raise_all(problems)


def problem(document: Document, model: type[BaseModel], kind: str, detail: Any) -> FloeError:
    """One of pydantic's errors (without its input) in our words, with its place."""
    loc = _without_tags(document, tuple(step for step in detail["loc"] if step != "[key]"))
    error, context = detail["type"], detail.get("ctx", {})
    loc += (context["header"],) if "header" in context else ()
    key = dotted(loc)
    if error == "extra_forbidden":
        return _unknown_key(document, model, kind, loc, detail["loc"])
    if error == "missing":
        where = document.locate(loc[:-1])
        return FloeError(MISSING_KEY, f"`{key}` is missing", where=where, fix=_example(model, detail["loc"]))
    if error == "union_tag_not_found":
        where = document.locate(loc)
        return FloeError(MISSING_KEY, f"`{key}.type` is missing", where=where, fix="say which type of rule it is")
    where = document.locate(loc)
    if error == "literal_secret":
        fix = "write a reference such as {env: NAME}, and change the secret: it was in a file"
        return FloeError(LITERAL_SECRET, f"`{key}` is a secret and stands here as text", where=where, fix=fix)
    if error in ("literal_error", "union_tag_invalid"):
        return _wrong_word(document, loc, context, where)
    return FloeError(
        WRONG_VALUE,
        f"`{key}` {describe(error, context, detail['msg'])}",
        where=where,
        fix=_example(model, detail["loc"]),
    )


def _without_tags(document: Document, loc: KeyPath) -> KeyPath:
    """The path without what stands in no file: a discriminated union's tags, the index of a single entry."""
    steps: list[str | int] = []
    for step in loc[:-1]:
        node = document.value(tuple(steps))
        known = any(name in node for name in spellings(str(step))) if isinstance(node, dict) else True
        steps += [step] if known else []
    node = document.value(tuple(steps))
    return (*steps, *(loc[-1:] if not (isinstance(node, dict) and isinstance(loc[-1], int)) else ()))


def _unknown_key(document: Document, model: type[BaseModel], kind: str, loc: KeyPath, full: KeyPath) -> FloeError:
    key, parent = str(loc[-1]), loc[:-1]
    where = document.locate(loc, key=True)
    if key in UNSERVED[kind].get(_section(parent), ()):
        return FloeError(
            NOT_SUPPORTED, f"the section `{dotted(loc)}` is not supported yet", where=where, fix="remove the section"
        )
    valid = keys_at(model, full[:-1])
    if any(key in spellings(name) for name in valid):
        fix = "keep one of the two spellings"
        return FloeError(UNKNOWN_KEY, f"`{dotted(loc)}` is given twice, in two spellings", where=where, fix=fix)
    guess = nearest(key, (spelling for name in valid for spelling in spellings(name)[:2]))
    fix = f"did you mean `{guess}`?" if guess else f"valid keys here: {', '.join(valid)}" if valid else "remove the key"
    return FloeError(UNKNOWN_KEY, f"unknown key `{dotted(loc)}`", where=where, fix=fix)


def _section(parent: KeyPath) -> str:
    """The section that `UNSERVED` knows, also inside of an environment or of `defaults`."""
    inner = parent[2:] if parent[:1] == ("environments",) else parent[1:] if parent[:1] == ("defaults",) else parent
    return ".".join(map(str, inner))


def _wrong_word(document: Document, loc: KeyPath, context: Any, where: Location) -> FloeError:
    expected = [word.strip("'\"") for word in _words(context.get("expected") or context.get("expected_tags", ""))]
    if "expected_tags" in context:
        loc = (*loc, "type")
        where = document.locate(loc)
    key = dotted(loc)
    guess = nearest(str(context.get("tag") or document.value(loc) or ""), expected)
    fix = f"did you mean `{guess}`?" if guess else None
    words = ", ".join(f"`{word}`" for word in expected)
    return FloeError(WRONG_VALUE, f"`{key}` must be one of {words}", where=where, fix=fix)


def _words(listed: str) -> list[str]:
    return listed.replace(" or ", ", ").split(", ")


def _example(model: type[BaseModel], loc: KeyPath) -> str | None:
    while loc and isinstance(loc[-1], int):
        loc = loc[:-1]
    field = field_at(model, loc) if loc else None
    if field is None:
        return None
    example = f"for example `{loc[-1]}: {json.dumps(field.examples[0]).strip(chr(34))}`" if field.examples else None
    return "; ".join(part for part in (field.description, example) if part) or None


_TYPES = {
    "string_type": "must be text; put a number, date or boolean in quotes",
    "string_sub_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "model_type": "must be a mapping (`key: value` lines)",
    "model_attributes_type": "must be a mapping (`key: value` lines)",
    "dict_type": "must be a mapping (`key: value` lines)",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "date_type": "must be a date such as 2027-01-31",
    "string_pattern_mismatch": "is not of the form that is expected here",
    "string_too_short": "must not be empty",
    "string_too_long": "must not be longer than {max_length} characters",
    "too_short": "must not be empty",
}


def describe(error: str, context: Any, message: str) -> str:
    """One of pydantic's errors as the end of a sentence that begins with the key; no value is in it."""
    if error.startswith("date"):
        error = "date_type"
    if error in _TYPES:
        return _TYPES[error].format_map(context)
    for name, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
        if name in context:
            return f"must be {words} {context[name]}"
    return message


def dotted(path: KeyPath) -> str:
    """`transforms[3].name`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "the document"


def _order(problem: FloeError) -> tuple[int, int]:
    place: Any = problem.where
    return place.line or 0, place.column or 0
