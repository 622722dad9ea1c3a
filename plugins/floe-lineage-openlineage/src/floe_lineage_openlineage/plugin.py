"""The plugin: the way to the server, made when the first event comes."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any, Protocol

from floe_lineage_openlineage.address import destination
from floe_lineage_openlineage.config import OpenLineageConfig  # noqa: TC001 - the host evaluates the annotation
from floe_sdk import Health, LineageDelayed, LineageRefused, PluginContext, Secret, hookimpl, redactor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_lineage_openlineage.config import KafkaConfig
    from floe_lineage_openlineage.sending_http import HttpSender
    from floe_lineage_openlineage.sending_kafka import KafkaSender

_log = logging.getLogger("floe_lineage_openlineage")
_UNAUTHORISED = (401, 403)
_SERVER_ERROR = 500


class _Sender(Protocol):
    def send(self, event: Mapping[str, Any]) -> None: ...

    def close(self) -> None: ...


class OpenLineagePlugin:
    """Events to an OpenLineage server or a topic of Kafka, one at a time and acknowledged."""

    def __init__(self, config: OpenLineageConfig, context: PluginContext) -> None:
        self.config = config
        self._context = context
        self._sender: _Sender | None = None
        if config.environment not in (None, context.environment):
            _log.warning(
                "lineage of %s goes to a server that is for %s (`environment` of lineage openlineage)",
                context.environment,
                config.environment,
            )

    @hookimpl
    def lineage_emit(self, event: Mapping[str, Any]) -> None:
        """Send it, and wait for the answer."""
        if self._sender is None:
            self._sender = self._kafka(self.config.kafka) if self.config.kafka else self._http()
        self._sender.send(event)

    @hookimpl
    def lineage_drain_timeout(self) -> float | None:
        """What the configuration says."""
        return self.config.drain_timeout

    @hookimpl
    def plugin_health(self, timeout: float) -> Health:
        """A round trip to the server that sends no event."""
        limit = min(timeout, self.config.timeout)
        try:
            return self._kafka_health(limit) if self.config.kafka else self._http_health(limit)
        except (LineageDelayed, LineageRefused) as error:
            fix = "check the address of lineage openlineage and that its server runs; no run waits for it"
            return Health(ok=False, message=str(error), fix=fix)

    @hookimpl
    def plugin_close(self) -> None:
        """Let go of the connection."""
        sender, self._sender = self._sender, None
        if sender is not None:
            sender.close()

    def _http(self, timeout: float | None = None) -> HttpSender:
        from floe_lineage_openlineage.sending_http import HttpSender, trust

        config = self.config
        try:
            found = destination(config, os.environ)
            secure = found.address.scheme == "https"
            context = trust(self._path(config.ca_file), verify=config.verify_ssl) if secure else None
        except ValueError as error:
            raise LineageDelayed(str(error)) from error
        except OSError as error:  # also of the ssl module
            raise LineageDelayed(f"`ca_file` {config.ca_file} can't be used: {error.strerror or error}") from error
        key = os.environ.get("OPENLINEAGE_API_KEY")
        if key:
            redactor.add(key)
        elif config.api_key and found.own_key:
            key = config.api_key.reveal()
        return HttpSender(
            found.address,
            api_key=key,
            compress=config.gzip,
            timeout=timeout or config.timeout,
            trust=context,
        )

    def _kafka(self, config: KafkaConfig, timeout: float | None = None) -> KafkaSender:
        from floe_lineage_openlineage.sending_kafka import KafkaSender

        settings: dict[str, Any] = {
            "bootstrap.servers": config.bootstrap_servers,
            "security.protocol": config.security_protocol,
            "sasl.mechanism": config.sasl_mechanism,
            "sasl.username": _revealed(config.sasl_username),
            "sasl.password": _revealed(config.sasl_password),
            "ssl.ca.location": self._path(self.config.ca_file),
            "enable.ssl.certificate.verification": None if self.config.verify_ssl else False,
            "ssl.certificate.location": self._path(config.certificate_file),
            "ssl.key.location": self._path(config.key_file),
            "ssl.key.password": _revealed(config.key_password),
            "compression.type": config.compression,
        }
        given = {name: value for name, value in settings.items() if value is not None}
        topic = self._context.expand(config.topic)
        return KafkaSender({**given, **config.properties}, topic, timeout=timeout or self.config.timeout)

    def _http_health(self, timeout: float) -> Health:
        sender = self._http(timeout)
        try:
            status, text = sender.probe()
        finally:
            sender.close()
        if status in _UNAUTHORISED:
            return Health(ok=False, message=f"{sender.where} answers {status}: {text}", fix="check `api_key`")
        return Health(ok=status < _SERVER_ERROR, message=f"{sender.where} answers ({status} to a GET)")

    def _kafka_health(self, timeout: float) -> Health:
        sender = self._kafka(self.config.kafka, timeout) if self.config.kafka else None
        if sender is None:
            raise LineageDelayed("`kafka` is not configured")
        try:
            return Health(ok=True, message=sender.probe())
        finally:
            sender.close()

    def _path(self, path: str | None) -> str | None:
        return str(self._context.platform_root / self._context.expand(path)) if path else None


def _revealed(value: str | Secret | None) -> str | None:
    return value.reveal() if isinstance(value, Secret) else value
