"""What a compile refuses because Dagster, or the platform's presets, could not do it."""

import pytest
from support.workspace import MANIFEST, SPEC


def manifest(presets=None, **config):
    orchestrator = {"type": "dagster", "config": config}
    return {
        "plugins": {**MANIFEST["plugins"], "orchestrator": orchestrator},
        **({"resource_presets": presets} if presets else {}),
    }


@pytest.mark.parametrize("cron", ["*/5 * * * * *", "0 6 LW * *", "0 6 * * 5L"])
def test_a_time_that_dagster_does_not_know_is_refused_by_the_compile(lake, cron):
    lake.write(spec={"schedule": {"cron": cron}})
    text = "".join(lake.floe("compile", code=2))
    assert "FLOE-O010" in text
    assert "floe.yaml: schedule.cron" in text
    assert cron in text
    lake.write(manifest=manifest(default_schedule=cron), spec={"schedule": {"cron": "0 6 * * *"}})
    lake.compile()
    lake.write(manifest=manifest(default_schedule=cron))
    assert "plugins.orchestrator.config.default_schedule" in lake.floe("compile", code=2)[1]


@pytest.mark.parametrize("cron", ["15 5 * * *", "0 6 L * *", "0 6 * * 5#3", "0 6 * * MON-FRI", "0 0 29 2 *"])
def test_other_times_compile(lake, cron):
    lake.write(spec={"schedule": {"cron": cron}})
    lake.compile()


def test_a_preset_that_the_platform_does_not_have_is_refused_with_the_nearest(lake):
    presets = {"small": {"cpu_request": "250m"}, "large": {"cpu_request": "4"}}
    lake.write(manifest=manifest(presets, resource_preset="smal"))
    text = "".join(lake.floe("compile", code=2))
    assert "FLOE-O011" in text
    assert "did you mean 'small'?" in text
    labelled = {"metadata": {**SPEC["metadata"], "labels": {"resource_preset": "huge"}}}
    lake.write(manifest=manifest(presets, resource_preset="small"), spec=labelled)
    text = "".join(lake.floe("compile", code=2))
    assert "floe.yaml: metadata.labels.resource_preset" in text
    assert "there are: large, small" in text
