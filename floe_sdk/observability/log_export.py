"""Log lines as OpenTelemetry's log records: the lines that the console gets, with the ids of the current span."""

from __future__ import annotations

import logging
import time
import traceback
from typing import TYPE_CHECKING, Any

from opentelemetry._logs import SeverityNumber

from floe_sdk.observability.attributes import clean
from floe_sdk.observability.logs import extra_fields, is_wanted
from floe_sdk.observability.redaction import redactor
from floe_sdk.observability.spans import current_context, error_text

if TYPE_CHECKING:
    from opentelemetry._logs import LoggerProvider

_SEVERITIES = (
    (logging.CRITICAL, SeverityNumber.FATAL),
    (logging.ERROR, SeverityNumber.ERROR),
    (logging.WARNING, SeverityNumber.WARN),
    (logging.INFO, SeverityNumber.INFO),
)
_OWN = ("floe_sdk.telemetry", "floe.delivery", "opentelemetry", "grpc", "urllib3", "requests")
"""Loggers whose lines are about delivery: they would cause more of it."""


class ExportHandler(logging.Handler):
    """Turns a line of the standard library's logging into a record of OpenTelemetry's."""

    def __init__(self, provider: LoggerProvider, level: int) -> None:
        super().__init__(level)
        self._provider = provider
        self._floe_level = level

    def emit(self, record: logging.LogRecord) -> None:
        """Export it."""
        if not is_wanted(record, self._floe_level) or record.name.startswith(_OWN):
            return
        export_log(
            self._provider, record.name, record.levelno, record.getMessage(), _attributes(record), record.created
        )


def export_log(
    provider: LoggerProvider,
    logger: str,
    level: int,
    message: str,
    attributes: dict[str, object],
    at: float | None = None,
) -> None:
    """One record, redacted, in the trace of this thread."""
    provider.get_logger(logger).emit(
        timestamp=time.time_ns() if at is None else int(at * 1e9),
        context=current_context(),
        severity_number=next((number for at, number in _SEVERITIES if level >= at), SeverityNumber.DEBUG),
        severity_text=logging.getLevelName(level),
        body=redactor.redact(message),
        attributes=clean(attributes),
    )


def _attributes(record: logging.LogRecord) -> dict[str, object]:
    attributes: dict[str, Any] = extra_fields(record)
    if record.exc_info and (error := record.exc_info[1]) is not None:
        attributes["exception.type"] = type(error).__qualname__
        attributes["exception.message"] = error_text(error)
        attributes["exception.stacktrace"] = "".join(traceback.format_tb(error.__traceback__))
    return attributes
