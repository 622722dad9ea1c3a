"""PyIceberg's SQL catalog, whose failures are told as errors of floe."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from floe_sdk import CATALOG_NOT_WRITABLE, CATALOG_UNREACHABLE, FloeError, Secret, StorageAccess
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NamespaceAlreadyExistsError
from pyiceberg.typedef import EMPTY_DICT, Identifier, Properties
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

NAME = "floe"
"""The name under which the tables are listed in the file: other Iceberg clients give it, too."""

ATTEMPTS = 5


class FileCatalog(SqlCatalog):
    """A catalog in a file that several processes use at once."""

    def create_namespace(self, namespace: str | Identifier, properties: Properties = EMPTY_DICT) -> None:
        """As PyIceberg's; another process that makes it at the same time is no failure of the database."""
        try:
            super().create_namespace(namespace, properties)
        except IntegrityError as error:
            raise NamespaceAlreadyExistsError(f"Namespace {namespace} already exists") from error


def connect(path: Path, uri: str, storage: StorageAccess) -> FileCatalog:
    """The catalog; makes the file and its folder where they are missing."""
    properties = {key: value.reveal() if isinstance(value, Secret) else value for key, value in storage.file_io.items()}
    with _told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return FileCatalog(NAME, uri=f"{uri}?timeout=30", warehouse=storage.root.rstrip("/"), **properties)
            except OperationalError as error:  # another process made the tables between the look and the creation
                if attempt == ATTEMPTS or "already exists" not in str(error):
                    raise
    raise AssertionError


def provision(path: Path, uri: str, storage: StorageAccess, namespaces: Sequence[str], dry_run: bool) -> Sequence[str]:
    """Make what is missing, or with `dry_run` only say it."""
    changes = [] if path.exists() else [f"create {path}"]
    if changes and dry_run:
        return changes + [f"create the namespace {namespace}" for namespace in namespaces]
    catalog = connect(path, uri, storage)
    try:
        with _told(path):
            missing = [each for each in namespaces if not catalog.namespace_exists(each)]
            for namespace in () if dry_run else missing:
                with suppress(NamespaceAlreadyExistsError):
                    catalog.create_namespace(namespace)
    finally:
        catalog.close()
    return changes + [f"create the namespace {namespace}" for namespace in missing]


def ask(path: Path, uri: str) -> str:
    """How many namespaces the catalog has; where no run has made it yet, whether one can."""
    if not path.exists():
        folder = next(each for each in path.parents if each.exists())
        with _told(path):
            if not folder.is_dir() or not os.access(folder, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
        return f"{path}: the first run makes it"
    catalog = connect(path, uri, StorageAccess(root="file:///"))
    try:
        with _told(path):
            return f"{len(catalog.list_namespaces())} namespaces"
    finally:
        catalog.close()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        problem = f"the catalog {path} can't be written: {error.strerror or error}"
        raise FloeError(CATALOG_NOT_WRITABLE, problem, fix=f"give access to {path.parent}") from error
    except SQLAlchemyError as error:
        problem = f"the catalog {path} can't be used: {getattr(error, 'orig', None) or type(error).__name__}"
        raise FloeError(CATALOG_UNREACHABLE, problem, fix=f"see whether {path} is a catalog of SQLite") from error
