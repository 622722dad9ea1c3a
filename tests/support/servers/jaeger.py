"""Jaeger v2, an OpenTelemetry Collector that keeps traces and can be asked for them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from support.servers.install import build_step, installed, tool

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
