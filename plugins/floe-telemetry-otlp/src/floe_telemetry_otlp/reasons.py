"""Why a backend took nothing, in a line that says what to do."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from floe_telemetry_otlp.settings import Settings

CREDENTIALS = "check `headers` and what they refer to"


def network_reason(settings: Settings, error: Exception, timeout: float) -> str:
    """Of an OSError or one of http.client."""
    if isinstance(error, ConnectionRefusedError):
        return refused(settings, settings.url)
    if isinstance(error, socket.gaierror):
        return no_such_host(settings, settings.url)
    if isinstance(error, TimeoutError):
        return silent(settings.url, timeout)
    if isinstance(error, ConnectionError):
        fix = f"check {settings.origin}; a port for gRPC needs `protocol: grpc`"
        return f"{settings.url} hung up without an answer: {fix}"
    if isinstance(error, OSError) and error.strerror:
        return unreachable(settings, settings.url, error.strerror)
    return f"{settings.url} hung up without an answer: see the collector's log"


def grpc_reason(settings: Settings, code: str, details: str, timeout: float) -> tuple[str, bool]:
    """Of a status of gRPC, and whether somebody answered."""
    where = f"{settings.host} (gRPC)"
    if code == "DEADLINE_EXCEEDED":
        return silent(where, timeout), False
    if "onnection refused" in details:
        return refused(settings, where), False
    if "DNS" in details or "resolv" in details or "lookup failed" in details:
        return no_such_host(settings, where), False
    if "failed to connect" in details:
        return unreachable(settings, where, details.rpartition("error: ")[2][:100]), False
    said = details.splitlines()[0][:200] if details else ""
    return f"{where} answers {code}{f' ({said})' if said else ''}: see the collector's log", True


def certificate_reason(settings: Settings, details: str) -> str:
    """TLS did not come about."""
    said = " ".join(details.split())[:160]
    return (
        f"{settings.host}: no TLS ({said}): check `ca_file`, `client_certificate` and the scheme of {settings.origin}"
    )


def refused(settings: Settings, where: str) -> str:
    return f"{where} refused the connection: check {settings.origin} and that the collector runs"


def no_such_host(settings: Settings, where: str) -> str:
    return f"{where}: there is no such host: check {settings.origin}"


def unreachable(settings: Settings, where: str, why: str) -> str:
    return f"{where} can't be reached ({why}): check {settings.origin} and the network"


def silent(where: str, timeout: float) -> str:
    return f"{where} gave no answer within {timeout:.3g} s: see whether the collector is well"
