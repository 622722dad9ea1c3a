"""What holds for one signal: OpenTelemetry's variables, its own before the general ones, then the manifest."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit, urlunsplit

from floe_sdk import FloeError, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floe_telemetry_otlp.config import OtlpConfig, Signal

PATHS: Mapping[str, str] = {"traces": "/v1/traces", "metrics": "/v1/metrics", "logs": "/v1/logs"}
GRPC_PORT, HTTP_PORT = 4317, 4318
_PREFIX = "OTEL_EXPORTER_OTLP"


class WrongSetting(Exception):  # noqa: N818 - it says what is wrong, as the errors of this package do
    """A variable or a file that can't be used."""


@dataclass(frozen=True)
class Settings:
    """How one signal is sent. `url` is what is asked by HTTP, and names host and port for gRPC.

    `origin` is where the address was found, for messages.
    """

    signal: Signal
    protocol: Literal["grpc", "http"]
    url: str
    secure: bool
    headers: dict[str, str] | WrongSetting
    """Or why there are none: a compile needs no secret, so this is said when something is sent."""
    compression: str
    timeout: float
    ca_file: Path | None
    client_certificate: Path | None
    client_key: Path | None
    origin: str

    def sent_headers(self) -> dict[str, str]:
        """Raises WrongSetting where a secret can't be had."""
        if isinstance(self.headers, WrongSetting):
            raise self.headers
        return self.headers

    @property
    def host(self) -> str:
        """Host and port."""
        return urlsplit(self.url).netloc.rpartition("@")[2]


def settings_for(signal: Signal, config: OtlpConfig, root: Path) -> Settings:
    """Of a signal; relative paths of the manifest are below `root`, those of variables below the working directory."""
    endpoint, origin, whole = _endpoint(signal, config)
    protocol = _protocol(signal, config, endpoint)
    url = _url(signal, protocol, endpoint, whole)
    secure = url.startswith("https://")
    if endpoint is not None and "://" not in endpoint:
        insecure, _ = _variable(signal, "INSECURE")
        secure = not (config.insecure if insecure is None else insecure.strip().lower() == "true")
    return Settings(
        signal=signal,
        protocol=protocol,
        url=url,
        secure=secure,
        headers=_revealed(signal, config),
        compression=_compression(signal, config),
        timeout=_timeout(signal, config),
        ca_file=_file(signal, "CERTIFICATE", config.ca_file, root),
        client_certificate=_file(signal, "CLIENT_CERTIFICATE", config.client_certificate, root),
        client_key=_file(signal, "CLIENT_KEY", config.client_key, root),
        origin=origin,
    )


def _variable(signal: Signal, name: str) -> tuple[str | None, str]:
    """The value of the signal's own variable or of the general one, and which it was."""
    for variable in (f"{_PREFIX}_{signal.upper()}_{name}", f"{_PREFIX}_{name}"):
        if value := os.environ.get(variable):
            return value, variable
    return None, ""


def _endpoint(signal: Signal, config: OtlpConfig) -> tuple[str | None, str, bool]:
    """The address, where it was found, and whether it is the whole of it: a signal's own is taken as it is."""
    own = f"{_PREFIX}_{signal.upper()}_ENDPOINT"
    if value := os.environ.get(own):
        return value, own, True
    if value := os.environ.get(f"{_PREFIX}_ENDPOINT"):
        return value, f"{_PREFIX}_ENDPOINT", False
    return config.endpoint, "`endpoint`", False


def _protocol(signal: Signal, config: OtlpConfig, endpoint: str | None) -> Literal["grpc", "http"]:
    value, variable = _variable(signal, "PROTOCOL")
    protocol = value or config.protocol
    if protocol is None:
        plain = endpoint is not None and "://" not in endpoint
        port = urlsplit(endpoint).port if endpoint and not plain else None
        return "grpc" if plain or port == GRPC_PORT else "http"
    if protocol not in ("grpc", "http", "http/protobuf"):
        message = f"{variable}={protocol} is not spoken here: use grpc or http/protobuf"
        raise WrongSetting(message)
    return "grpc" if protocol == "grpc" else "http"


def _url(signal: Signal, protocol: str, endpoint: str | None, whole: bool) -> str:
    if endpoint is None:
        endpoint = f"http://localhost:{GRPC_PORT if protocol == 'grpc' else HTTP_PORT}"
    parts = urlsplit(endpoint if "://" in endpoint else f"http://{endpoint}")
    if protocol == "grpc":
        return urlunsplit((parts.scheme, parts.netloc, "", "", ""))
    if whole:
        return endpoint
    path = parts.path.rstrip("/")
    base = next((path.removesuffix(each) for each in PATHS.values() if path.endswith(each)), path)
    return urlunsplit((parts.scheme, parts.netloc, base + PATHS[signal], parts.query, ""))


def _revealed(signal: Signal, config: OtlpConfig) -> dict[str, str] | WrongSetting:
    try:
        return _headers(signal, config)
    except FloeError as error:
        return WrongSetting(f"{error.problem}: {error.fix}" if error.fix else error.problem)


def _headers(signal: Signal, config: OtlpConfig) -> dict[str, str]:
    """Those of the variables come on top, one by one."""
    headers = {
        name.lower(): value.reveal() if isinstance(value, Secret) else value for name, value in config.headers.items()
    }
    from opentelemetry.util.re import parse_env_headers

    for variable in (f"{_PREFIX}_HEADERS", f"{_PREFIX}_{signal.upper()}_HEADERS"):
        if given := os.environ.get(variable):
            headers.update(parse_env_headers(given, liberal=True))
    return headers


def _compression(signal: Signal, config: OtlpConfig) -> str:
    value, variable = _variable(signal, "COMPRESSION")
    compression = (value or config.compression).strip().lower()
    if compression not in ("none", "gzip"):
        message = f"{variable}={value} is not known here: use none or gzip"
        raise WrongSetting(message)
    return compression


def _timeout(signal: Signal, config: OtlpConfig) -> float:
    """In seconds; of the variables in milliseconds, as the specification has it, where the number says so."""
    value, variable = _variable(signal, "TIMEOUT")
    if value is None:
        return config.timeout
    try:
        number = float(value)
    except ValueError:
        message = f"{variable}={value} is no number"
        raise WrongSetting(message) from None
    return number / 1000 if number >= _MILLISECONDS else number


_MILLISECONDS = 1000
"""Python's SDK reads the variable as seconds, the specification as milliseconds: so many seconds nobody means."""


def _file(signal: Signal, name: str, configured: str | None, root: Path) -> Path | None:
    value, variable = _variable(signal, name)
    if value is None and configured is None:
        return None
    path = Path(value) if value is not None else root / str(configured)
    if not path.is_file():
        what = variable or {"CERTIFICATE": "ca_file"}.get(name, name.lower())
        message = f"there is no file {path} (`{what}`)"
        raise WrongSetting(message)
    return path
