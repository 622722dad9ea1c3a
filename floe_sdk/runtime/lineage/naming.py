"""Names of datasets by OpenLineage's naming spec: tables and files by where they are, tables by their catalog, too."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from floe_sdk.schemas.access import CatalogAccess

FILES = "__floe_file"
"""The schema that column lineage gives to files in the place of tables."""
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_GLOB = re.compile(r"[*?\[{]")


@dataclass(frozen=True)
class Identity:
    """A dataset's name by the spec, and what it is."""

    namespace: str
    name: str
    kind: str = "TABLE"


def physical(location: str) -> Identity:
    """The identity of a path or a URI, by the naming spec."""
    parts = urlsplit(location)
    if len(parts.scheme) < 2:  # noqa: PLR2004 - a path, or one with a drive letter
        return Identity("file", location.rstrip("/") or "/", "FILE")
    if parts.scheme == "file":
        host = parts.netloc if parts.netloc not in ("", "localhost") else ""
        return Identity(f"file://{host}" if host else "file", unquote(parts.path).rstrip("/") or "/", "FILE")
    scheme = "s3" if parts.scheme in ("s3a", "s3n") else parts.scheme
    # abfss://container@account keeps what stands before the "@"; elsewhere that is a user and a password
    netloc = parts.netloc if scheme in ("abfs", "abfss", "wasb", "wasbs") else parts.netloc.rpartition("@")[2]
    return Identity(f"{scheme}://{netloc}", parts.path.strip("/") or "/", "FILE")


def literal_of(source_location: str) -> str:
    """The path or URI as a file source's location spells it, alone or as the first text of an expression."""
    literal = _LITERAL.search(source_location)
    return literal[1].replace("''", "'") if literal else source_location


def file_of(source_location: str, project: Path) -> str:
    """The path or URI of a file source. The location may be an expression (`read_csv('raw/x.csv', header = true)`);
    a pattern stands for its folder."""
    text = literal_of(source_location)
    if "://" in text:
        return text
    path = Path(os.path.normpath(project / text))
    for part in (path, *path.parents):
        if not _GLOB.search(str(part)):
            return part.as_posix()
    return project.as_posix()


@dataclass(frozen=True)
class CatalogName:
    """The catalog's own name space, without credentials, as OpenLineage's Spark integration names the same catalog.

    `prefix` goes before the names of tables in it; `uri` and `warehouse` say where it is.
    """

    namespace: str
    kind: str
    prefix: str = ""
    uri: str = ""
    warehouse: str | None = None

    @classmethod
    def of(cls, access: CatalogAccess | None, default: str) -> CatalogName:
        """Of a catalog plugin's access; `default` where its URI is a secret or there is none."""
        uri = access.properties.get("uri") if access else None
        if access is None or not isinstance(uri, str):
            return cls(default, "unknown", uri=default)
        parts = urlsplit(uri)
        host = parts.netloc.rpartition("@")[2]
        warehouse = access.properties.get("warehouse")
        place = warehouse if isinstance(warehouse, str) else None
        plain = f"{parts.scheme}://{host}{parts.path}".rstrip("/")
        if access.type != "sql":
            return cls(plain, access.type, "", plain, place)
        if parts.scheme.partition("+")[0] not in ("postgresql", "postgres"):
            return cls(plain, "jdbc", "", plain, place)
        database, port = parts.path.strip("/"), "" if parts.port else ":5432"
        prefix = f"{database}." if database else ""
        return cls(f"postgres://{host}{port}", "jdbc", prefix, f"jdbc:postgresql://{host}{port}/{database}", place)
