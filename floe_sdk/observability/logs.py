"""The standard library's logging to standard error: one formatter, text or JSON, every line through the redactor."""

from __future__ import annotations

import copy
import json
import logging
import sys
import time
from typing import TYPE_CHECKING, Any, TextIO

from floe_sdk.observability.redaction import redactor
from floe_sdk.observability.spans import error_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from opentelemetry._logs import LoggerProvider

    from floe_sdk.schemas.observability import Logging

    _Handler = logging.StreamHandler[TextIO]
else:
    _Handler = logging.StreamHandler  # takes no type in brackets before Python 3.11

_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def configure_logging(config: Logging, *, level: str | None = None, stream: TextIO | None = None) -> None:
    """Log floe's lines from `config.level` on (or `level`, of the command line), others' from WARNING on.

    Called by entry points, again when the manifest is known; an application that uses floe as a library keeps its own.
    """
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, FloeHandler)]:
        root.removeHandler(handler)
    wanted = logging.getLevelName(level or config.level)
    root.addHandler(FloeHandler(wanted, json_lines=config.format == "json", stream=stream))
    root.setLevel(min(wanted, logging.WARNING))


class FloeHandler(_Handler):
    """Writes redacted lines; finds standard error anew for each, so that a test or a terminal may replace it."""

    def __init__(self, level: int, *, json_lines: bool, stream: TextIO | None = None) -> None:
        self._fixed = stream
        super().__init__(stream)
        self.floe_level = level
        self.setFormatter(JsonFormatter() if json_lines else TextFormatter(brief=level > logging.DEBUG))
        self.addFilter(self._wanted)

    @property
    def stream(self) -> TextIO:
        """Where lines go."""
        return self._fixed or sys.stderr

    @stream.setter
    def stream(self, value: TextIO) -> None:
        """Keep what the constructor said."""

    def _wanted(self, record: logging.LogRecord) -> bool:
        return is_wanted(record, self.floe_level)


def is_wanted(record: logging.LogRecord, level: int) -> bool:
    """Whether it is floe's and at least of `level`, or somebody else's and a warning."""
    return record.levelno >= (level if _is_floes(record) else max(level, logging.WARNING))


def _is_floes(record: logging.LogRecord) -> bool:
    return record.name == "floe" or record.name.startswith(("floe.", "floe_"))


def extra_fields(record: logging.LogRecord) -> dict[str, Any]:
    """The `extra` of the call."""
    return {name: value for name, value in record.__dict__.items() if name not in _PLAIN}


class _Exporting:
    """Where lines go that are for backends only; set by `TelemetryProvider`."""

    provider: LoggerProvider | None = None
    level: int = logging.INFO


EXPORTING = _Exporting()


def export_only(logger: str, level: int, message: str, **attributes: object) -> None:
    """A line for the backends of telemetry, in the trace of this thread; people are told in another way."""
    if EXPORTING.provider is not None and level >= EXPORTING.level:
        from floe_sdk.observability.log_export import export_log

        export_log(EXPORTING.provider, logger, level, message, attributes)


class _SafeFormatter(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def formatException(  # noqa: N802 - the standard library's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Without the input values that pydantic's errors show."""
        text = super().formatException(ei)
        error = ei[1]
        return text.replace(str(error), error_text(error)) if error is not None and str(error) else text


class TextFormatter(_SafeFormatter):
    """`12:00:00 WARNING floe_sdk.x: message`; `brief` shows no traceback of another library's warning."""

    def __init__(self, *, brief: bool = False) -> None:
        self._brief = brief
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The line, redacted; an exception's text that another handler has cached in the record is not taken."""
        own = copy.copy(record)
        own.exc_text = None
        error = own.exc_info[1] if own.exc_info else None
        if self._brief and error is not None and own.levelno < logging.ERROR and not _is_floes(own):
            own.msg, own.args = f"{own.getMessage()} ({type(error).__name__}: {error_text(error)})", None
            own.exc_info = None
        return redactor.redact(super().format(own))


class JsonFormatter(_SafeFormatter):
    """One JSON object a line, with the `extra` fields of the call and the ids of the current span."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, redacted field by field, so that it stays JSON."""
        line: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **extra_fields(record),
            **_span_ids(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(redactor.redact_mapping(json.loads(json.dumps(line, default=str))), ensure_ascii=False)


def _span_ids() -> Mapping[str, str]:
    trace = sys.modules.get("opentelemetry.trace")
    current = getattr(trace, "get_current_span", None)
    context = current().get_span_context() if current else None
    if context is None or not context.is_valid:
        return {}
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}
