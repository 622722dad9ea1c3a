"""From a name to an imported class: which plugin is meant, whether it may be imported and fits, and the import."""

from __future__ import annotations

import os
import re
import sys
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import plugins as problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_sdk.errors import Location
    from floe_sdk.plugins.discovery import PluginRecord


def choose(
    records: Sequence[PluginRecord], identity: str, distribution: str | None = None, where: Location | None = None
) -> PluginRecord:
    """The one installed plugin `type/name`; raises FloeError with what to do when there is none, or several."""
    from floe_sdk.plugins.discovery import normalized
    from floe_sdk.schemas.fields import nearest

    named = [record for record in records if record.identity == identity]
    wanted = normalized(distribution or "")
    found = [record for record in named if wanted in {"", normalized(record.distribution)}]
    if len(found) > 1:
        raise problems.clash(found, where)
    if not found:
        kind, _, name = identity.partition("/")
        guess = nearest(name, (record.name for record in records if record.type == kind and record not in named))
        raise problems.not_found(identity, distribution, named, guess and f"{kind}/{guess}", where)
    return found[0]


def check_versions(record: PluginRecord, version: str | None, sdk: str, where: Location | None = None) -> None:
    """Raise where the plugin is outside the manifest's `version` (a bare one: at least), or needs another floe-sdk."""
    wanted = re.sub(r"^\s*v?(?=\d)", ">=", version or "")
    if not _fits(record.version, wanted, where):
        raise problems.wrong_version(record, wanted, where)
    if not _fits(sdk, record.requires, where):
        raise problems.wrong_sdk(record, sdk, where)


def _fits(version: str, specifier: str, where: Location | None) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion

    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        raise problems.no_version(version, specifier, where) from None


def import_timeout() -> float:
    """How many seconds an import may take: FLOE_IMPORT_TIMEOUT, else 30."""
    try:
        return float(os.environ["FLOE_IMPORT_TIMEOUT"])
    except (KeyError, ValueError):
        return 30.0


def load_target(record: PluginRecord) -> Any:
    """What the entry point names, usually a class. Raises FloeError when the import raises, exits or hangs.

    The import runs on a daemon thread, so that one that hangs can be left behind; but here when the module is loaded
    already, or just being loaded, perhaps by this very thread: waiting for that would be a deadlock.
    """
    module, _, attributes = (part.strip() for part in record.target.partition(":"))
    outcome: list[Any] = []
    errors: list[BaseException] = []

    def load() -> None:
        try:
            value = import_module(module)
            for attribute in attributes.split("."):
                value = getattr(value, attribute)
            outcome.append(value)
        except BaseException as error:  # noqa: BLE001 - a package that calls sys.exit() must not end the process
            errors.append(error)

    if module in sys.modules:
        load()
    else:
        thread = threading.Thread(target=load, name=f"import {record.identity}", daemon=True)
        thread.start()
        thread.join(import_timeout())
        if thread.is_alive():
            raise problems.import_hangs(record, import_timeout())
    if errors:
        reason = " ".join(f"{type(errors[0]).__name__}: {errors[0]}".split()).rstrip(": ")
        raise problems.import_failed(record, reason) from errors[0]
    return outcome[0]
