"""`floe catalog provision`: the server's catalog, its storage configuration and namespaces, reconciled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyiceberg.exceptions import NamespaceAlreadyExistsError

from floe_catalog_polaris import file_io
from floe_catalog_polaris.management import Management
from floe_sdk import CATALOG_PROVISION, FloeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from floe_catalog_polaris.config import PolarisConfig
    from floe_catalog_polaris.connection import Connection
    from floe_sdk import StorageAccess

ATTEMPTS = 5
"""How often a change that somebody else was faster with is worked out anew."""

BASE_LOCATION = "default-base-location"
CONTENT = "CATALOG_MANAGE_CONTENT"


def provision(
    connection: Connection, storage: StorageAccess, namespaces: Sequence[str], *, dry_run: bool
) -> Sequence[str]:
    """Make or change what differs from what is wanted; a line for each change. Nothing that is there is removed."""
    management = Management(connection)
    properties, info = wanted(connection.config, storage)
    changes = _catalog(management, connection.warehouse, properties, info, dry_run=dry_run)
    missing = dry_run and bool(changes) and changes[0].startswith("create")
    if info["storageType"] != "FILE" and not info.get("stsUnavailable"):
        changes += _grant(management, connection.warehouse, known=not missing, dry_run=dry_run)
    if missing:
        return [*changes, *(f"create the namespace {each}" for each in namespaces)]
    return [*changes, *_namespaces(connection, storage, namespaces, dry_run=dry_run)]


def wanted(config: PolarisConfig, storage: StorageAccess) -> tuple[dict[str, str], dict[str, Any]]:
    """The properties and the storage configuration that the catalog should have.

    The base location itself is allowed, not only a place above it: Polaris makes no namespace otherwise.
    """
    base = storage.root.rstrip("/")
    scheme = base.partition("://")[0]
    if scheme == "file":
        info: dict[str, Any] = {"storageType": "FILE"}
    elif scheme in ("s3", "s3a", "s3n"):
        info = {"storageType": "S3", **_s3(config, storage)}
    else:
        problem = f"a catalog on {scheme}:// can't be provisioned from here"
        fix = "make the catalog with Polaris' own tools; floe uses it as it is"
        raise FloeError(CATALOG_PROVISION, problem, fix=fix)
    return {BASE_LOCATION: base}, {**info, "allowedLocations": [base]}


def _s3(config: PolarisConfig, storage: StorageAccess) -> dict[str, Any]:
    own = file_io.revealed(storage)
    endpoint = own.get("s3.endpoint")
    virtual = own.get("s3.force-virtual-addressing")
    info = {
        "region": own.get("s3.region") or own.get("client.region"),
        "endpoint": endpoint,
        "endpointInternal": storage.endpoint_internal,
        "pathStyleAccess": str(virtual).lower() != "true" if endpoint or virtual is not None else None,
        "stsUnavailable": not file_io.wants_vending(storage, config.credential_vending_enabled),
        "roleArn": config.storage_role_arn,
        "externalId": config.storage_external_id,
    }
    return {key: value for key, value in info.items() if value is not None}


def _catalog(
    management: Management, name: str, properties: Mapping[str, str], info: Mapping[str, Any], *, dry_run: bool
) -> list[str]:
    """Create the catalog, or change it; one that appears or changes meanwhile is read back and compared again."""
    for _ in range(ATTEMPTS):
        present = management.catalog(name)
        if present is None:
            change = f"create the catalog {name} ({info['storageType']}, {properties[BASE_LOCATION]})"
            document = {"type": "INTERNAL", "name": name, "properties": properties, "storageConfigInfo": info}
            if dry_run or management.create(document):
                return [change]
            continue  # somebody else made it
        has, now = present.get("properties") or {}, present.get("storageConfigInfo") or {}
        _check_kind(name, present.get("type"), now.get("storageType"), info["storageType"])
        wants = {**info, "allowedLocations": _with(now.get("allowedLocations"), info["allowedLocations"])}
        changes = [*_differences(name, has, properties), *_differences(name, now, wants, "storageConfigInfo.")]
        update = {"properties": {**has, **properties}, "storageConfigInfo": {**now, **wants}}
        if (
            not changes
            or dry_run
            or management.change(name, {**update, "currentEntityVersion": present["entityVersion"]})
        ):
            return changes
    raise FloeError(
        CATALOG_PROVISION,
        f"the catalog {name} was changed by somebody else {ATTEMPTS} times in a row",
        fix="let one provision at a time change it, and try again",
    )


def _check_kind(name: str, kind: str | None, has: str | None, wants: str) -> None:
    """Refuse what no change of a catalog can bring about, in a dry run too."""
    if kind == "EXTERNAL":
        problem = f"the catalog {name} is an EXTERNAL one: another catalog keeps its tables, and nothing was changed"
        raise FloeError(CATALOG_PROVISION, problem, fix="name another `warehouse` of catalog polaris")
    if has is not None and has != wants:
        problem = f"the catalog {name} is on {has}, and the manifest's storage is {wants}: that can't be changed"
        raise FloeError(CATALOG_PROVISION, problem, fix="name another `warehouse` of catalog polaris, or its storage")


def _with(has: Sequence[str] | None, wants: Sequence[str]) -> list[str]:
    """What is allowed already, and what is missing of what has to be."""
    known = {_plain(each) for each in has or ()}
    return [*(has or ()), *(each for each in wants if _plain(each) not in known)]


def _differences(name: str, has: Mapping[str, Any], wants: Mapping[str, Any], under: str = "") -> Iterator[str]:
    for key, value in wants.items():
        if _plain(has.get(key)) != _plain(value):
            before = f"from {has[key]} " if has.get(key) is not None else ""
            yield f"change the catalog {name}: {under}{key} {before}to {value}"


def _plain(value: Any) -> Any:
    """A value as it is compared: places without "/" at their end, lists in no order."""
    if isinstance(value, str):
        return value.rstrip("/")
    return {_plain(each) for each in value} if isinstance(value, (list, tuple)) else value


def _grant(management: Management, name: str, *, known: bool, dry_run: bool) -> list[str]:
    """Credentials are handed out to who may read and write the catalog's content alone."""
    if known and management.has_grant(name, CONTENT):
        return []
    if not dry_run:
        management.grant(name, CONTENT)
    return [f"grant {CONTENT} on the catalog {name} to its role catalog_admin"]


def _namespaces(
    connection: Connection, storage: StorageAccess, namespaces: Sequence[str], *, dry_run: bool
) -> Iterator[str]:
    from floe_catalog_polaris.catalog import PolarisCatalog

    catalog = PolarisCatalog(connection, file_io.revealed(storage), vended=False)
    for namespace in namespaces:
        if catalog.namespace_exists((namespace,)):
            continue
        if not dry_run:
            try:
                catalog.create_namespace((namespace,))
            except NamespaceAlreadyExistsError:
                continue
        yield f"create the namespace {namespace}"
