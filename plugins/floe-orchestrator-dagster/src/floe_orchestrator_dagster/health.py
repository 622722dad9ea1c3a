"""The answer to `floe health`: what a compile wrote is loaded by a real Dagster, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from floe_orchestrator_dagster.product import find_product
from floe_sdk import FloeError, Health, check_project, redactor

if TYPE_CHECKING:
    from pathlib import Path

    from floe_sdk import PluginContext


def check(context: PluginContext, artifact: Path, definitions: Path, timeout: float) -> Health:
    """Whether the artifact fits its product, and Dagster loads the file beside it; with neither, whether it works."""
    # whoever asks leaves at the deadline: end the child first
    until = time.monotonic() + timeout - min(1.0, timeout / 4)
    environment = None
    if artifact.exists() or definitions.exists():
        try:
            product = find_product(artifact, root=context.product_root, name=context.product)
            check_project(product.artifacts, product.root)
        except FloeError as error:
            return Health.fault(error)
        environment = product.artifacts.environment
    answer = _probe(definitions if environment else None, until - time.monotonic())
    version = answer.get("version")
    if problem := answer.get("error"):
        compile_again = f"compile again: floe compile {context.product_root}"
        fix = answer.get("fix") or (compile_again if version else 'repair it: pip install "floe-sdk[dagster]"')
        return Health(ok=False, message=redactor.redact(problem), fix=fix)
    if environment is None:
        return Health(ok=True, message=f"dagster {version}; {context.product} is not compiled yet: run floe compile")
    message = f"dagster {version} loads {context.product} ({environment}): {answer['assets']} assets"
    return Health(ok=True, message=message, details={"dagster": version, "assets": answer["assets"]})


def _probe(definitions: Path | None, timeout: float) -> dict[str, Any]:
    """The answer of `probe.py`, or the `error` that kept it from answering, perhaps with a `fix`."""
    command = [sys.executable, "-m", "floe_orchestrator_dagster.probe", *([str(definitions)] if definitions else [])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=max(timeout, 0.0), check=False)
    except subprocess.TimeoutExpired:
        problem = f"Dagster did not load {definitions or 'itself'} within {timeout:.1f} s"
        return {"error": problem, "fix": "give it longer: floe health --timeout 60"}
    try:
        return dict(json.loads(done.stdout.splitlines()[-1]))
    except (IndexError, ValueError):
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        return {"error": f"Dagster could not be started: {last[0]}"}
