"""Overwrites that take along no manifest of which no file is left, as Iceberg's Java library makes them.

PyIceberg (0.12) keeps the manifest of what an overwrite deleted in every later snapshot: a table that is replaced each
day would have one more a day for ever, all of which each commit reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyiceberg.manifest import ManifestFile
    from pyiceberg.table.update.snapshot import UpdateSnapshot


def overwrite(update: UpdateSnapshot) -> Any:
    """`update.overwrite()`, of which what earlier snapshots deleted is no part."""
    snapshot = update.overwrite()
    existing = snapshot._existing_manifests  # noqa: SLF001 - PyIceberg has no other way
    vars(snapshot)["_existing_manifests"] = lambda: with_files(existing())
    return snapshot


def with_files(manifests: Sequence[ManifestFile]) -> list[ManifestFile]:
    """Those that list a file of the table."""
    return [each for each in manifests if each.has_added_files() or each.has_existing_files()]
