import json
import os
import stat
import sys

import pytest
from support.workspace import MANIFEST

from floe_sdk import read_artifact

# Root writes where the permissions forbid it; without this capability it is held by them as everybody is.
UNPRIVILEGED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
COMMAND = (*UNPRIVILEGED, sys.executable, "-m", "floe_sdk")


def test_an_artifact_is_written_and_read(workspace):
    data = workspace.compile("--env", "dev")
    artifacts = read_artifact(workspace.artifact)
    assert artifacts.metadata.content_hash == data["metadata"]["content_hash"]
    assert (artifacts.metadata.product, artifacts.metadata.platform) == ("shop", "lake")
    assert (artifacts.metadata.platform_root, artifacts.metadata.manifest) == ("..", "../manifest.yaml")
    assert artifacts.metadata.project_hash == artifacts.transforms.project_hash
    assert [node.name for node in artifacts.transforms.nodes] == ["mart", "stg_orders"]
    assert {node.owner for node in artifacts.transforms.nodes} == {"shop@example.com"}
    assert artifacts.namespace == "shop"
    assert [f"{plugin.type}/{plugin.name}" for plugin in artifacts.plugins] == [
        "catalog/sql",
        "compute/tiny",
        "orchestrator/tiny",
        "policy/builtin",
        "secrets/env",
        "storage/local",
        "transform/tiny",
    ]
    assert {plugin.distribution for plugin in artifacts.plugins} == {"floe-sdk", "tiny-engine"}


def test_it_needs_no_secret_and_holds_the_reference(workspace):
    data = workspace.compile()
    assert data["profiles"]["tiny"]["password"] == {"env": "TINY_PASSWORD_THAT_NOBODY_SET"}
    (compute,) = [plugin for plugin in data["plugins"] if plugin["type"] == "compute"]
    assert compute["config"]["password"] == {"env": "TINY_PASSWORD_THAT_NOBODY_SET"}


def test_a_literal_secret_is_refused_or_told(workspace):
    compute = {"type": "tiny", "config": {"password": "hunter2-planted"}}  # pragma: allowlist secret
    workspace.write(manifest={"plugins": {**_plugins(), "compute": compute}})
    _, text = workspace.floe("compile", code=2)
    assert "FLOE-S001" in text
    assert not workspace.artifact.exists()
    out, text = workspace.floe("compile", "--allow-literal-secrets")
    assert "warning" in text
    assert "hunter2" not in out + text + workspace.artifact.read_text()
    assert json.loads(workspace.artifact.read_text())["profiles"]["tiny"]["password"] == {
        "manifest": "/plugins/compute/config/password"
    }


def test_what_the_command_prints(workspace):
    out, err = workspace.floe("compile", "--env", "dev")
    assert "compiled shop 1.2.0 for dev: 2 nodes, 2 tables in shop" in out
    assert "target/compiled_artifacts.json" in out
    assert err == ""
    data = json.loads(workspace.floe("compile", "--json")[0])
    assert data["cached"] is True
    assert data["artifact"] == str(workspace.artifact)
    assert data["content_hash"] == read_artifact(workspace.artifact).metadata.content_hash


def test_the_graph_is_read_again_only_when_the_project_changed(workspace):
    workspace.compile()
    workspace.compile()
    assert workspace.graph_calls == 1
    workspace.write(spec={"transforms": [{"name": "mart", "tier": "gold"}]})
    assert [node.get("tier") for node in workspace.compile()["transforms"]["nodes"]] == ["gold", None]
    assert workspace.graph_calls == 1  # floe.yaml is not the project
    workspace.write(models=[{"name": "other"}])
    workspace.compile()
    assert workspace.graph_calls == 2
    workspace.write()
    workspace.compile()
    assert workspace.graph_calls == 2  # known from before


def test_a_broken_cache_is_a_miss(workspace):
    workspace.compile()
    (cached,) = (workspace.product / ".floe" / "cache").glob("graph-*.json")
    cached.write_text(cached.read_text()[:50])
    workspace.compile()
    assert workspace.graph_calls == 2


def test_a_few_graphs_are_kept(workspace):
    for number in range(7):
        workspace.write(models=[{"name": f"m{number}"}])
        workspace.compile()
    assert len(list((workspace.product / ".floe" / "cache").glob("graph-*.json"))) == 4


def test_transforms_are_checked_against_the_graph_at_their_place(workspace):
    workspace.write(spec={"transforms": [{"name": "mart"}, {"name": "stg_order"}]})
    _, text = workspace.floe("compile", code=2)
    assert "floe.yaml:11:9: error[FLOE-C007]" in text
    assert "did you mean `stg_orders`?" in text
    assert not workspace.artifact.exists()


