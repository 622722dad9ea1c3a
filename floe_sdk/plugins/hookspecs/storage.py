"""The contract of a storage plugin: where the bytes are, in terms that every compute understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.plugins.markers import optional_hook, required_hook

if TYPE_CHECKING:
    from floe_sdk.schemas.access import StorageAccess


class StorageSpec:
    """Hooks of type `storage`; one plugin a platform."""

    @required_hook
    def storage_access(self) -> StorageAccess:  # type: ignore[empty-body]  # a specification
        """Say where tables are placed and how to reach the bytes.

        Called at compile time and at run time, on any thread; does no I/O and reveals no secret.
        """

    @optional_hook
    def storage_ready(self, timeout: float) -> None:
        """Make the root usable (create a folder or a bucket), waiting at most `timeout` seconds.

        Called once before a run writes; idempotent, and safe when several processes do it at once. Raises FloeError
        with the operation and the resource when it can't be done.
        """
