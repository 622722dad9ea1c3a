"""The public names of floe, for users and for the authors of plugins; each is imported when it is first used."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from floe_sdk.compilation.compile import build_artifacts as build_artifacts
    from floe_sdk.compilation.pipeline import CompileResult as CompileResult
    from floe_sdk.compilation.pipeline import compile_product as compile_product
    from floe_sdk.errors import ErrorCode as ErrorCode
    from floe_sdk.errors import FloeError as FloeError
    from floe_sdk.errors import FloeErrors as FloeErrors
    from floe_sdk.errors import Location as Location
    from floe_sdk.errors.catalog import CATALOG_CLIENT_MISSING as CATALOG_CLIENT_MISSING
    from floe_sdk.errors.catalog import CATALOG_CORRUPT as CATALOG_CORRUPT
    from floe_sdk.errors.catalog import CATALOG_DENIED as CATALOG_DENIED
    from floe_sdk.errors.catalog import CATALOG_LOCKED as CATALOG_LOCKED
    from floe_sdk.errors.catalog import CATALOG_NOT_WRITABLE as CATALOG_NOT_WRITABLE
    from floe_sdk.errors.catalog import CATALOG_UNREACHABLE as CATALOG_UNREACHABLE
    from floe_sdk.errors.catalog import CATALOG_URI_WRONG as CATALOG_URI_WRONG
    from floe_sdk.errors.catalog import DATA_FILE_MISSING as DATA_FILE_MISSING
    from floe_sdk.errors.catalog import METADATA_MISSING as METADATA_MISSING
    from floe_sdk.errors.catalog import QUERY_FAILED as QUERY_FAILED
    from floe_sdk.errors.catalog import QUERY_REFUSED as QUERY_REFUSED
    from floe_sdk.errors.catalog import TABLE_NOT_FOUND as TABLE_NOT_FOUND
    from floe_sdk.errors.catalog import UNREADABLE as UNREADABLE
    from floe_sdk.errors.catalog import metadata_damaged as metadata_damaged
    from floe_sdk.errors.catalog import metadata_missing as metadata_missing
    from floe_sdk.errors.compilation import ANOTHER_PRODUCT as ANOTHER_PRODUCT
    from floe_sdk.errors.compilation import ARTIFACT_MISSING as ARTIFACT_MISSING
    from floe_sdk.errors.orchestrator import SCHEDULE_NOT_SUPPORTED as SCHEDULE_NOT_SUPPORTED
    from floe_sdk.errors.orchestrator import UNKNOWN_PRESET as UNKNOWN_PRESET
    from floe_sdk.errors.publish import COLUMN_TYPE as COLUMN_TYPE
    from floe_sdk.errors.publish import COMMIT_CONFLICT as COMMIT_CONFLICT
    from floe_sdk.errors.publish import COMMIT_UNKNOWN as COMMIT_UNKNOWN
    from floe_sdk.errors.publish import COMPUTE_PATH as COMPUTE_PATH
    from floe_sdk.errors.publish import COMPUTE_VERSION as COMPUTE_VERSION
    from floe_sdk.errors.publish import LAYOUT as LAYOUT
    from floe_sdk.errors.publish import ROWS_DIFFER as ROWS_DIFFER
    from floe_sdk.errors.publish import SCHEMA_CHANGE as SCHEMA_CHANGE
    from floe_sdk.errors.publish import STORAGE_FAILED as STORAGE_FAILED
    from floe_sdk.errors.rest_catalog import CATALOG_CREDENTIALS as CATALOG_CREDENTIALS
    from floe_sdk.errors.rest_catalog import CATALOG_ELSEWHERE as CATALOG_ELSEWHERE
    from floe_sdk.errors.rest_catalog import CATALOG_FORBIDDEN as CATALOG_FORBIDDEN
    from floe_sdk.errors.rest_catalog import CATALOG_LOCATION as CATALOG_LOCATION
    from floe_sdk.errors.rest_catalog import CATALOG_NAMES as CATALOG_NAMES
    from floe_sdk.errors.rest_catalog import CATALOG_PROVISION as CATALOG_PROVISION
    from floe_sdk.errors.rest_catalog import CATALOG_REALM as CATALOG_REALM
    from floe_sdk.errors.rest_catalog import CATALOG_REFUSED as CATALOG_REFUSED
    from floe_sdk.errors.rest_catalog import CREDENTIAL_VENDING as CREDENTIAL_VENDING
    from floe_sdk.errors.rest_catalog import FORMAT_VERSION as FORMAT_VERSION
    from floe_sdk.errors.rest_catalog import WAREHOUSE_MISSING as WAREHOUSE_MISSING
    from floe_sdk.errors.secrets import SECRET_NOT_FOUND as SECRET_NOT_FOUND
    from floe_sdk.errors.storage import S3_CLIENT_MISSING as S3_CLIENT_MISSING
    from floe_sdk.errors.storage import STORAGE_BUCKET_MISSING as STORAGE_BUCKET_MISSING
    from floe_sdk.errors.storage import STORAGE_BUSY as STORAGE_BUSY
    from floe_sdk.errors.storage import STORAGE_CREDENTIALS as STORAGE_CREDENTIALS
    from floe_sdk.errors.storage import STORAGE_DENIED as STORAGE_DENIED
    from floe_sdk.errors.storage import STORAGE_NOT_WRITABLE as STORAGE_NOT_WRITABLE
    from floe_sdk.errors.storage import STORAGE_PATH as STORAGE_PATH
    from floe_sdk.errors.storage import STORAGE_SETTINGS as STORAGE_SETTINGS
    from floe_sdk.errors.storage import STORAGE_UNREACHABLE as STORAGE_UNREACHABLE
    from floe_sdk.errors.telemetry import TELEMETRY_NOT_TAKEN as TELEMETRY_NOT_TAKEN
    from floe_sdk.errors.transform import ENGINE_CONFIG as ENGINE_CONFIG
    from floe_sdk.errors.transform import ENGINE_FAILED as ENGINE_FAILED
    from floe_sdk.errors.transform import NO_SUCH_SELECTOR as NO_SUCH_SELECTOR
    from floe_sdk.errors.transform import NOT_SUPPORTED as NOT_SUPPORTED
    from floe_sdk.errors.transform import PACKAGES_NOT_INSTALLED as PACKAGES_NOT_INSTALLED
    from floe_sdk.errors.transform import PROJECT_NOT_FOUND as PROJECT_NOT_FOUND
    from floe_sdk.errors.transform import PROJECT_NOT_PARSED as PROJECT_NOT_PARSED
    from floe_sdk.errors.transform import SELECTOR_NOT_SUPPORTED as SELECTOR_NOT_SUPPORTED
    from floe_sdk.errors.transform import VARIABLE_NOT_SUPPORTED as VARIABLE_NOT_SUPPORTED
    from floe_sdk.errors.upstream import UPSTREAM_MALFORMED as UPSTREAM_MALFORMED
    from floe_sdk.errors.upstream import UPSTREAM_OWN as UPSTREAM_OWN
    from floe_sdk.garbage import without_cyclic_gc as without_cyclic_gc
    from floe_sdk.governance.rules import check_rules as check_rules
    from floe_sdk.governance.rules import rule_names as rule_names
    from floe_sdk.observability.delivery import Deliveries as Deliveries
    from floe_sdk.observability.delivery import DeliveryReport as DeliveryReport
    from floe_sdk.observability.redaction import redactor as redactor
    from floe_sdk.observability.spans import create_span as create_span
    from floe_sdk.observability.telemetry import TelemetryProvider as TelemetryProvider
    from floe_sdk.plugins.config import PluginConfig as PluginConfig
    from floe_sdk.plugins.config import PluginContext as PluginContext
    from floe_sdk.plugins.host import Platform as Platform
    from floe_sdk.plugins.markers import hookimpl as hookimpl
    from floe_sdk.plugins.selection import PluginSelection as PluginSelection
    from floe_sdk.plugins.types import PluginType as PluginType
    from floe_sdk.project.files import target_dir as target_dir
    from floe_sdk.project.freshness import check_project as check_project
    from floe_sdk.project.locations import product_slug as product_slug
    from floe_sdk.runtime.execute import execute as execute
    from floe_sdk.runtime.lineage import LineageEmitter as LineageEmitter
    from floe_sdk.runtime.recovery.faults import fault as fault
    from floe_sdk.runtime.recovery.faults import fault_during as fault_during
    from floe_sdk.runtime.session import session as session
    from floe_sdk.runtime.storage.durable_io import DurableFileIO as DurableFileIO
    from floe_sdk.runtime.storage.errors import storage_error as storage_error
    from floe_sdk.runtime.storage.file_io import FileSystemIO as FileSystemIO
    from floe_sdk.runtime.storage.s3 import S3_ATTEMPTS as S3_ATTEMPTS
    from floe_sdk.runtime.storage.s3 import S3_SCHEMES as S3_SCHEMES
    from floe_sdk.runtime.storage.s3 import S3Credentials as S3Credentials
    from floe_sdk.runtime.storage.s3 import S3Options as S3Options
    from floe_sdk.runtime.storage.s3 import expires_soon as expires_soon
    from floe_sdk.runtime.storage.s3 import s3_client as s3_client
    from floe_sdk.runtime.storage.s3 import s3_credentials as s3_credentials
    from floe_sdk.runtime.storage.s3 import s3_region as s3_region
    from floe_sdk.runtime.storage.s3_errors import s3_errors as s3_errors
    from floe_sdk.runtime.storage.s3_errors import storage_error_kind as storage_error_kind
    from floe_sdk.runtime.storage.uploads import s3_encryption as s3_encryption
    from floe_sdk.runtime.storage.uploads import upload as upload
    from floe_sdk.schemas.access import CatalogAccess as CatalogAccess
    from floe_sdk.schemas.access import StorageAccess as StorageAccess
    from floe_sdk.schemas.alert import Alert as Alert
    from floe_sdk.schemas.alert import AlertKind as AlertKind
    from floe_sdk.schemas.alert import AlertNode as AlertNode
    from floe_sdk.schemas.artifact_file import read_artifact as read_artifact
    from floe_sdk.schemas.artifacts import CompiledArtifacts as CompiledArtifacts
    from floe_sdk.schemas.columns import ColumnsRequest as ColumnsRequest
    from floe_sdk.schemas.columns import Relation as Relation
    from floe_sdk.schemas.compiled import CompiledNode as CompiledNode
    from floe_sdk.schemas.compiled import digest as digest
    from floe_sdk.schemas.delivery import LineageDelayed as LineageDelayed
    from floe_sdk.schemas.delivery import LineageRefused as LineageRefused
    from floe_sdk.schemas.delivery import event_json as event_json
    from floe_sdk.schemas.enforcement import Finding as Finding
    from floe_sdk.schemas.enforcement import FindingLevel as FindingLevel
    from floe_sdk.schemas.events import KEYS_FROM_CATALOG as KEYS_FROM_CATALOG
    from floe_sdk.schemas.events import Health as Health
    from floe_sdk.schemas.events import NodeFinished as NodeFinished
    from floe_sdk.schemas.events import NodeStarted as NodeStarted
    from floe_sdk.schemas.events import NodeStatus as NodeStatus
    from floe_sdk.schemas.events import PublishedTable as PublishedTable
    from floe_sdk.schemas.events import RunFinished as RunFinished
    from floe_sdk.schemas.events import RunStarted as RunStarted
    from floe_sdk.schemas.events import RunStatus as RunStatus
    from floe_sdk.schemas.freshness import FreshnessStatus as FreshnessStatus
    from floe_sdk.schemas.freshness import SourceFreshness as SourceFreshness
    from floe_sdk.schemas.governance import ResolvedGovernance as ResolvedGovernance
    from floe_sdk.schemas.graph import Column as Column
    from floe_sdk.schemas.graph import Graph as Graph
    from floe_sdk.schemas.graph import Materialization as Materialization
    from floe_sdk.schemas.graph import Node as Node
    from floe_sdk.schemas.graph import NodeKind as NodeKind
    from floe_sdk.schemas.graph import Severity as Severity
    from floe_sdk.schemas.graph import TestInfo as TestInfo
    from floe_sdk.schemas.graph import Upstream as Upstream
    from floe_sdk.schemas.layout import PartitionBy as PartitionBy
    from floe_sdk.schemas.layout import SortBy as SortBy
    from floe_sdk.schemas.layout import TableLayout as TableLayout
    from floe_sdk.schemas.layout import parse_layout as parse_layout
    from floe_sdk.schemas.layout import renames as renames
    from floe_sdk.schemas.observability import ObservabilityConfig as ObservabilityConfig
    from floe_sdk.schemas.query import QueryRequest as QueryRequest
    from floe_sdk.schemas.query import QueryResult as QueryResult
    from floe_sdk.schemas.run import ProgressListener as ProgressListener
    from floe_sdk.schemas.run import RunRequest as RunRequest
    from floe_sdk.schemas.secret import Secret as Secret
    from floe_sdk.schemas.session import Publication as Publication
    from floe_sdk.schemas.session import Publisher as Publisher
    from floe_sdk.schemas.session import RunSession as RunSession
    from floe_sdk.schemas.session import TableVersion as TableVersion
    from floe_sdk.schemas.spec import Schedule as Schedule
    from floe_sdk.schemas.transform import GraphRequest as GraphRequest
    from floe_sdk.schemas.transform import RunListener as RunListener
    from floe_sdk.schemas.transform import TransformRequest as TransformRequest
    from floe_sdk.schemas.transform import TransformResult as TransformResult

_PUBLIC = {
    "ErrorCode": "floe_sdk.errors",
    "FloeError": "floe_sdk.errors",
    "FloeErrors": "floe_sdk.errors",
    "Location": "floe_sdk.errors",
    "PluginConfig": "floe_sdk.plugins.config",
    "PluginContext": "floe_sdk.plugins.config",
    "PluginType": "floe_sdk.plugins.types",
    "hookimpl": "floe_sdk.plugins.markers",
    "CatalogAccess": "floe_sdk.schemas.access",
    "StorageAccess": "floe_sdk.schemas.access",
    "Platform": "floe_sdk.plugins.host",
    "PluginSelection": "floe_sdk.plugins.selection",
    "Deliveries": "floe_sdk.observability.delivery",
    "DeliveryReport": "floe_sdk.observability.delivery",
    "SECRET_NOT_FOUND": "floe_sdk.errors.secrets",
    "STORAGE_NOT_WRITABLE": "floe_sdk.errors.storage",
    "STORAGE_PATH": "floe_sdk.errors.storage",
    "S3_CLIENT_MISSING": "floe_sdk.errors.storage",
    "STORAGE_BUCKET_MISSING": "floe_sdk.errors.storage",
    "STORAGE_BUSY": "floe_sdk.errors.storage",
    "STORAGE_CREDENTIALS": "floe_sdk.errors.storage",
    "STORAGE_DENIED": "floe_sdk.errors.storage",
    "STORAGE_SETTINGS": "floe_sdk.errors.storage",
    "STORAGE_UNREACHABLE": "floe_sdk.errors.storage",
    "TELEMETRY_NOT_TAKEN": "floe_sdk.errors.telemetry",
    "Secret": "floe_sdk.schemas.secret",
    "PROJECT_NOT_FOUND": "floe_sdk.errors.transform",
    "PROJECT_NOT_PARSED": "floe_sdk.errors.transform",
    "NO_SUCH_SELECTOR": "floe_sdk.errors.transform",
    "NOT_SUPPORTED": "floe_sdk.errors.transform",
    "SELECTOR_NOT_SUPPORTED": "floe_sdk.errors.transform",
    "VARIABLE_NOT_SUPPORTED": "floe_sdk.errors.transform",
    "PACKAGES_NOT_INSTALLED": "floe_sdk.errors.transform",
    "UPSTREAM_MALFORMED": "floe_sdk.errors.upstream",
    "UPSTREAM_OWN": "floe_sdk.errors.upstream",
    "ENGINE_FAILED": "floe_sdk.errors.transform",
    "ENGINE_CONFIG": "floe_sdk.errors.transform",
    "Column": "floe_sdk.schemas.graph",
    "Graph": "floe_sdk.schemas.graph",
    "Materialization": "floe_sdk.schemas.graph",
    "Node": "floe_sdk.schemas.graph",
    "NodeKind": "floe_sdk.schemas.graph",
    "Severity": "floe_sdk.schemas.graph",
    "TestInfo": "floe_sdk.schemas.graph",
    "Upstream": "floe_sdk.schemas.graph",
    "GraphRequest": "floe_sdk.schemas.transform",
    "RunListener": "floe_sdk.schemas.transform",
    "TransformRequest": "floe_sdk.schemas.transform",
    "TransformResult": "floe_sdk.schemas.transform",
    "RunSession": "floe_sdk.schemas.session",
    "NodeFinished": "floe_sdk.schemas.events",
    "NodeStarted": "floe_sdk.schemas.events",
    "NodeStatus": "floe_sdk.schemas.events",
    "build_artifacts": "floe_sdk.compilation.compile",
    "compile_product": "floe_sdk.compilation.pipeline",
    "CompileResult": "floe_sdk.compilation.pipeline",
    "check_rules": "floe_sdk.governance.rules",
    "rule_names": "floe_sdk.governance.rules",
    "read_artifact": "floe_sdk.schemas.artifact_file",
    "CompiledArtifacts": "floe_sdk.schemas.artifacts",
    "ColumnsRequest": "floe_sdk.schemas.columns",
    "Relation": "floe_sdk.schemas.columns",
    "CompiledNode": "floe_sdk.schemas.compiled",
    "digest": "floe_sdk.schemas.compiled",
    "Finding": "floe_sdk.schemas.enforcement",
    "FindingLevel": "floe_sdk.schemas.enforcement",
    "FreshnessStatus": "floe_sdk.schemas.freshness",
    "SourceFreshness": "floe_sdk.schemas.freshness",
    "ResolvedGovernance": "floe_sdk.schemas.governance",
    "ObservabilityConfig": "floe_sdk.schemas.observability",
    "LineageEmitter": "floe_sdk.runtime.lineage",
    "LineageDelayed": "floe_sdk.schemas.delivery",
    "LineageRefused": "floe_sdk.schemas.delivery",
    "event_json": "floe_sdk.schemas.delivery",
    "TelemetryProvider": "floe_sdk.observability.telemetry",
    "create_span": "floe_sdk.observability.spans",
    "redactor": "floe_sdk.observability.redaction",
    "Health": "floe_sdk.schemas.events",
    "KEYS_FROM_CATALOG": "floe_sdk.schemas.events",
    "CATALOG_UNREACHABLE": "floe_sdk.errors.catalog",
    "CATALOG_CORRUPT": "floe_sdk.errors.catalog",
    "CATALOG_LOCKED": "floe_sdk.errors.catalog",
    "CATALOG_NOT_WRITABLE": "floe_sdk.errors.catalog",
    "CATALOG_CLIENT_MISSING": "floe_sdk.errors.catalog",
    "CATALOG_DENIED": "floe_sdk.errors.catalog",
    "CATALOG_URI_WRONG": "floe_sdk.errors.catalog",
    "TABLE_NOT_FOUND": "floe_sdk.errors.catalog",
    "DATA_FILE_MISSING": "floe_sdk.errors.catalog",
    "METADATA_MISSING": "floe_sdk.errors.catalog",
    "UNREADABLE": "floe_sdk.errors.catalog",
    "metadata_damaged": "floe_sdk.errors.catalog",
    "metadata_missing": "floe_sdk.errors.catalog",
    "QUERY_REFUSED": "floe_sdk.errors.catalog",
    "QUERY_FAILED": "floe_sdk.errors.catalog",
    "SCHEDULE_NOT_SUPPORTED": "floe_sdk.errors.orchestrator",
    "UNKNOWN_PRESET": "floe_sdk.errors.orchestrator",
    "COLUMN_TYPE": "floe_sdk.errors.publish",
    "COMMIT_CONFLICT": "floe_sdk.errors.publish",
    "COMMIT_UNKNOWN": "floe_sdk.errors.publish",
    "COMPUTE_VERSION": "floe_sdk.errors.publish",
    "CATALOG_CREDENTIALS": "floe_sdk.errors.rest_catalog",
    "CATALOG_ELSEWHERE": "floe_sdk.errors.rest_catalog",
    "CATALOG_FORBIDDEN": "floe_sdk.errors.rest_catalog",
    "CATALOG_LOCATION": "floe_sdk.errors.rest_catalog",
    "CATALOG_NAMES": "floe_sdk.errors.rest_catalog",
    "CATALOG_PROVISION": "floe_sdk.errors.rest_catalog",
    "CATALOG_REALM": "floe_sdk.errors.rest_catalog",
    "CATALOG_REFUSED": "floe_sdk.errors.rest_catalog",
    "CREDENTIAL_VENDING": "floe_sdk.errors.rest_catalog",
    "FORMAT_VERSION": "floe_sdk.errors.rest_catalog",
    "WAREHOUSE_MISSING": "floe_sdk.errors.rest_catalog",
    "COMPUTE_PATH": "floe_sdk.errors.publish",
    "LAYOUT": "floe_sdk.errors.publish",
    "PartitionBy": "floe_sdk.schemas.layout",
    "SortBy": "floe_sdk.schemas.layout",
    "TableLayout": "floe_sdk.schemas.layout",
    "parse_layout": "floe_sdk.schemas.layout",
    "renames": "floe_sdk.schemas.layout",
    "ROWS_DIFFER": "floe_sdk.errors.publish",
    "SCHEMA_CHANGE": "floe_sdk.errors.publish",
    "STORAGE_FAILED": "floe_sdk.errors.publish",
    "QueryRequest": "floe_sdk.schemas.query",
    "QueryResult": "floe_sdk.schemas.query",
    "TableVersion": "floe_sdk.schemas.session",
    "Publication": "floe_sdk.schemas.session",
    "Publisher": "floe_sdk.schemas.session",
    "PublishedTable": "floe_sdk.schemas.events",
    "execute": "floe_sdk.runtime.execute",
    "fault": "floe_sdk.runtime.recovery.faults",
    "DurableFileIO": "floe_sdk.runtime.storage.durable_io",
    "FileSystemIO": "floe_sdk.runtime.storage.file_io",
    "fault_during": "floe_sdk.runtime.recovery.faults",
    "session": "floe_sdk.runtime.session",
    "S3Credentials": "floe_sdk.runtime.storage.s3",
    "S3Options": "floe_sdk.runtime.storage.s3",
    "S3_ATTEMPTS": "floe_sdk.runtime.storage.s3",
    "S3_SCHEMES": "floe_sdk.runtime.storage.s3",
    "expires_soon": "floe_sdk.runtime.storage.s3",
    "s3_client": "floe_sdk.runtime.storage.s3",
    "s3_credentials": "floe_sdk.runtime.storage.s3",
    "s3_encryption": "floe_sdk.runtime.storage.uploads",
    "s3_region": "floe_sdk.runtime.storage.s3",
    "s3_errors": "floe_sdk.runtime.storage.s3_errors",
    "storage_error": "floe_sdk.runtime.storage.errors",
    "storage_error_kind": "floe_sdk.runtime.storage.s3_errors",
    "upload": "floe_sdk.runtime.storage.uploads",
    "RunRequest": "floe_sdk.schemas.run",
    "Schedule": "floe_sdk.schemas.spec",
    "ANOTHER_PRODUCT": "floe_sdk.errors.compilation",
    "ARTIFACT_MISSING": "floe_sdk.errors.compilation",
    "check_project": "floe_sdk.project.freshness",
    "product_slug": "floe_sdk.project.locations",
    "target_dir": "floe_sdk.project.files",
    "without_cyclic_gc": "floe_sdk.garbage",
    "ProgressListener": "floe_sdk.schemas.run",
    "RunFinished": "floe_sdk.schemas.events",
    "RunStarted": "floe_sdk.schemas.events",
    "RunStatus": "floe_sdk.schemas.events",
    "Alert": "floe_sdk.schemas.alert",
    "AlertKind": "floe_sdk.schemas.alert",
    "AlertNode": "floe_sdk.schemas.alert",
}

__all__ = list(_PUBLIC)

DEPRECATED: dict[str, tuple[str, str]] = {}
"""What goes out of use, as `docs/reference/public-api.txt` names it without `floe_sdk.`: the version that will not have
it, and what to do instead. Using a name that is here warns; a parameter or a field warns where it is used."""


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        message = f"module 'floe_sdk' has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(_PUBLIC[name]), name)
    if name in DEPRECATED:
        removed_in, instead = DEPRECATED[name]
        message = f"floe_sdk.{name} goes in floe-sdk {removed_in}: {instead}"
        warnings.warn(message, DeprecationWarning, stacklevel=2)
    else:
        globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
