"""OTLP over gRPC."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from floe_telemetry_otlp.reasons import CREDENTIALS, certificate_reason, grpc_reason
from floe_telemetry_otlp.sending import Refused

if TYPE_CHECKING:
    from floe_telemetry_otlp.settings import Settings

METHODS = {
    "traces": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "metrics": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}
_AGAIN = frozenset({"CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"})
_OPTIONS = [
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.primary_user_agent", "floe-telemetry-otlp"),
]


class GrpcClient:
    """One channel; for one thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._channel: Any = None
        self._call: Any = None
        self._metadata: list[tuple[str, str]] = []

    def request(self, payload: bytes, timeout: float) -> bytes:
        """Call it once."""
        grpc = _grpc()
        if self._call is None:
            self._metadata = list(self._settings.sent_headers().items())
            self._channel = self._open(grpc)
            self._call = self._channel.unary_unary(METHODS[self._settings.signal])
        try:
            answer: bytes = self._call(payload, timeout=timeout, metadata=self._metadata)
        except grpc.RpcError as error:
            raise self._refused(error, timeout) from None
        return answer

    def _open(self, grpc: Any) -> Any:
        settings = self._settings
        compression = grpc.Compression.Gzip if settings.compression == "gzip" else grpc.Compression.NoCompression
        if not settings.secure:
            return grpc.insecure_channel(settings.host, _OPTIONS, compression)
        files = (settings.ca_file, settings.client_key, settings.client_certificate)
        credentials = grpc.ssl_channel_credentials(*(file.read_bytes() if file else None for file in files))
        return grpc.secure_channel(settings.host, credentials, _OPTIONS, compression)

    def _refused(self, error: Any, timeout: float) -> Refused:
        code, details = error.code().name, error.details() or ""
        where = f"{self._settings.host} (gRPC)"
        if code in ("UNAUTHENTICATED", "PERMISSION_DENIED"):
            return Refused(f"{where} refuses the credentials ({code}): {CREDENTIALS}")
        if "handshake" in details.lower() or "CERTIFICATE" in details or "SSL" in details:
            return Refused(certificate_reason(self._settings, details))
        if code == "UNIMPLEMENTED":
            fix = f"check {self._settings.origin}, and that it is an OTLP/gRPC port (HTTP's is 4318)"
            return Refused(f"{where} does not know the call: {fix}", unknown=self._settings.signal != "traces")
        pause = _retry_info(error)
        again = code in _AGAIN or (code == "RESOURCE_EXHAUSTED" and pause is not None)
        reason, answered = grpc_reason(self._settings, code, details, timeout)
        return Refused(reason, again=again, pause=pause, answered=answered)

    def close(self) -> None:
        """Let go of the channel."""
        channel, self._channel, self._call = self._channel, None, None
        if channel is not None:
            channel.close()


def _grpc() -> Any:
    """GRPC's own library writes to standard error, unless its variable says otherwise before it is loaded."""
    quiet = "GRPC_VERBOSITY" not in os.environ
    if quiet:
        os.environ["GRPC_VERBOSITY"] = "NONE"
    try:
        import grpc

        return grpc
    finally:
        if quiet:
            os.environ.pop("GRPC_VERBOSITY", None)


def _retry_info(error: Any) -> float | None:
    """The pause that a server asks for in the details of its status."""
    from google.rpc.error_details_pb2 import RetryInfo
    from google.rpc.status_pb2 import Status

    for name, value in error.trailing_metadata() or ():
        if name == "grpc-status-details-bin":
            with suppress(Exception):  # details that can't be read are none
                for detail in Status.FromString(value).details:
                    info = RetryInfo()
                    if detail.Unpack(info):
                        return float(info.retry_delay.seconds + info.retry_delay.nanos / 1e9)
    return None
