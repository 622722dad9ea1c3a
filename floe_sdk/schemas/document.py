"""What the models of floe.yaml and manifest.yaml share: both spellings of keys, and the value types used by several."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasGenerator, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from floe_sdk.schemas.base import FrozenModel

Level = Literal["off", "warn", "strict"]
"""How seriously a rule is taken."""

Count = Annotated[int, Field(ge=1, strict=True)]
Percent = Annotated[int, Field(ge=0, le=100, strict=True)]


class DocumentModel(FrozenModel):
    """A part of a document: snake_case, and the camelCase of the public documents (`dependsOn`) as well."""

    model_config = ConfigDict(alias_generator=AliasGenerator(validation_alias=to_camel), populate_by_name=True)


def secret_reference(value: object) -> object:
    """Read the bare name of a public document's secret as the variable that holds it: `{env: FLOE_SECRET_NAME}`."""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", value):
        return {"env": "FLOE_SECRET_" + re.sub(r"[^A-Z0-9]", "_", value.upper())}
    return value


SecretName = Annotated[dict[str, str], BeforeValidator(secret_reference)]
"""`connection_secret_ref`: a secret's name or its reference, kept as a reference."""


def one_or_many(value: object) -> object:
    """Read a single mapping where a list is expected."""
    return [value] if isinstance(value, Mapping) else value


def _number_as_text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _regular_expression(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise PydanticCustomError("regex", "is no regular expression: {reason}", {"reason": str(error)}) from None
    return value


def _said(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("blank", "must not be blank")
    return value


Reason = Annotated[str, Field(min_length=1), AfterValidator(_said)]
"""Why somebody is let off: text that says something."""

Quantity = Annotated[
    str,
    BeforeValidator(_number_as_text),
    Field(pattern=r"^\d+(\.\d+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$", examples=["500m", "2", "512Mi"]),
]
"""An amount of CPU or memory in Kubernetes' notation."""

Regex = Annotated[str, Field(min_length=1), AfterValidator(_regular_expression)]
SemVer = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+([-+.].*)?$", examples=["1.0.0"])]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=128, examples=["stg_customers"])]
