"""What the page about lineage shows of this plugin is valid."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from support.pages import blocks

from floe_lineage_openlineage import KafkaConfig, OpenLineageConfig

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "lineage.md"


def entries():
    documents = [yaml.safe_load(block.text) for block in blocks(PAGE) if block.language == "yaml"]
    listed = [each["plugins"]["lineage"] for each in documents if "plugins" in each]
    flat = [entry for each in listed for entry in (each if isinstance(each, list) else [each])]
    return [entry for entry in flat if entry["type"] == "openlineage"]


@pytest.mark.parametrize("entry", entries())
def test_its_manifests_are_configurations(entry):
    assert OpenLineageConfig.model_validate(entry["config"])


def test_it_names_every_key():
    text = PAGE.read_text()
    missing = [key for model in (OpenLineageConfig, KafkaConfig) for key in model.model_fields if key not in text]
    assert missing == []
