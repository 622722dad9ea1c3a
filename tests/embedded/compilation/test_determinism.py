import json
import os
import shutil
import sys
from pathlib import Path

import pytest

GOVERNANCE = {
    "policy_enforcement_level": "warn",
    "pii_encryption": "required",
    "quality_gates": {"require_descriptions": True, "minimum_test_coverage": 80},
    "naming": {"pattern": "medallion"},
}
MODELS = [
    {"name": name, "tags": ["b", "a"], "meta": {"z": 1, "a": {"y": [1.5, None], "ü": "ß"}}, "columns": [{"name": "id"}]}
    for name in ("stg_orders", "mart", "gold_a", "x")
]
ELSEWHERE = {
    "PYTHONHASHSEED": "12345",
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "C",
    "LANG": "C",
    "HOME": "/nonexistent",
    "USER": "somebody",
    "PYTHONUTF8": "0",
}


@pytest.fixture
def filled(workspace):
    workspace.write(
        manifest={
            "governance": GOVERNANCE,
            "observability": {"tracing": {"enabled": True, "exporter": "file"}, "logging": {"level": "DEBUG"}},
            "resource_presets": {"small": {"cpu_request": "250m", "memory_limit": "1Gi"}},
            "environments": {"ci": {"governance": {"data_retention_days": 9}}},
        },
        spec={
            "transforms": [{"name": "mart", "tier": "gold", "tags": ["z", "a"], "qualityChecks": ["unique"]}],
            "schedule": {"cron": "0 6 * * *", "timezone": "Europe/Berlin"},
            "output_ports": [{"name": "mart", "schema": [{"name": "id", "type": "string"}]}],
        },
        models=MODELS,
    )
    return workspace


def test_the_same_bytes_from_another_process_elsewhere(filled, tmp_path):
    filled.compile("--env", "ci", PYTHONHASHSEED="0")
    first = filled.artifact.read_bytes()
    copy = tmp_path / "a" / "much" / "deeper" / "place"
    shutil.copytree(filled.root, copy, ignore=shutil.ignore_patterns("target", ".floe"))
    artifact = copy / "shop" / "target" / "compiled_artifacts.json"
    for options in (
        {"cwd": copy / "shop"},
        {"cwd": copy, "spec": "shop"},
        {"cwd": "/", "spec": str(copy / "shop" / "floe.yaml")},
    ):
        shutil.rmtree(artifact.parent, ignore_errors=True)
        shutil.rmtree(copy / "shop" / ".floe", ignore_errors=True)
        spec = [options.pop("spec")] if "spec" in options else []
        filled.floe("compile", *spec, "--env", "ci", **options, **ELSEWHERE)
        assert artifact.read_bytes() == first


def test_the_same_bytes_with_and_without_the_cache_and_a_state_folder(filled, tmp_path):
    filled.compile()
    first = filled.artifact.read_bytes()
    filled.artifact.unlink()
    filled.compile()
    assert filled.artifact.read_bytes() == first
    filled.floe("compile", FLOE_STATE_DIR=str(tmp_path / "state"))
    assert (tmp_path / "state" / "shop" / "target" / "compiled_artifacts.json").read_bytes() == first


def test_the_same_bytes_when_only_comments_change(filled):
    filled.compile()
    first = filled.artifact.read_bytes()
    for path in (filled.root / "manifest.yaml", filled.product / "floe.yaml"):
        path.write_text("# one more line\n\n" + path.read_text())
    filled.compile()
    assert filled.artifact.read_bytes() == first


def test_no_path_and_no_name_of_this_machine(filled):
    filled.compile()
    text = filled.artifact.read_text()
    for secret in (str(filled.root), str(Path.home()), sys.prefix, os.uname().nodename):
        assert secret in ("/", "") or secret not in text


def test_the_platforms_folder_may_be_pinned_anywhere(filled, tmp_path):
    """`FLOE_MANIFEST` names a manifest that each machine has somewhere else."""
    spec = filled.product / "floe.yaml"
    spec.write_text(
        "\n".join(line for line in spec.read_text().splitlines() if "manifest" not in line and line != "platform:")
    )
    texts = []
    for place in (tmp_path / "etc", tmp_path / "somewhere" / "else"):
        place.mkdir(parents=True)
        shutil.copy(filled.root / "manifest.yaml", place / "lake.yaml")
        (filled.root / ".git").mkdir(exist_ok=True)
        filled.floe("compile", FLOE_MANIFEST=str(place / "lake.yaml"))
        texts.append(filled.artifact.read_bytes())
    assert texts[0] == texts[1]
    assert json.loads(texts[0])["metadata"]["manifest"] == "$FLOE_MANIFEST"
