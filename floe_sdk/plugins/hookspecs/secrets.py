"""The contract of a secrets plugin: turn the key of a reference into its value."""

from __future__ import annotations

from floe_sdk.plugins.markers import required_hook


class SecretsSpec:
    """Hooks of type `secrets`; the plugin's name is the scheme of its references (`{vault: KEY}`)."""

    @required_hook
    def secrets_resolve(self, key: str) -> str:
        """The value of `key`. The host hands it to the redactor before anybody sees it.

        When: When something reveals a reference: a run, `health`, a command that looks at tables. Never when compiling.
        Caller: `Secret.reveal()`, through the host.
        Thread: Any.
        Deadline: None: give a remote store a time-out of its own.
        Errors: FloeError that names the key and what was looked up (SECRET_NOT_FOUND), never a value. Of anything else
            only the type is told, as its text may hold the value.
        """
