"""`floe.yaml`: one data product, written by the data team."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from floe_sdk.schemas.document import Count, DocumentModel, Identifier, SecretName, SemVer
from floe_sdk.schemas.governance import Governance

Tier = Literal["bronze", "silver", "gold"]


def _cron(value: str) -> str:
    from datetime import datetime, timezone

    from cronsim import CronSim, CronSimError

    try:
        CronSim(value, datetime(2020, 1, 1, tzinfo=timezone.utc))
    except CronSimError as error:
        raise PydanticCustomError("cron", "is no cron expression: {reason}", {"reason": str(error)}) from None
    return value


def _timezone(value: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):  # unknown, malformed, or the name of a folder
        raise PydanticCustomError("timezone", "is no IANA time zone") from None
    return value


class ProductMetadata(DocumentModel):
    """Who a product is and whose."""

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$", max_length=63, examples=["customer-360"])
    version: SemVer
    description: str = Field(default="", max_length=500)
    owner: str | None = Field(default=None, min_length=1)
    labels: dict[str, str] = Field(default_factory=dict)


class PlatformReference(DocumentModel):
    """Where the platform's manifest is, relative to floe.yaml and inside the same git root."""

    manifest: str = Field(min_length=1, examples=["../manifest.yaml"])


class QualityCheck(DocumentModel):
    """A check that a transform must have."""

    name: str = Field(min_length=1)
    type: str = Field(min_length=1, examples=["not_null", "unique"])
    column: str | None = None
    dimension: Literal["completeness", "accuracy", "validity", "consistency", "timeliness"] | None = None
    severity: Literal["critical", "warning", "info"] = "warning"
    custom_weight: float | None = Field(default=None, ge=0.1, le=10)
    parameters: dict[str, Any] = Field(default_factory=dict)
    enabled: bool = True


def _named_check(value: object) -> object:
    return {"name": value, "type": value} if isinstance(value, str) else value


class Transform(DocumentModel):
    """What the product says about one node of its transform project, or a node itself where there is no project."""

    name: Identifier
    compute: str | None = Field(default=None, min_length=1, description="A compute plugin of the platform, by name.")
    tags: tuple[str, ...] = ()
    tier: Tier | None = None
    depends_on: tuple[str, ...] | None = Field(default=None, description="Names; checked against the project's graph.")
    quality_checks: tuple[Annotated[QualityCheck, BeforeValidator(_named_check)], ...] = ()


class Schedule(DocumentModel):
    """When the product runs."""

    cron: Annotated[str, AfterValidator(_cron)] | None = Field(
        default=None, examples=["0 6 * * *"], description="When, as cron has it."
    )
    timezone: Annotated[str, AfterValidator(_timezone)] = Field(
        default="UTC", examples=["Europe/Berlin"], description="Whose clock the cron is read by."
    )
    enabled: bool = Field(default=True, description="False: nothing starts by itself.")


class OutputPortColumn(DocumentModel):
    """A column that a port promises."""

    name: Identifier
    type: str = Field(min_length=1, examples=["string", "integer", "timestamp"])
    description: str | None = Field(default=None, max_length=500)
    required: bool = False
    primary_key: bool = False
    classification: str | None = Field(default=None, min_length=1, examples=["pii", "public"])


class OutputPort(DocumentModel):
    """A table that the product offers to others; `schema` in YAML, `columns` here."""

    name: Identifier
    description: str | None = Field(default=None, max_length=500)
    owner: str | None = Field(default=None, min_length=1)
    columns: tuple[OutputPortColumn, ...] = Field(
        min_length=1, validation_alias=AliasChoices("schema", "columns"), serialization_alias="schema"
    )


class Destination(DocumentModel):
    """Where a table is to be delivered. `connection_secret_ref` is a secret's name or a reference, never a value."""

    name: str = Field(min_length=1, max_length=100)
    sink_type: str = Field(min_length=1, examples=["rest_api", "sql_database"])
    connection_secret_ref: SecretName
    source_table: str | None = None
    config: dict[str, Any] = Field(default_factory=dict)
    field_mapping: dict[str, str] = Field(default_factory=dict)
    batch_size: Count | None = None


class ProductEnvironment(DocumentModel):
    """What differs in one environment. Transforms are merged by name; governance may only be tightened."""

    schedule: Schedule | None = None
    transforms: tuple[Transform, ...] = ()
    governance: Governance | None = None


class FloeSpec(DocumentModel):
    """floe.yaml as a whole."""

    api_version: Literal["floe.dev/v1"]
    kind: Literal["FloeSpec"]
    metadata: ProductMetadata
    platform: PlatformReference | None = None
    transforms: tuple[Transform, ...] = ()
    schedule: Schedule | None = None
    governance: Governance | None = None
    output_ports: tuple[OutputPort, ...] = ()
    destinations: tuple[Destination, ...] = ()
    environments: dict[str, ProductEnvironment] = Field(default_factory=dict)
