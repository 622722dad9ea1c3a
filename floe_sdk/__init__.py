"""The public names of floe, for users and for the authors of plugins; each is imported when it is first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from floe_sdk.errors import ErrorCode as ErrorCode
    from floe_sdk.errors import FloeError as FloeError
    from floe_sdk.errors import FloeErrors as FloeErrors
    from floe_sdk.errors import Location as Location
    from floe_sdk.plugins.config import PluginConfig as PluginConfig
    from floe_sdk.plugins.config import PluginContext as PluginContext
    from floe_sdk.plugins.markers import hookimpl as hookimpl
    from floe_sdk.plugins.types import PluginType as PluginType
    from floe_sdk.schemas.access import CatalogAccess as CatalogAccess
    from floe_sdk.schemas.access import StorageAccess as StorageAccess
    from floe_sdk.schemas.secret import Secret as Secret

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
    "Secret": "floe_sdk.schemas.secret",
}

__all__ = list(_PUBLIC)  # noqa: PLE0605 - one table for the lazy names and for `*`


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        message = f"module 'floe_sdk' has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
