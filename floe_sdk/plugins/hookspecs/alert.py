"""The contract of an alert plugin: tell people how a run ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floe_sdk.plugins.markers import optional_hook, required_hook

if TYPE_CHECKING:
    from collections.abc import Collection

    from floe_sdk.schemas.alert import Alert, AlertKind


class AlertSpec:
    """Hooks of type `alert`; any number of plugins, each called on a thread of its own."""

    @required_hook
    def alert_send(self, alert: Alert, timeout: float) -> None:
        """Tell people of one run, within `timeout` seconds.

        When: Once a run at most, when all of it has ended.
        Caller: `floe_sdk.execute`.
        Thread: The plugin's own.
        Deadline: `timeout`: a part of `observability.flush_timeout`. Nobody waits for longer: what is still going on is
            left behind.
        Errors: Whatever is raised is one warning line of the run, and changes nothing else of it.
        """

    @optional_hook
    def alert_kinds(self) -> Collection[AlertKind] | None:
        """The endings that people are told of; None, or no such hook, is failed and aborted.

        When: Right before `alert_send`.
        Caller: `floe_sdk.execute`.
        Thread: The plugin's own.
        Deadline: As `alert_send`.
        Errors: As `alert_send`; nobody is told then.
        """
