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
PATHS = ("path", "folder", "directory", "file", "root")


def unreachable(model: type[BaseModel], config: Mapping[str, Any], folder: Path) -> Mapping[str, Any] | None:
    """`config` with an address where nothing listens, or a path below a file; None where it has neither."""
    if key := address_key(model, config):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        return {**config, key: _at(str(config[key]), port)}
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
    key = address_key(model, config)
    if key is None:
        yield None
        return
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield {**config, key: _at(str(config[key]), listening.getsockname()[1])}


def _key(names: tuple[str, ...], fields: Mapping[str, Any]) -> str | None:
    return next((name for name in names if name in fields), None)


def _at(url: str, port: int) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, f"127.0.0.1:{port}", parts.path, parts.query, parts.fragment))
