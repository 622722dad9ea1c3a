"""The contract of a storage plugin: where the bytes are, in terms that every compute understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.plugins.markers import optional_hook, required_hook

if TYPE_CHECKING:
    from floe_sdk.schemas.access import StorageAccess


class StorageSpec:
    """Hooks of type `storage`; one plugin a platform."""

    @required_hook
    def storage_access(self) -> StorageAccess:
        """Say where tables are placed and how to reach the bytes; does no I/O and reveals no secret.

        Equal configuration gives an equal answer in every process: a run may be on another machine than the compile.

        When: Compiling; in each run; whenever a command looks at tables (`query`, `tables`, `plan`, `catalog`, ...).
        Caller: The command, or the run; whoever connects to the catalog asks again.
        Thread: Any.
        Deadline: None; it answers at once.
        Errors: FloeError is told as it is and ends the command; anything else is told as unexpected, exit code 1.
        """

    @optional_hook
    def storage_ready(self, timeout: float) -> None:
        """Make the root usable (create a folder or a bucket), waiting at most `timeout` seconds.

        Idempotent, and safe when several processes do it at once.

        When: Once a run, before anything is written; not for commands that only read.
        Caller: `floe_sdk.execute`.
        Thread: The run's.
        Deadline: `timeout`, 30 s; the plugin keeps to it, nobody cuts it off.
        Errors: FloeError with the operation and the resource (STORAGE_UNREACHABLE, STORAGE_DENIED, ...) fails the run
            before a node begins, and so does anything else.
        """
