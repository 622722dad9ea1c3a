"""What Marquez shows of `floe run`: jobs, runs, datasets, column lineage, by its own API.

Against the Marquez that FLOE_TEST_OPENLINEAGE_URL names; and, as far as that answers the same questions, against the
server for tests of `floe_sdk.testing`, so that these tests are run everywhere.
"""

from __future__ import annotations

import json
import os
import uuid

import pytest
from support.marquez import ADDRESS, Marquez
from support.products import make_product, manifest_text

from floe_sdk.testing import LineageServer


@pytest.fixture(scope="module", params=["a Marquez", "the server for tests"])
def marquez(request):
    if request.param == "a Marquez":
        address = os.environ.get(ADDRESS)
        if not address:
            pytest.skip(f"{ADDRESS} names no Marquez, which can't be had from the package registries")
        yield Marquez(address)
        return
    with LineageServer() as server:
        yield Marquez(server.uri)
        server.check()


@pytest.fixture(scope="module")
def namespace():
    return f"floe-test-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def ran(marquez, namespace, forks, tmp_path_factory):
    """One run of a product of dbt, and the events that it sent as its file has them, by job and type."""
    extra = f"lineage: {{type: openlineage, config: {{url: {marquez.uri}, allow_insecure_http: true}}}}"
    manifest = manifest_text().replace("  orchestrator:", f"  {extra}\n  orchestrator:")
    manifest = manifest.replace("lineage: {transport: file}", f"lineage: {{transport: file, namespace: {namespace}}}")
    product = make_product(tmp_path_factory.mktemp("marquez") / "lake", manifest=manifest)
    status, output, _ = forks.run("run", cwd=product)
    assert status == 0, output
    assert "lineage/" not in output
    events = [json.loads(line) for line in (product / ".floe/lineage.jsonl").read_text().splitlines()]
    return {(each["job"]["name"], each["eventType"]): each for each in events}


def test_every_job_is_there_and_its_run_has_ended_well(marquez, namespace, ran):
    assert namespace in marquez.namespaces()
    jobs = {name for name, _ in ran}
    assert {"shop", "shop.shop.orders", "shop.shop.totals"} < jobs
    assert len(marquez.jobs(namespace)) == len(jobs)
    for job in jobs:
        run = marquez.wait_for(namespace, marquez.name_of(namespace, job, "shop"), "COMPLETED")
        assert run["id"] == ran[job, "START"]["run"]["runId"]


def test_a_node_reads_and_writes_what_it_says(marquez, namespace, ran):
    name = marquez.name_of(namespace, "shop.shop.orders", "shop")
    marquez.wait_for(namespace, name, "COMPLETED")
    job = marquez.job(namespace, name)
    sent = ran["shop.shop.orders", "COMPLETE"]
    for side in ("inputs", "outputs"):
        assert sent[side]
        assert {(each["namespace"], each["name"]) for each in job[side]} == {
            (each["namespace"], each["name"]) for each in sent[side]
        }


def test_a_table_has_its_columns(marquez, namespace, ran):
    (table,) = ran["shop.shop.orders", "COMPLETE"]["outputs"]
    found = marquez.dataset(table["namespace"], table["name"])
    assert {each["name"] for each in found["fields"]} == {"id", "region", "amount", "name"}


def test_a_column_is_known_by_what_it_is_made_from(marquez, namespace, ran):
    (orders,) = ran["shop.shop.orders", "COMPLETE"]["outputs"]
    (totals,) = ran["shop.shop.totals", "COMPLETE"]["outputs"]
    columns = marquez.columns(totals["namespace"], totals["name"])
    assert {name: {each for each in made if each[0] == orders["name"]} for name, made in columns.items()} == {
        "name": {(orders["name"], "name")},
        "amount": {(orders["name"], "amount")},
    }
