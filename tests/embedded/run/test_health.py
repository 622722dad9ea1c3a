"""`floe health`: real round trips, side by side, within a deadline."""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version

import pytest
from support.packages import Site

HANGING = """
    import time
    from floe_sdk import StorageAccess, hookimpl

    class Plugin:
        @hookimpl
        def storage_access(self):
            return StorageAccess(root="mem://x/")

        @hookimpl
        def plugin_health(self, timeout):
            {body}
"""

USES_IT_ALL = """time.sleep(timeout + 0.1)  # and what it takes to say so
            from floe_sdk import STORAGE_UNREACHABLE, FloeError

            raise FloeError(STORAGE_UNREACHABLE, "10.0.0.7 does not answer", fix="see that it runs")"""
RAISES = 'raise OSError("the disk is gone")'


@pytest.fixture
def site(tmp_path, monkeypatch):
    made = Site(tmp_path / "site")
    monkeypatch.syspath_prepend(str(made.folder))
    yield made
    sys.modules.pop("floe_odd", None)


def answers(product, *arguments):
    code = product.floe("health", product.root, "--json", *arguments)
    return code, {each["plugin"]: each for each in json.loads(product.out)["plugins"]}


def test_every_plugin_answers_or_says_that_it_has_no_check(product):
    code, plugins = answers(product)
    assert code == 0
    assert {"catalog/sql", "compute/duckdb", "storage/local", "transform/dbt", "tracing"} <= set(plugins)
    assert plugins["storage/local"]["ok"] is True
    assert plugins["storage/local"]["seconds"] >= 0
    assert plugins["transform/dbt"]["ok"] is True
    assert plugins["transform/dbt"]["message"].startswith("dbt 1.")
    assert {"duckdb", "floe"} <= set(plugins["transform/dbt"]["details"]["adapters"])
    assert plugins["compute/duckdb"]["ok"] is True
    assert plugins["compute/duckdb"]["message"] == f"DuckDB {version('duckdb')} computes"
    assert plugins["orchestrator/local"] == {
        "plugin": "orchestrator/local",
        "ok": None,
        "seconds": None,
        "message": "the plugin has no check",
        "details": {},
        "fix": None,
        "code": None,
    }
    assert plugins["tracing"]["ok"] is True


def test_a_plugin_that_hangs_is_reported_at_the_deadline(product, site):
    site.install("floe-odd", HANGING.format(body="time.sleep(60)"), plugins={"storage/odd": "Plugin"})
    manifest = product.platform / "manifest.yaml"
    manifest.write_text(manifest.read_text().replace("storage: {type: local}", "storage: {type: odd}"))
    began = time.monotonic()
    code, plugins = answers(product, "--timeout", "1")
    assert time.monotonic() - began < 15
    assert code == 4
    assert plugins["storage/odd"]["ok"] is False
    assert "no answer within 1 s" in plugins["storage/odd"]["message"]


def test_a_plugin_that_uses_all_of_its_time_still_tells_its_reason(product, site):
    site.install("floe-odd", HANGING.format(body=USES_IT_ALL), plugins={"storage/odd": "Plugin"})
    manifest = product.platform / "manifest.yaml"
    manifest.write_text(manifest.read_text().replace("storage: {type: local}", "storage: {type: odd}"))
    code, plugins = answers(product, "--timeout", "5")
    assert code == 4
    assert plugins["storage/odd"]["message"] == "10.0.0.7 does not answer"
    assert plugins["storage/odd"]["code"] == "FLOE-K042"
    assert plugins["storage/odd"]["fix"] == "see that it runs"


def test_a_plugin_that_raises_has_a_fault(product, site):
    site.install("floe-odd", HANGING.format(body=RAISES), plugins={"storage/odd": "Plugin"})
    manifest = product.platform / "manifest.yaml"
    manifest.write_text(manifest.read_text().replace("storage: {type: local}", "storage: {type: odd}"))
    code, plugins = answers(product)
    assert code == 4
    assert plugins["storage/odd"]["message"] == "OSError: the disk is gone"


def test_tracing_that_is_enabled_and_goes_nowhere_is_a_fault(product, monkeypatch):
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    code, plugins = answers(product)
    assert code == 4
    assert plugins["tracing"]["ok"] is False
    assert "OTEL_SDK_DISABLED" in plugins["tracing"]["message"]


def test_a_compute_that_cannot_start_has_a_fault(product):
    manifest = product.platform / "manifest.yaml"
    config = "compute: {type: duckdb, config: {memory_limit: 900%}}"
    manifest.write_text(manifest.read_text().replace("compute: {type: duckdb}", config))
    code, plugins = answers(product)
    assert code == 4
    assert "DuckDB does not start" in plugins["compute/duckdb"]["message"]


EXPORTER = """
    from floe_sdk import hookimpl

    class Plugin:
        @hookimpl
        def telemetry_span_exporter(self):
            raise RuntimeError("no exporter today")
"""


def test_a_telemetry_plugin_that_fails_costs_a_warning_and_no_other_spans(product, site):
    site.install("floe-odd", EXPORTER, plugins={"telemetry/odd": "Plugin"})
    manifest = product.platform / "manifest.yaml"
    manifest.write_text(
        manifest.read_text().replace("orchestrator:", "telemetry: [{type: odd}, {type: file}]\n  orchestrator:")
    )
    assert product.floe("compile", product.root) == 0
    assert "telemetry/odd could not make its exporter: RuntimeError: no exporter today" in product.err
    assert "unexpected" not in product.err
    assert "compile.pipeline" in (product.state / "traces.jsonl").read_text()
    code, plugins = answers(product)
    assert code == 4
    assert "telemetry/odd" in plugins["tracing"]["message"]
