"""A commit whose answer is lost: the table itself says whether it happened; nothing is sent again blindly."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import requests
from pydantic import ValidationError
from pyiceberg import exceptions as iceberg
from pyiceberg.table import CommitTableResponse, Table
from pyiceberg.table import update as change

from floe_catalog_polaris.errors import explain
from floe_sdk import COMMIT_UNKNOWN, FloeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyiceberg.table.metadata import TableMetadata

DEADLINE_SECONDS = 30
"""How long a server that answers nothing is asked what became of a commit: a restart fits in."""

LOOKS = 3
"""How often the table is read before a commit counts as not there: the server may still be at it."""

_LOST = (
    iceberg.CommitStateUnknownException,
    iceberg.ServiceUnavailableError,
    iceberg.ServerError,
    requests.RequestException,
    ValidationError,  # of an answer that was cut or that is a gateway's
)


class Commit:
    """One commit: how it is sent, how its table is read, and what it asks for."""

    def __init__(
        self,
        name: str,
        send: Callable[[], CommitTableResponse],
        load: Callable[[], Table],
        updates: Sequence[change.TableUpdate],
        requirements: Sequence[change.TableRequirement],
    ) -> None:
        self._name = name
        self._send = send
        self._load = load
        self._snapshots = [each.snapshot.snapshot_id for each in updates if isinstance(each, change.AddSnapshotUpdate)]
        self._updates = updates
        guards = (change.AssertRefSnapshotId, change.AssertCreate)
        self._guards = [each for each in requirements if isinstance(each, guards)] if self._snapshots else []

    def make(self, retries: int, uri: str) -> CommitTableResponse:
        """Commit. A refusal is raised as it came; FloeError (FLOE-K026) where nobody can say what happened.

        Where the answer is lost, the table is read: a snapshot has an id that nobody else gives. One that is not there
        is sent again, at most `retries` times, only where the server holds it against the state that it was made for:
        if the first should come through yet, the second is refused, and the table is read once more. Where the table
        has moved on from that state, it can't land any more: that is a refusal, too.
        """
        lost: Exception | None = None
        for attempt in range(retries + 1):
            try:
                return self._send()
            except (iceberg.CommitFailedException, iceberg.TableAlreadyExistsError):
                if done := self._done(self._read()):  # a gateway may have sent it twice
                    return done
                raise
            except _LOST as error:
                lost = error
            if done := self._look(uri, lost):
                return done
            if not self._guards:
                break
            time.sleep(_pause(attempt))
        raise self._unknown(lost, uri, "it is not in the table")

    def _look(self, uri: str, lost: Exception) -> CommitTableResponse | None:
        """Read the table until it says something; None where the commit is not in it."""
        until = time.monotonic() + DEADLINE_SECONDS
        looks = attempt = 0
        while looks < LOOKS:
            try:
                table = self._read()
                if done := self._done(table):
                    return done
                if table is not None and self._moved_on(table.metadata):
                    reason = f"{self._name}: somebody else committed, and the answer to this commit was lost ({lost})"
                    raise iceberg.CommitFailedException(reason) from lost
                looks += 1
            except (*_LOST, FloeError) as error:
                if time.monotonic() > until:
                    raise self._unknown(lost, uri, "the table can't be read either") from error
            time.sleep(_pause(attempt))
            attempt += 1
        return None

    def _read(self) -> Table | None:
        try:
            return self._load()
        except (iceberg.NoSuchTableError, iceberg.NoSuchNamespaceError):
            return None

    def _done(self, table: Table | None) -> CommitTableResponse | None:
        if table is None or not self._is_in(table.metadata):
            return None
        return CommitTableResponse(metadata=table.metadata, metadata_location=table.metadata_location)

    def _moved_on(self, metadata: TableMetadata) -> bool:
        """Whether the state that the commit was made for is no more."""
        for guard in self._guards:
            if isinstance(guard, change.AssertCreate):
                return True
            reference = metadata.refs.get(guard.ref)
            if (reference.snapshot_id if reference else None) != guard.snapshot_id:
                return True
        return False

    def _is_in(self, metadata: TableMetadata) -> bool:
        """Whether the table is as the commit would have it; one that can't be recognised never is."""
        if self._snapshots:
            return {each.snapshot_id for each in metadata.snapshots}.issuperset(self._snapshots)
        return bool(self._updates) and all(_recognised(each, metadata) for each in self._updates)

    def _unknown(self, lost: Exception | None, uri: str, what: str) -> FloeError:
        explained = explain(lost, uri) if lost is not None else None
        reason = explained.problem if explained is not None else str(lost)
        return FloeError(
            COMMIT_UNKNOWN,
            f"{self._name}: the answer to the commit was lost ({reason}), and {what}",
            fix="run again when the catalog is well: a run first finds out what became of the last one's files",
        )


def _recognised(update: change.TableUpdate, metadata: TableMetadata) -> bool:
    """Whether an update other than a snapshot can be seen in the table."""
    if isinstance(update, change.SetPropertiesUpdate):
        return update.updates.items() <= metadata.properties.items()
    if isinstance(update, change.RemovePropertiesUpdate):
        return not set(update.removals) & set(metadata.properties)
    if isinstance(update, change.RemoveSnapshotsUpdate):
        return not set(update.snapshot_ids) & {each.snapshot_id for each in metadata.snapshots}
    if isinstance(update, change.SetSnapshotRefUpdate):
        reference = metadata.refs.get(update.ref_name)
        return reference is not None and reference.snapshot_id == update.snapshot_id
    return False


def _pause(attempt: int) -> float:
    return float(min(2.0, 0.1 * 2**attempt)) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
