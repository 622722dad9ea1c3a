"""What made an earlier system fail its integration tests; each test is named after its cause and provokes it."""

import inspect
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from floe_sdk import PluginType, build_artifacts
from floe_sdk.plugins.hookspecs import SPECS
from floe_sdk.plugins.markers import REQUIRED

STRICT = {
    "policy_enforcement_level": "warn",
    "pii_encryption": "required",
    "audit_logging": "enabled",
    "data_retention_days": 77,
    "default_ttl_hours": 48,
    "snapshot_keep_last": 3,
    "stale_table_recovery_mode": "repair",
    "quality_gates": {"minimum_test_coverage": 61},
}


def test_governance_is_not_taken_from_the_spec(workspace):
    """The spec has no governance, the manifest has: all of it is in the artifact, with where it came from."""
    workspace.write(manifest={"governance": STRICT})
    data = workspace.compile()
    for key, value in STRICT.items():
        if key != "quality_gates":
            assert data["governance"][key] == value
            assert data["governance_origin"][key] == {"file": "../manifest.yaml", "key": f"governance.{key}"}
    assert data["governance"]["quality_gates"]["minimum_test_coverage"] == 61
    # and what the spec says beside it tightens, but takes nothing away
    workspace.write(manifest={"governance": STRICT}, spec={"governance": {"data_retention_days": 100}})
    data = workspace.compile()
    assert (data["governance"]["data_retention_days"], data["governance"]["pii_encryption"]) == (100, "required")
    assert data["governance_origin"]["data_retention_days"]["file"] == "floe.yaml"


def test_governance_and_observability_can_not_be_dropped_before_the_artifact():
    """Whoever builds an artifact has to hand both over: there is no default to fall back to."""
    parameters = inspect.signature(build_artifacts).parameters
    for name in ("governance", "observability"):
        assert parameters[name].default is inspect.Parameter.empty
        assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
    with pytest.raises(TypeError, match="governance"):
        build_artifacts(None, None, None, observability=None)


def test_observability_is_not_hard_coded_and_the_environment_not_always_dev(workspace):
    tracing = {"enabled": True, "exporter": "file", "endpoint": "http://here:4317", "sample_ratio": 0.25}
    workspace.write(
        manifest={
            "observability": {
                "tracing": tracing,
                "lineage": {"enabled": True, "transport": "file", "namespace": "jobs"},
                "logging": {"level": "ERROR", "format": "json"},
            },
            "environments": {"staging": {"observability": {"tracing": {"endpoint": "http://there:4317"}}}, "ci": {}},
        }
    )
    for environment, endpoint in (
        ("dev", "http://here:4317"),
        ("ci", "http://here:4317"),
        ("staging", "http://there:4317"),
    ):
        data = workspace.compile("--env", environment)
        assert data["environment"] == environment
        assert data["resource_attributes"]["deployment.environment.name"] == environment
        assert data["resource_attributes"]["service.name"] == "shop"
        assert data["resource_attributes"]["service.version"] == "1.2.0"
        found = data["observability"]["tracing"]
        assert (found["endpoint"], found["sample_ratio"], found["exporter"]) == (endpoint, 0.25, "file")
        assert data["observability"]["lineage"]["namespace"] == "jobs"
        assert data["observability"]["logging"] == {"level": "ERROR", "format": "json"}


def test_spans_of_a_compile_reach_the_exporter_of_the_manifest(workspace):
    """Not a NoOp tracer because nobody initialised the provider."""
    workspace.write(manifest={"observability": {"tracing": {"enabled": True, "exporter": "file"}}})
    workspace.compile("--env", "dev")
    lines = (workspace.product / ".floe" / "traces.jsonl").read_text().splitlines()
    names = [name for line in lines for name in _names(json.loads(line))]
    stages = ("load", "validate", "resolve", "enforce", "compile", "generate")
    assert [name for name in names if name.startswith("compile.")] == [
        *(f"compile.{stage}" for stage in stages),
        "compile.pipeline",
    ]


def test_no_lineage_is_emitted_at_compile_time(workspace):
    workspace.write(manifest={"observability": {"lineage": {"enabled": True, "transport": "file"}}})
    data = workspace.compile()
    assert "lineage/file" in [f"{plugin['type']}/{plugin['name']}" for plugin in data["plugins"]]
    assert not (workspace.product / ".floe" / "lineage.jsonl").exists()
    assert not list(workspace.root.rglob("lineage*"))


def test_a_profile_is_right_on_every_machine(workspace):
    data = workspace.compile()
    assert str(workspace.root) not in json.dumps(data["profiles"])


def _names(entry):
    if "name" in entry:
        return [entry["name"]]
    return [
        span["name"]
        for value in entry.get("resourceSpans", [])
        for scope in value["scopeSpans"]
        for span in scope["spans"]
    ]


@pytest.mark.parametrize("kind", list(PluginType), ids=lambda kind: kind.value)
def test_no_plugin_type_is_without_an_entry_point_that_serves_it(kind):
    """A type is in the enum only with a plugin that is installed, loads, and has every hook that its type demands."""
    done = subprocess.run(
        [sys.executable, "-m", "floe_sdk", "plugins", "list", "--type", kind.value, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    names = [plugin["name"] for plugin in json.loads(done.stdout)["plugins"]]
    assert names
    required = {name for name, hook in vars(SPECS[kind]).items() if getattr(hook, REQUIRED, False)}
    for name in names:
        shown = subprocess.run(
            [sys.executable, "-m", "floe_sdk", "plugins", "show", f"{kind.value}/{name}"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert shown.returncode == 0, shown.stderr
        assert all(hook in shown.stdout for hook in required), name


def test_health_is_asked_of_the_real_thing(workspace):
    """The storage's check writes, reads and deletes a file, the catalog's queries its database: break them and see."""
    identities = ("storage/local", "catalog/sql")
    output, _ = workspace.floe("health")
    for identity in identities:
        assert re.search(rf"^{identity} +ok", output, re.MULTILINE), output
    state = workspace.root / ".floe" / "dev"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    (state / "warehouse").write_text("a file where the folder of the tables should be")
    (state / "catalog.db").write_bytes(b"no database" * 1000)
    output, _ = workspace.floe("health", code=4)
    for identity in identities:
        assert re.search(rf"^{identity} +FAULT", output, re.MULTILINE | re.IGNORECASE), output


def test_no_mark_outlives_its_bug():
    """There is no such mark in the tree, and one that would pass fails."""
    root = Path(__file__).parents[2]
    mark = "x" + "fail"
    files = [*root.glob("tests/**/*.py"), *root.glob("plugins/*/tests/**/*.py")]
    assert len(files) > 50
    assert [str(file) for file in files if re.search(rf"\b{mark}\b", file.read_text())] == []
    assert f"{mark}_strict = true" in (root / "pyproject.toml").read_text()
