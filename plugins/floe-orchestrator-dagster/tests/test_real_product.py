"""A dbt product, compiled once, moved and made read-only: a real Dagster started in `/` without PYTHONPATH loads it."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from support.dagster_cli import dagster, validate
from support.products import make_product, manifest_text

UNPRIVILEGED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The product's folder where it was moved to; nothing in it can be written."""
    base = tmp_path_factory.mktemp("real")
    manifest = manifest_text().replace("orchestrator: {type: local}", "orchestrator: {type: dagster}")
    product = make_product(base / "made", manifest=manifest)
    command = [sys.executable, "-m", "floe_sdk", "compile"]
    subprocess.run(command, cwd=product, check=True, capture_output=True, timeout=120)
    shutil.rmtree(product / ".floe")
    moved = base / "moved" / "elsewhere"
    shutil.copytree(base / "made", moved)
    shutil.rmtree(base / "made")
    subprocess.run(["chmod", "-R", "a-w", moved], check=True)
    yield moved / "shop"
    subprocess.run(["chmod", "-R", "u+w", moved], check=True)


@pytest.mark.parametrize("of", ["product", "platform"])
def test_its_workspaces_load(shop, home, of):
    target = (shop if of == "product" else shop.parent) / "target"
    code, text = validate("-w", str(target / "dagster" / "workspace.yaml"), home=home, prefix=UNPRIVILEGED)
    assert code == 0, text
    assert "Validation successful for code location shop." in text


def test_the_installed_package_loads_it(shop, home):
    artifact = str(shop / "target" / "compiled_artifacts.json")
    code, text = validate("-m", "floe_orchestrator_dagster", home=home, prefix=UNPRIVILEGED, FLOE_ARTIFACT=artifact)
    assert code == 0, text


def test_the_asset_keys_are_the_artifacts_nodes(shop, home):
    file = str(shop / "target" / "dagster" / "definitions.py")
    code, text = dagster("asset", "list", "-f", file, home=home, prefix=UNPRIVILEGED)
    assert code == 0, text
    nodes = json.loads((shop / "target" / "compiled_artifacts.json").read_text())["transforms"]["nodes"]
    tables = {f"{node['namespace']}/{node['table']}" for node in nodes if node["kind"] in {"model", "seed", "snapshot"}}
    assert {line for line in text.splitlines() if line.startswith("shop/")} == tables
