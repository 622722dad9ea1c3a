"""Importing one plugin: whatever it does, the answer is its class or one clear error."""

from __future__ import annotations

import os
import sys
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError
from floe_sdk.errors.plugins import PLUGIN_IMPORT

if TYPE_CHECKING:
    from floe_sdk.plugins.discovery import PluginRecord


def import_timeout() -> float:
    """How many seconds an import may take: FLOE_IMPORT_TIMEOUT, else 30."""
    try:
        return float(os.environ.get("FLOE_IMPORT_TIMEOUT", "30"))
    except ValueError:
        return 30.0


def load_target(record: PluginRecord) -> Any:
    """What the entry point names, usually a class. Raises FloeError when the import raises, exits or hangs.

    The import runs on a daemon thread, so that one that hangs can be left behind. A module that is loaded, or is being
    loaded by this very thread, is taken as it is: waiting for it would be a deadlock.
    """
    module_name, _, attribute = (part.strip() for part in record.target.partition(":"))
    outcome: dict[str, Any] = {}

    def load() -> None:
        try:
            value = import_module(module_name)
            for part in attribute.split("."):
                value = getattr(value, part)
            outcome["value"] = value
        except BaseException as error:  # noqa: BLE001 - a package that calls sys.exit() must not end the process
            outcome["error"] = error

    if module_name in sys.modules:
        load()
    else:
        timeout = import_timeout()
        thread = threading.Thread(target=load, name=f"import {record.identity}", daemon=True)
        thread.start()
        thread.join(timeout)
        if thread.is_alive():
            raise _failed(
                record, f"its import took longer than {timeout:g} s", "set FLOE_IMPORT_TIMEOUT for more time, or"
            )
    if "error" in outcome:
        error = outcome["error"]
        text = " ".join(str(error).split())
        raise _failed(record, f"{type(error).__name__}: {text}" if text else type(error).__name__) from error
    return outcome["value"]


def _failed(record: PluginRecord, reason: str, fix: str = "") -> FloeError:
    return FloeError(
        PLUGIN_IMPORT,
        f"{record.identity} of {record.distribution} {record.version} can't be imported ({record.target}): {reason}",
        fix=f"{fix} reinstall it: pip install --force-reinstall {record.distribution}".strip(),
    )
