"""Alert `webhook`: a message in a chat, by the address that the chat gives for it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from floe_sdk import Alert, AlertKind, Health, PluginConfig, Secret, hookimpl, redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from floe_sdk.builtin.alert_webhook_post import Webhook

_SERVER_ERROR, _NOT_IMPLEMENTED = 500, 501
_DISCORDS_LONGEST = 2000


class WebhookConfig(PluginConfig):
    """Settings of alert `webhook`."""

    url: Secret = Field(description="The webhook's address: whoever has it may post, so it is a secret.")
    on: tuple[AlertKind, ...] = Field(
        default=(AlertKind.FAILED, AlertKind.ABORTED),
        description="Runs to tell of: `failed`, `aborted`, `recovered` (the first success after one of these), "
        "`succeeded`.",
    )
    format: Literal["text", "discord", "teams", "json"] = Field(
        default="text",
        description="What is posted: `text` is `{text: ...}` (Slack, Mattermost, Rocket.Chat, Google Chat), `json` the "
        "facts of the run, for a receiver of your own.",
    )
    reasons: bool = Field(
        default=True, description="Whether the begin of each error is posted: a database's error may quote data."
    )
    timeout: float = Field(
        default=2.0, gt=0, le=60, description="Seconds that posting may take, tries included; the run may allow less."
    )
    retries: int = Field(default=2, ge=0, le=10, description="How often posting is tried again while there is time.")
    allow_insecure_http: bool = Field(
        default=False, description="Allow plain http to another machine: what is posted can be read on the way."
    )


class WebhookAlert:
    """Posts to a chat when a run has failed or was interrupted."""

    def __init__(self, config: WebhookConfig) -> None:
        self.config = config

    @hookimpl
    def alert_kinds(self) -> Collection[AlertKind]:
        """What the configuration says."""
        return self.config.on

    @hookimpl
    def alert_send(self, alert: Alert, timeout: float) -> None:
        """Post one message."""
        text = redactor.redact(alert.text(reasons=self.config.reasons))
        body = json.dumps(_FORMATS[self.config.format](alert, text)).encode()
        self._webhook().post(body, min(timeout, self.config.timeout), self.config.retries)

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """A GET of the address, which posts nothing."""
        from floe_sdk.builtin.alert_webhook_post import NotPosted

        began = time.perf_counter()
        try:
            webhook = self._webhook()
            status = webhook.probe(min(timeout, self.config.timeout))
        except NotPosted as error:
            return Health(ok=False, message=str(error), fix="check `url` of alert webhook; no run waits for it")
        ok = status < _SERVER_ERROR or status == _NOT_IMPLEMENTED
        message = f"{webhook.where} answers ({status} to a GET); nothing was posted"
        return Health(ok=ok, message=message, seconds=time.perf_counter() - began)

    def _webhook(self) -> Webhook:
        from floe_sdk.builtin.alert_webhook_post import Webhook

        return Webhook(self.config.url.reveal(), insecure=self.config.allow_insecure_http)


def _text(_alert: Alert, text: str) -> dict[str, Any]:
    return {"text": text}


def _discord(_alert: Alert, text: str) -> dict[str, Any]:
    return {"content": text[:_DISCORDS_LONGEST]}


def _teams(_alert: Alert, text: str) -> dict[str, Any]:
    """A message of Teams' Workflows: an adaptive card whose lines stay lines."""
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "body": [{"type": "TextBlock", "text": line, "wrap": True} for line in text.splitlines()],
    }
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


def _json(alert: Alert, text: str) -> dict[str, Any]:
    return {
        "kind": alert.kind.value,
        "platform": alert.platform,
        "product": alert.product,
        "environment": alert.environment,
        "run_id": alert.run_id,
        "started_at": alert.started_at.isoformat(),
        "finished_at": alert.finished_at.isoformat(),
        "nodes": alert.nodes,
        "skipped": alert.skipped,
        "failed": [{"id": node.id, "name": node.name, "status": node.status.value} for node in alert.failed],
        "command": alert.command,
        "text": text,
    }


_FORMATS: dict[str, Callable[[Alert, str], dict[str, Any]]] = {
    "text": _text,
    "discord": _discord,
    "teams": _teams,
    "json": _json,
}
