"""What the page "Polaris catalog" shows is valid."""

from __future__ import annotations

from pathlib import Path

import yaml
from support.pages import blocks

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "polaris.md"


def block(language):
    (found,) = [each.text for each in blocks(PAGE) if each.language == language]
    return found


def test_its_manifest_is_a_configuration():
    from floe_catalog_polaris import PolarisConfig

    plugins = yaml.safe_load(block("yaml"))["environments"]["staging"]["plugins"]
    config = PolarisConfig.model_validate(plugins["catalog"]["config"])
    assert config.management == "https://polaris.example.com/api/management/v1"


def test_its_server_starts(capsys):
    exec(compile(block("python"), str(PAGE), "exec"), {})
    assert "/api/catalog root:" in capsys.readouterr().out


def test_every_key_that_it_names_is_one():
    from floe_catalog_polaris import OAuth2Config, PolarisConfig

    known = {*PolarisConfig.model_fields, *(f"oauth2.{name}" for name in OAuth2Config.model_fields)}
    table = [line.split("|")[1] for line in PAGE.read_text().split("| key |")[1].splitlines() if line.startswith("| `")]
    named = {key.strip(" `") for cell in table[:7] for key in cell.split(",")}
    assert named <= known
