"""The project's hash: what changes it, what does not, and that it needs no dbt."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from floe_sdk import FloeError


@pytest.mark.parametrize(
    "changed",
    [
        "dbt_project.yml",
        "packages.yml",
        "models/totals.sql",
        "models/new.yml",
        "macros/new.sql",
        "seeds/regions.csv",
        "snapshots/new.sql",
        "tests/positive.sql",
        "analyses/new.sql",
        "dbt_packages/other/macros/new.sql",
    ],
)
def test_a_file_of_dbt_changes_it(project, changed):
    before = project.fingerprint()
    path = project.root / changed
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + "\n# changed\n")
    assert project.fingerprint() != before


@pytest.mark.parametrize(
    "changed", ["raw/orders.csv", "README.md", "target/x.sql", "models/data.parquet", "logs/dbt.log"]
)
def test_source_data_and_what_dbt_does_not_read_leave_it(project, changed):
    before = project.fingerprint()
    (project.root / changed).parent.mkdir(exist_ok=True)
    (project.root / changed).write_text("something else")
    assert project.fingerprint() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"variables": {"smallest": 2}},
        {"environment": "ci"},
        {"namespace": "other"},
        {"profile": {"type": "duckdb", "threads": 2}},
        {"versions": {"floe-compute-duckdb": "9"}},
    ],
)
def test_what_parsing_depends_on_changes_it(project, changes):
    assert project.fingerprint(**changes) != project.fingerprint()


def test_an_environment_variable_that_the_project_reads_changes_it(project, monkeypatch):
    project.write_all({"models/totals.sql": "select '{{ env_var('SHOP_NAME', 'none') }}' as name"})
    monkeypatch.delenv("SHOP_NAME", raising=False)
    before = project.fingerprint()
    monkeypatch.setenv("SHOP_NAME", "x")
    assert project.fingerprint() != before
    monkeypatch.delenv("SHOP_NAME")
    monkeypatch.setenv("SHOP_OTHER", "x")
    assert project.fingerprint() == before


def test_a_variable_that_no_file_spells_out_counts_too(project, monkeypatch):
    project.write_all({"models/totals.sql": "select '{{ env_var('SHOP_' ~ 'NAME') }}' as name"})
    monkeypatch.setenv("SHOP_NAME", "x")
    graph = project.graph()
    assert graph.variables_read == ("SHOP_NAME",)
    assert project.fingerprint() == graph.project_hash
    shutil.rmtree(project.state)  # another machine: only the artifact knows the name
    assert project.fingerprint(variables_read=graph.variables_read) == graph.project_hash
    monkeypatch.setenv("SHOP_NAME", "y")
    assert project.fingerprint(variables_read=graph.variables_read) != graph.project_hash


def test_the_place_of_the_project_does_not_matter(project, tmp_path):
    elsewhere = shutil.copytree(project.root, tmp_path / "deeper" / "place")
    assert project.fingerprint(project_dir=elsewhere, product_root=elsewhere) == project.fingerprint()


def test_the_graph_carries_the_same_hash(project):
    assert project.graph().project_hash == project.fingerprint()


def test_it_imports_no_dbt(project):
    code = """
import sys
from pathlib import Path
from floe_sdk import GraphRequest
from floe_transform_dbt import DbtConfig, DbtTransform
root = Path(sys.argv[1])
request = GraphRequest(root, root, {"type": "duckdb"}, "shop", "dev", root / "cache")
DbtTransform(DbtConfig()).transform_fingerprint(request)
print([name for name in sys.modules if name.split(".")[0] in ("dbt", "duckdb", "dbt_common")])
"""
    done = subprocess.run([sys.executable, "-c", code, project.root], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_loop_of_links_ends(project):
    (project.root / "models" / "again").symlink_to(project.root / "models")
    assert project.fingerprint()


def test_a_folder_without_a_project_is_named(project):
    (project.root / "dbt_project.yml").unlink()
    with pytest.raises(FloeError) as caught:
        project.fingerprint()
    assert caught.value.code.id == "FLOE-T001"
    assert str(project.root) in caught.value.problem


@pytest.mark.parametrize("text", ["name: [unclosed", "just text", "- a list", "\xff"])
def test_a_broken_project_file_is_named(project, text):
    (project.root / "dbt_project.yml").write_bytes(text.encode("latin-1"))
    with pytest.raises(FloeError) as caught:
        project.fingerprint()
    assert caught.value.code.id == "FLOE-T002"
    assert "dbt_project.yml" in caught.value.render()
