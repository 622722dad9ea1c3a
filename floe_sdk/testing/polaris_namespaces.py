"""Namespaces in memory, for a `PolarisServer` without a server behind it: enough for all that needs no table."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from floe_sdk.testing.faults import Answer
from floe_sdk.testing.polaris_wire import error

if TYPE_CHECKING:
    from floe_sdk.testing.traffic import Request


class Namespaces:
    """The namespaces of one catalog; `POST .../tables` stages a table and keeps nothing."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def answer(self, request: Request, parts: list[str]) -> Answer:
        """Answer a request for `namespaces/...`, split."""
        if parts[0] != "namespaces":
            return _nothing(request)
        with self._lock:
            if len(parts) == 1:
                return self._collection(request)
            name = unquote(parts[1])
            if name not in self._known:
                return error(404, "NoSuchNamespaceException", f"Namespace does not exist: {name}")
            if len(parts) == 2:  # noqa: PLR2004 - namespaces/NAME
                return self._one(request, name)
            if parts[2] == "tables":
                return self._table(request, name, parts[3:])
        return _nothing(request)

    def _collection(self, request: Request) -> Answer:
        if request.method != "POST":
            return Answer.of(200, {"namespaces": [[name] for name in sorted(self._known)]})
        document: dict[str, Any] = request.json
        name = ".".join(document["namespace"])
        if name in self._known:
            return error(409, "AlreadyExistsException", f"Namespace already exists: {name}")
        self._known[name] = document.get("properties") or {}
        return Answer.of(200, {"namespace": document["namespace"], "properties": self._known[name]})

    def _one(self, request: Request, name: str) -> Answer:
        if request.method == "DELETE":
            del self._known[name]
            return Answer(204)
        return Answer.of(200, {"namespace": [name], "properties": self._known[name]})

    def _table(self, request: Request, name: str, rest: list[str]) -> Answer:
        if rest:
            return error(404, "NoSuchTableException", f"Table does not exist: {name}.{unquote(rest[0])}")
        if request.method == "POST":
            return Answer.of(200, {"metadata": {"format-version": 2, "location": f"/{name}"}, "config": {}})
        return Answer.of(200, {"identifiers": []})


def _nothing(request: Request) -> Answer:
    return error(404, "NotFoundException", f"Unable to find matching target resource method {request.path}")
