"""How to reach bytes and tables, in terms that every compute understands: N + M, not N x M."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from floe_sdk.schemas.base import FrozenModel
from floe_sdk.schemas.secret import Secret


class StorageAccess(FrozenModel):
    """Where the bytes are and how to reach them.

    `root` is a URI that ends with "/" (`file:///srv/lake/`, `s3://bucket/prefix/`); tables are placed below it.
    `file_io` holds Iceberg FileIO properties (`s3.endpoint`, `s3.access-key-id`, ...): the vocabulary that each
    compute translates into its own settings. `endpoint_internal` is where a catalog's server reaches the same bytes,
    where that differs from the clients' `s3.endpoint` (two networks): only provisioning a catalog reads it.
    """

    root: str = Field(pattern=r"^[a-z][a-z0-9+.-]*://.*/$")
    file_io: dict[str, str | Secret] = Field(default_factory=dict)
    endpoint_internal: str | None = None


class CatalogAccess(FrozenModel):
    """How an Iceberg client that is not PyIceberg (Spark, Trino, DuckDB) reaches the catalog.

    `properties` are Iceberg catalog properties (`uri`, `warehouse`, `credential`, ...).
    """

    type: Literal["sql", "rest"]
    properties: dict[str, str | Secret] = Field(default_factory=dict)
