"""A snapshot of the operation `replace`: other files, the same rows. PyIceberg reads such snapshots and makes none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyiceberg.table.snapshots import Operation, Summary  # noqa: TID253 - imported by who replaces files
from pyiceberg.table.update.snapshot import _OverwriteFiles  # noqa: TID253

from floe_sdk.runtime.publishing.overwriting import with_files
from floe_sdk.runtime.publishing.transactions import begin
from floe_sdk.runtime.recovery.faults import fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyiceberg.manifest import DataFile, ManifestFile
    from pyiceberg.table import Table

_ONE_ATTEMPT = {"commit.retry.num-retries": "0"}  # whoever comes second has to look again


class _ReplaceFiles(_OverwriteFiles):
    """An overwrite that says of itself that it changes no rows."""

    def _existing_manifests(self) -> list[ManifestFile]:
        return with_files(super()._existing_manifests())

    def _summary(self, snapshot_properties: Mapping[str, str] | None = None) -> Summary:
        summary = super()._summary(dict(snapshot_properties or {}))
        return Summary(Operation.REPLACE, **summary.additional_properties)


def replace_files(
    table: Table,
    old: Sequence[DataFile],
    new: Sequence[DataFile],
    properties: Mapping[str, str],
    begun: Callable[[Any], None],
) -> None:
    """Commit one snapshot on the table as it was loaded.

    `begun` is called with the snapshot before a file of it is written. Raises CommitFailedException or
    ValidationException, and leaves nothing, when somebody else was faster.
    """
    metadata = table.metadata.model_copy(update={"properties": {**table.properties, **_ONE_ATTEMPT}})
    base = type(table)(table.name(), metadata, table.metadata_location, table.io, table.catalog)
    transaction = begin(base)
    snapshot = _ReplaceFiles(
        operation=Operation.OVERWRITE, transaction=transaction, io=table.io, snapshot_properties=dict(properties)
    )
    with snapshot:
        for file in old:
            snapshot.delete_data_file(file)
        for file in new:
            snapshot.append_data_file(file)
        begun(snapshot)
    fault("before-commit", ".".join(table.name()))
    transaction.commit_transaction()
