"""People are told by a printer, which here is the standard output."""

from collections.abc import Collection
from datetime import datetime, timezone

from floe_sdk import Alert, AlertKind, AlertNode, NodeStatus, PluginType, hookimpl
from floe_sdk.testing import loaded


class Printer:
    """Prints what failed; nobody prints what went well."""

    @hookimpl
    def alert_kinds(self) -> Collection[AlertKind]:
        return [AlertKind.FAILED]

    @hookimpl
    def alert_send(self, alert: Alert, timeout: float) -> None:
        print(alert.text())


noon = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
failed = AlertNode("model.shop.mart", "mart", NodeStatus.ERROR, "no such column: amount")
alert = Alert(AlertKind.FAILED, "lake", "shop", "prod", "0193...", noon, noon, failed=(failed,), nodes=3)

# alert_send
with loaded(alert=Printer) as platform:
    printer = dict(platform.each(PluginType.ALERT))["printer"]
    printer.alert_send(alert=alert, timeout=2)
    # => shop failed in prod after 0 s: 1 of 3 nodes failed
    # => - mart: no such column: amount
    # => floe runs show 0193...

# alert_kinds
with loaded(alert=Printer) as platform:
    printer = dict(platform.each(PluginType.ALERT))["printer"]
    print([kind.value for kind in printer.alert_kinds()])
    # => ['failed']
