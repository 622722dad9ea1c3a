"""Jaeger v2, an OpenTelemetry Collector that keeps traces and can be asked for them."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import yaml

from support.certificates import make_certificates
from support.servers.install import build_step, installed, tool
from support.servers.process import Process, free_port

VERSION = "1.76.0"
"""Of the module; the release is 2.13.0."""
MODULE = "github.com/jaegertracing/jaeger"
GO_MOD = f"""module floe.dev/jaeger

go 1.24.6

require {MODULE} v{VERSION}

// A dependency asks for a version of this that its own go.mod calls by another name.
replace github.com/Shopify/sarama => github.com/Shopify/sarama v1.33.0
"""


def install():
    """The path of the program."""
    return installed("jaeger", VERSION, _build) / "jaeger"


def _build(folder):
    """`go install MODULE@VERSION` refuses a module with `replace`: an own module requires it, with its checksums."""
    go = tool("go", "Install Go 1.24 or newer.")
    source = folder / "source"
    source.mkdir()
    (source / "go.mod").write_text(GO_MOD, encoding="utf-8")
    build_step("Jaeger", [go, "mod", "download", f"{MODULE}@v{VERSION}"], source)
    where = subprocess.run([go, "env", "GOMODCACHE"], capture_output=True, text=True, check=True).stdout.strip()
    shutil.copyfile(Path(where) / f"{MODULE}@v{VERSION}" / "go.sum", source / "go.sum")
    build = [go, "build", "-mod=mod", "-trimpath", "-ldflags=-s -w", "-o", folder / "jaeger", f"{MODULE}/cmd/jaeger"]
    build_step("Jaeger", build, source, CGO_ENABLED="0")
    shutil.rmtree(source)


class Jaeger:
    """A collector at `http` and `grpc` (and the same with TLS and a password), whose traces are asked for at `query`.

    What it got of metrics and logs is in its log, in words, and metrics also at `prometheus`.
    """

    def __init__(self, ports, certificates, password, process):
        self.ports, self.certificates, self.password, self.process = ports, certificates, password, process
        self.http, self.grpc = f"http://127.0.0.1:{ports['http']}", f"http://127.0.0.1:{ports['grpc']}"
        self.https, self.grpcs = f"https://localhost:{ports['https']}", f"https://localhost:{ports['grpcs']}"
        self.query = f"http://127.0.0.1:{ports['query']}"
        self.prometheus = f"http://127.0.0.1:{ports['prometheus']}/metrics"

    def services(self):
        """The names of services that have traces."""
        return sorted(self._ask("/api/services")["data"] or [])

    def traces(self, service, *, at_least=1, seconds=15):
        """The traces of a service, each a list of `Span`; waits until there are so many."""
        deadline = time.monotonic() + seconds
        while True:
            found = [_spans(trace) for trace in self._ask(f"/api/traces?service={quote(service)}&limit=200")["data"]]
            if len(found) >= at_least or time.monotonic() > deadline:
                return found
            time.sleep(0.1)

    def lines(self, start=0):
        """What it printed of metrics and logs since the byte `start` of its log."""
        return self.process.tail(start, 1 << 24)

    def _ask(self, path):
        with urllib.request.urlopen(f"{self.query}{path}", timeout=10) as answer:
            return json.load(answer)


@dataclass(frozen=True)
class Span:
    """A span as Jaeger tells it."""

    id: str
    parent: str | None
    name: str
    tags: dict
    resource: dict
    service: str
    logs: list


def _spans(trace):
    spans = []
    for each in trace["spans"]:
        process = trace["processes"][each["processID"]]
        parents = [one["spanID"] for one in each["references"] if one["refType"] == "CHILD_OF"]
        tags, resource = _tags(each["tags"]), _tags(process["tags"])
        logs = [_tags(one["fields"]) for one in each["logs"]]
        parent = parents[0] if parents else None
        spans.append(Span(each["spanID"], parent, each["operationName"], tags, resource, process["serviceName"], logs))
    return spans


def _tags(entries):
    return {each["key"]: each["value"] for each in entries}


def start(folder):
    """A server of this process, on free ports, that forgets everything at its end."""
    program = install()
    folder.mkdir(parents=True, exist_ok=True)
    ports = {name: free_port() for name in ("http", "grpc", "https", "grpcs", "query", "query_grpc", "prometheus")}
    certificates = make_certificates(folder / "tls")
    password = f"planted-{uuid.uuid4().hex}"
    configuration = folder / "jaeger.yaml"
    configuration.write_text(yaml.safe_dump(_configuration(ports, certificates, password)), encoding="utf-8")
    query = f"http://127.0.0.1:{ports['query']}/api/services"
    command = [program, "--config", configuration]
    process = Process("jaeger", command, folder / "jaeger.log", lambda: _answers(query))
    return Jaeger(ports, certificates, password, process.start())


def _configuration(ports, certificates, password):
    def at(name):
        return f"127.0.0.1:{ports[name]}"

    tls = {"cert_file": str(certificates.server), "key_file": str(certificates.server_key)}
    closed = {"tls": {**tls, "client_ca_file": str(certificates.ca)}, "auth": {"authenticator": "basicauth/server"}}
    protocols = {"http": {"endpoint": at("http")}, "grpc": {"endpoint": at("grpc")}}
    behind_tls = {"http": {"endpoint": at("https"), **closed}, "grpc": {"endpoint": at("grpcs"), **closed}}
    receivers = ["otlp", "otlp/tls"]
    return {
        "extensions": {
            "basicauth/server": {"htpasswd": {"inline": f"floe:{password}"}},
            "jaeger_storage": {"backends": {"here": {"memory": {"max_traces": 10000}}}},
            "jaeger_query": {
                "storage": {"traces": "here"},
                "http": {"endpoint": at("query")},
                "grpc": {"endpoint": at("query_grpc")},
            },
        },
        "receivers": {"otlp": {"protocols": protocols}, "otlp/tls": {"protocols": behind_tls}},
        "exporters": {
            "jaeger_storage_exporter": {"trace_storage": "here"},
            "prometheus": {"endpoint": at("prometheus"), "resource_to_telemetry_conversion": {"enabled": True}},
            "debug": {"verbosity": "detailed"},
        },
        "service": {
            "extensions": ["basicauth/server", "jaeger_storage", "jaeger_query"],
            "pipelines": {
                "traces": {"receivers": receivers, "exporters": ["jaeger_storage_exporter"]},
                "metrics": {"receivers": receivers, "exporters": ["prometheus", "debug"]},
                "logs": {"receivers": receivers, "exporters": ["debug"]},
            },
            "telemetry": {"metrics": {"level": "none"}},
        },
    }


def _answers(url):
    with urllib.request.urlopen(url, timeout=2) as answer:
        return answer.status == 200
