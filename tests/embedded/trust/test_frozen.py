"""Plugins of an earlier floe-sdk work unchanged: they are installed, listed, pass their suites, and run."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.built import build, install
from support.commands import floe
from support.products import write_files

ROOT = Path(__file__).parents[3]
FROZEN = ROOT / "tests" / "frozen"
HASHES = {
    "floe-plugin-v0.1": "43cb836de62a98782f588f2135e4e353e582b014b717d669601683a04217f83a",  # pragma: allowlist secret
}
"""Of each frozen plugin's files: to change one breaks the promise that it stands for. A new folder gets a new line."""

MANIFEST = """
    apiVersion: floe.dev/v1
    kind: Manifest
    metadata: {name: lake, version: 1.0.0, owner: platform@example.com}
    plugins:
      compute: {type: v01, config: {threads: 3}}
      transform: {type: v01}
      catalog: {type: v01}
      storage: {type: v01, config: {path: lake}}
      orchestrator: {type: v01, config: {command: sh}}
      secrets: [{type: v01, config: {path: secrets.json}}]
      policy: [{type: v01}, {type: v01-watcher, config: {password: {v01: password}}}]
      telemetry: [{type: v01, config: {path: spans.jsonl}}]
      lineage: [{type: v01, config: {path: events.jsonl}}]
      alert: [{type: v01, config: {path: alerts.jsonl, "on": [failed, succeeded]}}]
    observability:
      tracing: {enabled: true}
      lineage: {enabled: true}
"""
SPEC = """
    apiVersion: floe.dev/v1
    kind: FloeSpec
    metadata: {name: shop, version: 1.0.0, owner: shop@example.com}
    platform: {manifest: ../manifest.yaml}
    schedule: {cron: "0 6 * * *", timezone: UTC}
"""
FILES = {
    "manifest.yaml": MANIFEST,
    "secrets.json": '{"password": "planted-password"}',
    "shop/floe.yaml": SPEC,
    "shop/models/orders.csv": "id,amount\n1,5\n2,7\n",
    "shop/models/totals.py": '"""The sum."""\n\n\ndef model(orders):\n    return orders.select(["amount"])\n',
}


@pytest.fixture(scope="module", params=sorted(HASHES))
def frozen(request, tmp_path_factory):
    """The source, and a folder in which its wheel is installed."""
    root = tmp_path_factory.mktemp("frozen")
    source = shutil.copytree(FROZEN / request.param, root / "source", ignore=shutil.ignore_patterns("__pycache__"))
    return source, install(build(source), root / "site")


@pytest.fixture
def shop(frozen, tmp_path):
    root = write_files(tmp_path / "lake", FILES) / "shop"

    def run(*arguments, code=0):
        done = floe(*arguments, cwd=root, PYTHONPATH=str(frozen[1]))
        assert done.code == code, done.output + done.error
        return done

    run.root = root
    return run


@pytest.mark.parametrize("name", sorted(HASHES))
def test_nobody_has_changed_it(name):
    lines = []
    for path in sorted((FROZEN / name).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            place = path.relative_to(FROZEN / name).as_posix()
            lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {place}\n")
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == HASHES[name]


def test_every_frozen_plugin_is_tested():
    assert {path.name for path in FROZEN.iterdir()} == HASHES.keys()


def test_it_is_listed_and_described(shop):
    listed = json.loads(shop("plugins", "list", "--json").output)
    mine = [f"{one['type']}/{one['name']}" for one in listed["plugins"] if one["distribution"] == "floe-plugin-v01"]
    kinds = ["alert", "catalog", "compute", "lineage", "orchestrator", "policy"]
    kinds += ["secrets", "storage", "telemetry", "transform"]
    assert mine == sorted([*(f"{kind}/v01" for kind in kinds), "command/v01-greet", "policy/v01-watcher"])
    assert listed["problems"] == []
    for identity in mine:
        shop("plugins", "show", identity)
    assert shop("v01-greet", "Ada").output == "Hello Ada, from 0.1"


def test_a_product_with_a_plugin_of_every_type_runs(shop):
    platform = shop.root.parent
    compiled = shop("compile")
    assert "v01-meta" in compiled.output  # the rule's finding
    assert "0 6 * * *" in (shop.root / "target" / "v01" / "run.sh").read_text()
    profiles = json.loads((shop.root / "target" / "compiled_artifacts.json").read_text())["profiles"]
    assert profiles["v01"]["threads"] == 2  # the wrapper's
    shop("run", "--locked")
    assert "12" in shop("query", "select sum(amount) from totals").output
    heard = (shop.root / ".floe" / "v01-heard.txt").read_text().splitlines()
    assert [line.split()[0] for line in heard].count("compile_finished") == 2
    assert "node_finished model.models.totals success" in heard
    assert "run_finished success, password of 16 characters" in heard
    events = [json.loads(line) for line in (platform / "events.jsonl").read_text().splitlines()]
    assert [event["eventType"] for event in events].count("COMPLETE") == 3
    spans = {json.loads(line)["name"] for line in (platform / "spans.jsonl").read_text().splitlines()}
    assert {"compile.pipeline", "floe.run"} <= spans
    assert json.loads((platform / "alerts.jsonl").read_text())["kind"] == "succeeded"
    health = json.loads(shop("health", "--json").output)
    assert all(one["ok"] in {True, None} for one in health["plugins"]), health


def test_it_passes_the_suites_that_its_tests_inherit(frozen):
    source, site = frozen
    variables = {**os.environ, "PYTHONPATH": str(site), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, cwd=source, env=variables, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "failed" not in done.stdout.splitlines()[-1]
