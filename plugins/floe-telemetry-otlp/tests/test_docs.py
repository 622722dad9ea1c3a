"""What the page "Telemetry" and the README show is valid, and names everything."""

from __future__ import annotations

from pathlib import Path

import yaml
from support.pages import blocks

from floe_sdk import ObservabilityConfig
from floe_sdk.observability.metrics import METRICS
from floe_telemetry_otlp.config import OtlpConfig

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "how-to" / "telemetry.md"


def test_its_manifests_are_configurations():
    found = [yaml.safe_load(each.text) for each in blocks(PAGE) if each.language == "yaml"]
    configs = [OtlpConfig.model_validate(one["plugins"]["telemetry"]["config"]) for one in found[2:3]]
    assert configs[0].protocol == "grpc"
    sections = [ObservabilityConfig.model_validate(one["observability"]) for one in found if "observability" in one]
    assert len(sections) == 4


def test_every_metric_is_named():
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in METRICS if f"`{name}`" not in text] == []


def test_every_key_is_in_the_readme():
    text = (ROOT / "plugins" / "floe-telemetry-otlp" / "README.md").read_text(encoding="utf-8")
    assert [name for name in OtlpConfig.model_fields if f"`{name}`" not in text] == []
