"""Certificates for tests: an authority of their own, a server's for `localhost`, and a client's."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_EXTENSIONS = """subjectAltName = DNS:localhost, IP:127.0.0.1
basicConstraints = CA:FALSE
"""


@dataclass(frozen=True)
class Certificates:
    """Files, all PEM."""

    ca: Path
    server: Path
    server_key: Path
    client: Path
    client_key: Path


def make_certificates(folder):
    """Make them below `folder`; good for a day."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificates(*(folder / f"{name}.pem" for name in ("ca", "server", "server_key", "client", "client_key")))
    ca_key, extensions = folder / "ca_key.pem", folder / "extensions"
    extensions.write_text(_EXTENSIONS, encoding="utf-8")
    _openssl("req", "-x509", *_new_key(ca_key), "-days", "1", "-subj", "/CN=floe test authority", "-out", made.ca)
    for name, certificate, key in (
        ("localhost", made.server, made.server_key),
        ("floe", made.client, made.client_key),
    ):
        request = folder / f"{name}.csr"
        _openssl("req", "-new", *_new_key(key), "-subj", f"/CN={name}", "-out", request)
        signing = ["-CA", made.ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "1", "-extfile", extensions]
        _openssl("x509", "-req", "-in", request, *signing, "-out", certificate)
    return made


def _new_key(path):
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path]


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
