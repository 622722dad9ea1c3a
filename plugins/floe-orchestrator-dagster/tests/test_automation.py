"""Jobs, schedules, resources, retries and freshness, as a code location has them."""

import json
from datetime import timedelta

import pytest
from dagster import AssetKey, Backoff, DefaultScheduleStatus
from support.workspace import MANIFEST, SPEC

from floe_orchestrator_dagster import floe_definitions

K8S = "dagster-k8s/config"
PRESETS = {
    "small": {"cpu_request": "250m", "memory_limit": "2Gi"},
    "large": {"requests": {"cpu": 4, "memory": "8Gi"}, "limits": {"cpu": 8}},
}
MODELS = [
    {"name": "stg_orders", "meta": {"ttl_hours": 6}},
    {"name": "mart", "depends_on": ["model.shop.stg_orders"]},
]


@pytest.fixture
def load(lake):
    """The definitions of the product after a compile with these documents."""

    def compiled(*, config=None, spec=None, labels=None, presets=PRESETS, models=MODELS, **manifest):
        orchestrator = {"type": "dagster", "config": config or {}}
        lake.write(
            manifest={
                "plugins": {**MANIFEST["plugins"], "orchestrator": orchestrator},
                "resource_presets": presets,
                **manifest,
            },
            spec={**(spec or {}), "metadata": {**SPEC["metadata"], "labels": labels or {}}},
            models=models,
        )
        lake.compile()
        return floe_definitions(lake.product / "target")

    return compiled


def job(definitions, name="shop"):
    return definitions.resolve_job_def(name)


def op(definitions):
    """The one that runs the product."""
    (node,) = job(definitions).nodes
    return node.definition


def schedule(definitions):
    (found,) = definitions.schedules
    return found.cron_schedule, found.execution_timezone, found.default_status


def resources(definitions):
    """Of the op, as an executor reads them; those of each job, for the launcher, are the same."""
    found = {op(definitions).tags.get(K8S)}
    found |= {job(definitions, name).tags.get(K8S) for name in ("shop", "shop_changed", "shop_maintenance")}
    (text,) = found
    return json.loads(text)["container_config"]["resources"] if text else None


RUNNING, STOPPED = DefaultScheduleStatus.RUNNING, DefaultScheduleStatus.STOPPED
OWN = {"cron": "15 5 * * *", "timezone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("config", "own", "expected"),
    [
        ({}, OWN, ("15 5 * * *", "Europe/Berlin", RUNNING)),
        ({}, {**OWN, "enabled": False}, ("15 5 * * *", "Europe/Berlin", STOPPED)),
        ({"default_schedule": "0 6 * * *"}, None, ("0 6 * * *", "UTC", RUNNING)),
        ({"default_schedule": "0 6 * * *"}, OWN, ("15 5 * * *", "Europe/Berlin", RUNNING)),
        ({"default_schedule": "0 6 * * *"}, {"enabled": False}, ("0 6 * * *", "UTC", STOPPED)),
        ({"default_schedule": {**OWN, "enabled": False}}, None, ("15 5 * * *", "Europe/Berlin", STOPPED)),
        ({"default_schedule": OWN}, {"timezone": "Asia/Tokyo"}, ("15 5 * * *", "Asia/Tokyo", RUNNING)),
    ],
)
def test_the_schedule_is_the_product_s_else_the_platform_s(load, config, own, expected):
    definitions = load(config=config, spec={"schedule": own} if own else {})
    assert schedule(definitions) == expected
    assert definitions.schedules[0].job_name == "shop"


def test_nobody_s_time_is_no_schedule(load):
    assert not load().schedules
    assert not load(spec={"schedule": {"enabled": True}}).schedules


def test_there_are_jobs_for_all_for_what_has_changed_and_for_maintenance(load):
    definitions = load()
    whole, changed = job(definitions), job(definitions, "shop_changed")
    assert whole.asset_layer.executable_asset_keys == {AssetKey(["shop", "stg_orders"]), AssetKey(["shop", "mart"])}
    assert changed.asset_layer.executable_asset_keys == whole.asset_layer.executable_asset_keys
    assert changed.run_config == {"ops": {"shop_run": {"config": {"changed": True}}}}
    assert whole.run_config in (None, {})
    assert whole.tags["floe/product"] == "shop"
    assert [node.name for node in job(definitions, "shop_maintenance").nodes] == ["shop_maintain"]


def test_maintenance_of_a_product_runs_the_command_on_the_artifact(load, engine, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(engine.folder))
    result = job(load(models=[]), "shop_maintenance").execute_in_process(raise_on_error=False)
    assert result.success
    (output,) = [event for event in result.all_events if event.is_successful_output]
    assert output.step_output_data.metadata["tables"].value == 0


def test_maintenance_that_is_refused_says_why_in_floe_s_words(load, lake):
    definitions = load()
    lake.artifact.write_text("{}")
    result = job(definitions, "shop_maintenance").execute_in_process(raise_on_error=False)
    assert not result.success
    (failure,) = result.get_step_failure_events()
    told = failure.step_failure_data.user_failure_data
    assert "FLOE-C005" in told.description
    assert f"fix: compile again: floe compile {lake.product}" in told.description
    assert told.metadata["floe/code"].value == "FLOE-C005"


@pytest.mark.parametrize(
    ("config", "labels", "presets", "expected"),
    [
        ({}, {}, {"small": PRESETS["small"]}, {"requests": {"cpu": "250m"}, "limits": {"memory": "2Gi"}}),
        ({}, {}, PRESETS, None),
        ({}, {}, {**PRESETS, "default": {"cpu_limit": 1}}, {"limits": {"cpu": "1"}}),
        ({"resource_preset": "small"}, {}, PRESETS, {"requests": {"cpu": "250m"}, "limits": {"memory": "2Gi"}}),
        (
            {"resource_preset": "small"},
            {"resource_preset": "large"},
            PRESETS,
            {"requests": {"cpu": "4", "memory": "8Gi"}, "limits": {"cpu": "8"}},
        ),
    ],
)
def test_a_resource_preset_is_what_kubernetes_is_asked_for(load, config, labels, presets, expected):
    assert resources(load(config=config, labels=labels, presets=presets)) == expected


def test_a_step_is_tried_again_only_where_the_platform_says_so(load):
    def policy(**config):
        return op(load(config=config)).retry_policy

    assert policy() is None
    found = policy(max_retries=3, retry_delay_seconds=5)
    assert (found.max_retries, found.delay, found.backoff) == (3, 5, Backoff.EXPONENTIAL)


def test_a_table_may_become_as_old_as_the_project_or_the_platform_says(load):
    def windows(**manifest):
        specs = {spec.key.path[-1]: spec for spec in load(**manifest).resolve_all_asset_specs()}
        policies = {name: spec.freshness_policy for name, spec in specs.items()}
        return {name: each.fail_window.to_timedelta() if each else None for name, each in policies.items()}

    assert windows() == {"stg_orders": timedelta(hours=6), "mart": None}
    governed = windows(governance={"default_ttl_hours": 48})
    assert governed == {"stg_orders": timedelta(hours=6), "mart": timedelta(hours=48)}
