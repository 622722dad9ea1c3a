"""The Polaris whose address the environment gives: what it is, and why it can't be tested where it can't."""

from __future__ import annotations

import os
import shutil
import uuid
from contextlib import suppress
from functools import cache
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pytest
from pyiceberg.exceptions import NoSuchNamespaceError, RESTError

from floe_sdk import FloeError
from support.polaris import Target, connected, plugin

VARIABLE = "FLOE_TEST_POLARIS_"
NAMES = ("URI", "CREDENTIAL", "WAREHOUSE", "MANAGEMENT_URI", "REALM")
S3 = {
    "s3.endpoint": "FLOE_TEST_S3_ENDPOINT",
    "s3.access-key-id": "FLOE_TEST_S3_ACCESS_KEY_ID",
    "s3.secret-access-key": "FLOE_TEST_S3_SECRET_ACCESS_KEY",
    "s3.region": "FLOE_TEST_S3_REGION",
}
"""How this side reaches the files of a catalog on S3; endpoint and region are those of the catalog otherwise."""


_NOTES = []


def is_given():
    """Whether the environment names a server."""
    return bool(os.environ.get(f"{VARIABLE}URI"))


@cache
def given():
    """It, as a target: where it keeps the catalog's tables it says itself. What is wrong with it ends the session."""
    values = {name: os.environ.get(VARIABLE + name) or None for name in NAMES}
    if missing := [VARIABLE + name for name in ("CREDENTIAL", "WAREHOUSE") if values[name] is None]:
        _stop(f"{VARIABLE}URI is set, and {' and '.join(missing)} must be, too (CLIENT_ID:CLIENT_SECRET; a catalog)")
    if ":" not in values["CREDENTIAL"]:
        _stop(f"{VARIABLE}CREDENTIAL is no CLIENT_ID:CLIENT_SECRET")
    target = Target(
        values["URI"].rstrip("/"),
        values["CREDENTIAL"],
        values["WAREHOUSE"],
        "",
        realm=values["REALM"],
        management_uri=values["MANAGEMENT_URI"],
        file_io={key: os.environ[name] for key, name in S3.items() if os.environ.get(name)},
    )
    try:
        return _completed(target)
    except (FloeError, ValueError) as error:
        _stop(f"the Polaris of {VARIABLE}URI can't be tested: {error}")


def _completed(target):
    from floe_catalog_polaris.connecting import server_config

    made = plugin(target)
    health = made.plugin_health(20)
    if not health.ok:
        _stop(f"the Polaris of {VARIABLE}URI can't be tested: {health.message}. {health.fix or ''}")
    target.root = server_config(made._connection())["defaults"]["default-base-location"]
    info = _storage_of(target)
    if target.root.startswith("s3"):
        for key, name in (("s3.endpoint", "endpoint"), ("s3.region", "region")):
            if info.get(name):
                target.file_io.setdefault(key, info[name])
        target.endpoint_internal = info.get("endpointInternal")
    made.plugin_close()
    return target


def _storage_of(target):
    """The catalog's storage configuration; where the management API that is given does not answer, beside `uri`."""
    try:
        return _managed(target)["storageConfigInfo"]
    except FloeError as error:
        if target.management_uri is None:
            _NOTES.append(f"{error.problem}: what provisions will fail")
            return {}
        _NOTES.append(f"{error.problem}: asked beside `uri` instead")
        target.management_uri = None
        return _storage_of(target)


def _managed(target):
    from floe_catalog_polaris.management import Management

    made = plugin(target)
    try:
        return Management(made._connection()).catalog(target.warehouse)
    finally:
        made.plugin_close()


@cache
def differences():
    """What a provision of the given warehouse would change; the suite changes nothing of it."""
    target = given()
    made = plugin(target)
    try:
        return list(made.catalog_provision([], True, target.storage))
    except FloeError as error:
        return [error.problem]
    finally:
        made.plugin_close()


def described():
    """What a session runs against, a line each."""
    target = given()
    realm = f", realm {target.realm}" if target.realm else ""
    lines = [f"polaris: {target.uri}, warehouse {target.warehouse}{realm}, client {target.credential.split(':')[0]}"]
    lines.append(f"polaris: tables below {target.storage.root}: {_tried(target)}")
    lines += [f"polaris: {note}" for note in _NOTES]
    lines += [f"polaris: not as the suite would provision it, which leaves it alone: {line}" for line in differences()]
    return lines


def _tried(target):
    """Whether a row can be written and read from here."""
    namespace = f"floe_try_{uuid.uuid4().hex[:10]}"
    data = pa.table({"x": [1]})
    try:
        with connected(target) as catalog, clearing(catalog, target, namespace):
            catalog.create_namespace(namespace)
            table = catalog.create_table((namespace, "t"), schema=data.schema)
            table.append(data)
            assert table.scan().to_arrow().num_rows == 1
    except Exception as error:  # noqa: BLE001 - whatever it is, the tests that write tell more
        return f"a row CAN'T be written from here: {type(error).__name__}: {error}".splitlines()[0]
    return "a row can be written and read from here"


class clearing:  # noqa: N801 - used as a function
    """Drop a namespace with its tables in the end, and remove their files where this side reaches them."""

    def __init__(self, catalog, target, *namespaces):
        self._catalog, self._target, self._namespaces = catalog, target, namespaces

    def __enter__(self):
        return self._catalog

    def __exit__(self, *_):
        for namespace in self._namespaces:
            with suppress(RESTError, FloeError, NoSuchNamespaceError):
                for name in self._catalog.list_tables(namespace):
                    self._catalog.drop_table(name)
                self._catalog.drop_namespace(namespace)
            remove_files(self._target, namespace)


def remove_files(target, below=""):
    """Remove the files below a target's root, where this side reaches them."""
    place = f"{target.storage.root}{below}"
    if target.root.startswith("file:"):
        shutil.rmtree(unquote(urlsplit(place).path), ignore_errors=True)
    elif "s3.access-key-id" in target.file_io:
        from pyiceberg.io.pyarrow import PyArrowFileIO

        _, _, folder = place.partition("://")
        with suppress(OSError):
            PyArrowFileIO(dict(target.file_io)).fs_by_scheme("s3", folder.partition("/")[0]).delete_dir(folder)


def _stop(reason):
    pytest.exit(reason, returncode=pytest.ExitCode.USAGE_ERROR)
