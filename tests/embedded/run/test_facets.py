"""What lineage says beside the edges, as real runs make it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.lineage import judge

BROKEN = "select cast('planted-secret-2' as integer) as x from {{ ref('orders') }}"


def git(folder, *arguments):
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, env=environment)
    return done.stdout.decode().strip()


@pytest.fixture
def ends(product):
    """Run; returns the terminal events of that run by job."""

    def run(*arguments):
        before = len(product.lineage())
        product.code = product.run(*arguments)
        events = product.lineage()[before:]
        judging = judge()
        for event in events:
            judging.check(event)
        return {each["job"]["name"]: each for each in events if each["eventType"] != "START"}

    return run


def test_a_job_names_its_file_at_the_commit_that_is_checked_out(product, ends):
    git(product.platform, "init")
    git(product.platform, "remote", "add", "origin", "https://me:planted-token@git.example.com/acme/data.git")
    git(product.platform, "add", ".")
    git(product.platform, "commit", "-m", "first")
    commit = git(product.platform, "rev-parse", "HEAD")
    found = ends()
    where = found["shop.shop.orders"]["job"]["facets"]["sourceCodeLocation"]
    path = f"{product.root.name}/models/orders.sql"
    assert where["url"] == f"https://git.example.com/acme/data/blob/{commit}/{path}"
    assert (where["path"], where["version"], where["branch"]) == (path, commit, "main")
    assert found["shop"]["job"]["facets"]["sourceCodeLocation"]["path"] == f"{product.root.name}/floe.yaml"
    assert "planted-token" not in json.dumps(found)


def test_without_a_repository_no_file_is_named(ends):
    assert all("sourceCodeLocation" not in event["job"]["facets"] for event in ends().values())


def test_a_dataset_says_what_became_of_it_at_which_version(ends):
    def of(found):
        (output,) = found["shop.shop.orders"]["outputs"]
        return output["facets"]

    first, second = of(ends()), of(ends())
    assert first["lifecycleStateChange"]["lifecycleStateChange"] == "CREATE"
    assert second["lifecycleStateChange"]["lifecycleStateChange"] == "OVERWRITE"
    assert first["version"]["datasetVersion"].isdigit()
    assert second["version"]["datasetVersion"] != first["version"]["datasetVersion"]


def test_a_test_says_what_it_found_and_over_how_many_rows(product, ends):
    (product.root / "raw" / "orders.csv").write_text("id,region,amount\n1,1,5\n1,2,7\n,1,1\n")
    found = ends()
    by_test = {name.rpartition(".test.")[2]: event for name, event in found.items() if ".test." in name}
    (tested,) = by_test["unique_orders_id"]["inputs"]
    answer = tested["inputFacets"]["dataQualityAssertions"]["assertions"][0]
    assert (answer["assertion"], answer["column"], answer["success"], answer["actual"]) == ("unique", "id", False, "1")
    assert tested["inputFacets"]["dataQualityMetrics"]["rowCount"] == 3
    (tested,) = by_test["not_null_orders_id"]["inputs"]
    assert tested["inputFacets"]["dataQualityMetrics"]["columnMetrics"] == {"id": {"nullCount": 1}}


def test_an_error_has_its_message_and_a_stack_without_this_machine_s_places_and_secrets(product, ends):
    from floe_sdk import redactor

    redactor.add("planted-secret-2")
    (product.root / "models" / "broken.sql").write_text(BROKEN)
    found = ends()
    error = found["shop.shop.broken"]["run"]["facets"]["errorMessage"]
    assert product.code == 1
    assert "Conversion Error" in error["message"]
    assert "Traceback (most recent call last)" in error["stackTrace"]
    assert 'File "dbt/' in error["stackTrace"]
    assert "site-packages" not in error["stackTrace"]
    assert error["programmingLanguage"] == "PYTHON"
    assert "planted-secret-2" not in json.dumps(found)


def test_a_run_that_fails_as_a_whole_has_a_stack_too(product, ends):
    assert ends()["shop"]["eventType"] == "COMPLETE"
    warehouse = product.platform / ".floe/dev/warehouse"
    shutil.rmtree(warehouse)
    warehouse.write_text("no folder")
    error = ends()["shop"]["run"]["facets"]["errorMessage"]
    assert error["message"]
    assert 'File "floe_sdk/runtime/' in error["stackTrace"]


def test_every_facet_that_the_documentation_names_is_emitted_and_no_other(product, ends, monkeypatch):
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", "airflow://prod/daily/0190a6f5-0000-7000-8000-000000000001")
    monkeypatch.setenv("FLOE_NOMINAL_TIME", "2026-03-01T12:00:00+00:00")
    git(product.platform, "init")
    git(product.platform, "remote", "add", "origin", "https://git.example.com/acme/data.git")
    git(product.platform, "add", ".")
    git(product.platform, "commit", "-m", "first")
    (product.root / "models" / "broken.sql").write_text(BROKEN)
    (product.root / "models" / "many.sql").write_text("select columns('i.*') from {{ ref('orders') }}")
    (product.root / "models" / "more.yml").write_text(MORE)
    found = set()
    for event in ends().values():
        found |= {("run", name) for name in event["run"]["facets"]} | {("job", name) for name in event["job"]["facets"]}
        for dataset in (*event["inputs"], *event["outputs"]):
            for kind, where in (("facets", "dataset"), ("inputFacets", "input"), ("outputFacets", "output")):
                found |= {(where, name) for name in dataset.get(kind, {})}
    assert found == documented()


MORE = """
models:
  - name: many
    description: Many.
    config: {tags: [gold], meta: {owner: ann@example.com}}
"""


def documented():
    page = Path(__file__).parents[3] / "docs" / "lineage-facets.md"
    table = page.read_text(encoding="utf-8").partition("## Facets")[2].partition("## ")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    return {(of.strip(), name) for names, of in rows for name in re.findall("`(\\w+)`", names)} - {("run", "root")}
