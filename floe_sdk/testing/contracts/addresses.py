"""Configurations of a system that is not there, or does not answer, made of one that works."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pydantic import BaseModel

ADDRESSES = ("endpoint", "url", "uri", "address", "server")
HOSTS = ("host", "hostname")
PATHS = ("path", "folder", "directory", "file", "root")


def unreachable(model: type[BaseModel], config: Mapping[str, Any], folder: Path) -> Mapping[str, Any] | None:
    """`config` with an address where nothing listens, or a path below a file; None where it has neither.

    A path beside an address is one on the server.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    if moved := _moved(model, config, port):
        return moved
    if any(config.get(name) is not None for name in (*ADDRESSES, *HOSTS, "port")):
        return None
    if key := _key(PATHS, model.model_fields):
        file = folder / "a-file-where-a-folder-should-be"
        file.write_text("", encoding="utf-8")
        return {**config, key: str(file / "below")}
    return None


def address_key(model: type[BaseModel], config: Mapping[str, Any]) -> str | None:
    """The key of `config` that holds the system's address as a URL."""
    key = _key(ADDRESSES, model.model_fields)
    return key if key and "://" in str(config.get(key)) else None


@contextmanager
def silent(model: type[BaseModel], config: Mapping[str, Any]) -> Iterator[Mapping[str, Any] | None]:
    """`config` with the address of a server that takes connections and never answers; None where it has no address."""
    if _moved(model, config, 0) is None:
        yield None
        return
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield _moved(model, config, listening.getsockname()[1])


def _moved(model: type[BaseModel], config: Mapping[str, Any], port: int) -> Mapping[str, Any] | None:
    """`config` with its address at a port of this machine; None where it has no address of a known form."""
    if key := address_key(model, config):
        return {**config, key: _at(str(config[key]), port)}
    host = next((name for name in HOSTS if config.get(name) is not None), None)
    if host and "port" in model.model_fields:
        return {**config, host: "127.0.0.1", "port": port}
    return None


def _key(names: tuple[str, ...], fields: Mapping[str, Any]) -> str | None:
    return next((name for name in names if name in fields), None)


def _at(url: str, port: int) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, f"127.0.0.1:{port}", parts.path, parts.query, parts.fragment))
