"""Where a `PolarisServer` lets tables be: below the place of their namespace, and not in one another."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from floe_sdk.testing.polaris_catalogs import is_below
from floe_sdk.testing.polaris_wire import COMMIT, CREATE_TABLE, DROP_TABLE, RENAME_TABLE, error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floe_sdk.testing.faults import Answer
    from floe_sdk.testing.traffic import Request


def place_of(base: str, namespace: Sequence[str]) -> str:
    """The place of a namespace that was made without a location of its own."""
    return "/".join([base.rstrip("/"), *namespace])


class Places:
    """The places of one catalog's tables, as far as they were made here."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, ...], str] = {}
        self._lock = threading.Lock()

    def problem(self, request: Request, parts: Sequence[str], base: str, *, staged: bool) -> Answer | None:
        """Why a table may not be where the request wants it; `staged`: one that is only staged is looked at, too."""
        wanted = _wanted(request)
        if wanted is None or (not staged and CREATE_TABLE.match(request) and request.json.get("stage-create")):
            return None
        name = _name(request, parts)
        namespace = place_of(base, name[:-1])
        if not is_below(wanted, namespace):
            message = (
                f"Invalid locations '[{wanted}]' for identifier '{'.'.join(name)}': {wanted} is not in the list of"
            )
            return error(403, "ForbiddenException", f"{message} allowed locations: [{namespace}/]")
        with self._lock:
            others = [place for table, place in self._taken.items() if table != name]
        for place in others:
            if is_below(wanted, place) or is_below(place, wanted):
                message = f"Unable to create entity at location '{wanted}' because it conflicts with existing table or"
                return error(403, "ForbiddenException", f"{message} namespace at location '{place}'")
        return None

    def done(self, request: Request, parts: Sequence[str], answer: Answer) -> None:
        """Remember what an answer that was a success means for the places."""
        with self._lock:
            if RENAME_TABLE.match(request):
                source, destination = ((*each["namespace"], each["name"]) for each in _both(request.json))
                if source in self._taken:
                    self._taken[destination] = self._taken.pop(source)
            elif DROP_TABLE.match(request):
                self._taken.pop(_name(request, parts), None)
            elif COMMIT.match(request) or (CREATE_TABLE.match(request) and not request.json.get("stage-create")):
                self._taken[_name(request, parts)] = answer.json["metadata"]["location"]


def _both(document: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return document["source"], document["destination"]


def _name(request: Request, parts: Sequence[str]) -> tuple[str, ...]:
    table = request.json["name"] if CREATE_TABLE.match(request) else unquote(parts[3])
    return (*unquote(parts[1]).split("\x1f"), table)


def _wanted(request: Request) -> str | None:
    if CREATE_TABLE.match(request):
        places = [request.json.get("location")]
    elif COMMIT.match(request):
        places = [each["location"] for each in request.json["updates"] if each["action"] == "set-location"]
    else:
        places = []
    return str(places[-1]) if places and places[-1] else None
