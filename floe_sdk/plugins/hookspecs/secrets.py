"""The contract of a secrets plugin: turn the key of a reference into its value."""

from __future__ import annotations

from floe_sdk.plugins.markers import required_hook


class SecretsSpec:
    """Hooks of type `secrets`; the plugin's name is the scheme of its references (`{vault: KEY}`)."""

    @required_hook
    def secrets_resolve(self, key: str) -> str:  # type: ignore[empty-body]  # a specification
        """The value of `key`; run time only, on any thread.

        Raises FloeError that names the key and what was looked up, never a value. The host hands the value to the
        redactor before anybody sees it.
        """
