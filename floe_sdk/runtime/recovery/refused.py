"""The metadata files of a commit that the catalog refused, which nothing refers to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from floe_sdk.errors import FloeError

if TYPE_CHECKING:
    from pyiceberg.table import Transaction


def delete_refused(snapshot: Any, transaction: Transaction) -> bool:
    """Delete the manifests and manifest lists of every attempt at a snapshot; False where a file could not be.

    PyIceberg does so for a table that is there, and forgets them then; not for one that was about to be created. Call
    it only when the catalog has said no: after an answer that was lost the files may be the table's.
    """
    names = ("_uncommitted_manifests", "_written_manifests", "_written_manifest_lists")
    clean = True
    for uri in [uri for name in names for uri in getattr(snapshot, name)]:
        try:
            transaction._table.io.delete(uri)  # noqa: SLF001 - a new table has no other
        except FileNotFoundError:
            continue
        except (FloeError, OSError):
            clean = False  # it stays in the journal: the next run tries again
    return clean