def test_a_product_without_a_project_has_the_graph_of_its_transforms(workspace):
    entries = [{"name": "mart", "depends_on": ["orders"]}, {"name": "orders"}]
    workspace.write(models=None, spec={"transforms": entries})
    _, text = workspace.floe("compile")
    assert "`transforms`" in text
    data = json.loads(workspace.artifact.read_text())
    assert data["transforms"]["engine"] == "floe"
    assert [node["depends_on"] for node in data["transforms"]["nodes"]] == [["model.shop.orders"], []]


def test_a_product_with_nothing_to_transform_is_refused(workspace):
    workspace.write(models=None)
    _, text = workspace.floe("compile", code=2)
    assert "models.json" in text


def test_a_profile_that_is_right_on_one_machine_only_is_refused(workspace):
    _, text = workspace.floe("compile", code=2, TINY_PROFILE_PATH=str(workspace.product / "x.db"))
    assert "FLOE-C011" in text


def test_a_strict_governance_says_no_and_nothing_is_written(workspace):
    governance = {"policy_enforcement_level": "strict", "quality_gates": {"require_descriptions": True}}
    workspace.write(manifest={"governance": governance})
    _, text = workspace.floe("compile", code=3)
    assert "model-descriptions" in text
    assert "findings: 2 error" in text
    assert "FLOE-G001" in text
    assert not workspace.artifact.exists()
    (error,) = json.loads(workspace.floe("compile", "--json", code=3)[0])["errors"]
    assert len(error["enforcement"]["findings"]) == 2


def test_a_terminal_sees_twenty_findings_and_their_number(workspace):
    workspace.write(
        manifest={"governance": {"policy_enforcement_level": "warn", "quality_gates": {"require_descriptions": True}}},
        models=[{"name": f"m{number}"} for number in range(30)],
    )
    out, _ = workspace.floe("compile")
    assert out.count("model-descriptions") == 20
    assert "and 10 more" in out
    assert "findings: 30 error" in out
    assert json.loads(workspace.artifact.read_text())["enforcement"]["counts"]["error"] == 30


def test_the_orchestrators_files_are_written(workspace):
    workspace.compile("--env", "dev")
    assert (workspace.product / "target" / "tiny" / "definitions.py").read_text() == "# shop in dev\n"


@pytest.mark.parametrize("name", ["../escape.py", "/tmp/escape.py", "a/../../escape.py"])
def test_an_orchestrator_writes_nowhere_else(workspace, name):
    _, text = workspace.floe("compile", code=4, TINY_GENERATES=name)
    assert "FLOE-C012" in text


def test_observers_hear_of_it(workspace):
    workspace.write(manifest={"plugins": {**_plugins(), "policy": [{"type": "watcher"}]}})
    out, _ = workspace.floe("compile")
    assert f"watcher saw {read_artifact(workspace.artifact).metadata.content_hash[:8]}" in out


def test_what_did_not_change_is_not_written_again(workspace):
    workspace.compile()
    before = workspace.artifact.stat()
    workspace.compile()
    assert workspace.artifact.stat().st_mtime_ns == before.st_mtime_ns
    assert workspace.artifact.stat().st_ino == before.st_ino
    assert stat.S_IMODE(before.st_mode) == 0o644


def test_the_state_folder_takes_everything(workspace, tmp_path):
    state = tmp_path / "state"
    _make_read_only(workspace.root)
    workspace.floe("compile", FLOE_STATE_DIR=str(state), command=COMMAND)
    assert (state / "shop" / "target" / "compiled_artifacts.json").is_file()
    assert not (workspace.product / ".floe").exists()
    assert not (workspace.product / "target").exists()


def test_a_read_only_folder_names_the_variable(workspace):
    _make_read_only(workspace.root)
    _, text = workspace.floe("compile", code=1, command=COMMAND)
    assert "FLOE-C001" in text
    assert "FLOE_STATE_DIR" in text


def test_a_full_disk_leaves_the_old_artifact(workspace):
    workspace.compile()
    before = workspace.artifact.read_bytes()
    workspace.write(models=[{"name": f"model_{number}", "description": "x" * 1000} for number in range(200)])
    limited = (
        "import resource, signal, sys, runpy; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)); sys.argv[0] = 'floe';"
        "runpy.run_module('floe_sdk', run_name='__main__')"
    )
    _, text = workspace.floe("compile", code=1, command=(sys.executable, "-c", limited))
    assert "FLOE-C001" in text
    assert workspace.artifact.read_bytes() == before
    assert [path.name for path in workspace.artifact.parent.iterdir() if path.suffix == ".tmp"] == []


def _plugins():
    return MANIFEST["plugins"]


def _make_read_only(folder):
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
