"""The answer to `floe health`: what a compile wrote is loaded by a real Dagster, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from floe_orchestrator_dagster.product import find_product
from floe_sdk import FloeError, Health, check_project, redactor

if TYPE_CHECKING:
    from pathlib import Path

    from floe_sdk import PluginContext


def check(context: PluginContext, artifact: Path, definitions: Path, timeout: float) -> Health:
    """Whether the artifact fits its product, and Dagster loads the file beside it; with neither, whether it works."""
    until = (
        time.monotonic() + timeout - min(1.0, timeout / 4)
    )  # whoever asks leaves at the deadline: end the child first
    environment = None
    if artifact.exists() or definitions.exists():
        try:
            product = find_product(artifact, root=context.product_root, name=context.product)
            check_project(product.artifacts, product.root)
            environment = product.artifacts.environment
        except FloeError as error:
            return Health.fault(error)
    answer = _probe(definitions if environment else None, until - time.monotonic())
    version = answer.get("version")
    if problem := answer.get("error"):
        fix = f"compile again: floe compile {context.product_root}" if version else "install it: pip install dagster"
        return Health(ok=False, message=redactor.redact(str(problem)), fix=fix)
    if environment is None:
        return Health(ok=True, message=f"dagster {version}; {context.product} is not compiled yet: run floe compile")
    message = f"dagster {version} loads {context.product} ({environment}): {answer['assets']} assets"
    return Health(ok=True, message=message, details={"dagster": version, "assets": answer["assets"]})


def _probe(definitions: Path | None, timeout: float) -> dict[str, object]:
    command = [sys.executable, "-m", "floe_orchestrator_dagster.probe", *([str(definitions)] if definitions else [])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return {"error": f"Dagster did not load {definitions or 'itself'} within {timeout:.1f} s"}
    try:
        answer = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        return {"error": f"Dagster could not be started: {last[0]}"}
    return dict(answer)
