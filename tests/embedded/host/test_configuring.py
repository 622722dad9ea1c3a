import json

import pytest

from floe_sdk import FloeError, Location

from .conftest import select

AZURE = """
    from __future__ import annotations
    from pathlib import Path
    from typing import TYPE_CHECKING
    from pydantic import Field, field_validator
    from floe_sdk import PluginConfig, PluginContext, Secret, StorageAccess, hookimpl

    if TYPE_CHECKING:
        from nowhere import Nothing

    class Retry(PluginConfig):
        attempts: int = 3

    class Config(PluginConfig):
        account: str
        container: str = "lake"
        key: Secret
        spare: Secret | None = None
        default: Secret = Secret("env", "AZURE_DEFAULT")
        region: str = Field(default="eu", alias="location")
        retry: Retry = Retry()

        @field_validator("account")
        @classmethod
        def lower(cls, value: str) -> str:
            if value.lower() != value:
                raise ValueError("must be in lower case")
            return value

    class Plugin:
        def __init__(self, config: Config, context: PluginContext, other: Nothing = None) -> None:
            self.config, self.context = config, context

        @hookimpl
        def storage_access(self) -> StorageAccess:
            return StorageAccess(root=f"abfss://{self.config.account}/{self.context.product_slug}/")
"""
GOOD = {"account": "acme", "key": {"env": "AZURE_KEY"}}


@pytest.fixture
def azure(site):
    site.install("azure", AZURE)


def locate(path):
    lines = {(): 10, ("config", "key"): 14, ("config", "acount"): 12, ("config", "retry"): 16}
    return Location("manifest.yaml", lines[path], 5) if path in lines else None


def problems(load, config, name="storage/azure", **options):
    with pytest.raises(FloeError) as caught:
        load(select(name, config, locate=locate), **options)
    return caught.value.errors


def test_string_annotations_are_understood_and_the_context_is_given(azure, load):
    platform = load(select("storage/azure", GOOD))
    assert platform.storage.storage_access().root == "abfss://acme/customer_360/"


def test_the_record_is_plain_data_with_references_that_loads_again(azure, load):
    config = load(select("storage/azure", {**GOOD, "location": "us"})).records[-1].config
    assert json.loads(json.dumps(config)) == config
    assert config["key"] == {"env": "AZURE_KEY"}
    assert config["location"] == "us"
    assert load(select("storage/azure", config)).records[-1].config == config


def test_all_errors_at_once_each_at_its_place_with_the_nearest_key(azure, load):
    found = problems(load, {"acount": "x", "key": {"env": "K"}, "retry": {"atempts": 1}})
    text = "\n".join(map(str, found))
    assert [error.code.id for error in found] == ["FLOE-P007"] * 3
    assert "manifest.yaml:12:5: error[FLOE-P007]: storage/azure: acount: unknown key; did you mean 'account'?" in text
    assert (
        "manifest.yaml:16:5: error[FLOE-P007]: storage/azure: retry.atempts: unknown key; did you mean 'attempts'"
        in text
    )
    assert "account: required key is missing" in text
    assert "manifest.yaml:10:5" in text  # of the missing key: the plugin's own place


def test_errors_of_several_plugins_come_together(azure, site, load):
    site.install("other", AZURE, plugins={"compute/other": "Plugin"})
    with pytest.raises(FloeError) as caught:
        load("storage/azure", "compute/other")
    assert {error.problem.partition(":")[0] for error in caught.value.errors} == {"storage/azure", "compute/other"}


def test_a_validators_message_is_shown_and_the_value_is_not(azure, load):
    (found,) = problems(load, {**GOOD, "account": "PLANTED-Value"})
    assert "must be in lower case" in str(found)
    assert "PLANTED" not in str(found)


ONE_OF_TWO = """
    from pydantic import model_validator
    from floe_sdk import PluginConfig

    class Config(PluginConfig):
        password: str = ""
        key: str = ""

        @model_validator(mode="after")
        def one_of_two(self):
            CHECK
            return self

    class Plugin:
        def __init__(self, config: Config):
            self.config = config
"""


@pytest.mark.parametrize("check", ["raise ValueError('give one of the two')", "assert self.key, 'give one of the two'"])
def test_what_a_validator_of_the_whole_says_has_no_place_and_no_prefix(site, load, check):
    site.install("floe-two", ONE_OF_TWO.replace("CHECK", check), plugins={"storage/two": "Plugin"})
    (found,) = problems(load, {}, name="storage/two")
    assert found.problem == "storage/two: give one of the two"


@pytest.mark.parametrize("literal", ["PLANTED-Value", 12345678])
def test_a_literal_secret_is_refused_at_its_line_with_the_fix_and_never_shown(azure, load, literal):
    (found,) = problems(load, {**GOOD, "key": literal})
    assert (found.code.id, found.exit_code) == ("FLOE-S001", 2)
    assert str(found.where) == "manifest.yaml:14:5"
    assert "key: {env: NAME}" in found.fix
    assert str(literal) not in str(found)


def test_what_is_no_reference_is_an_error_that_shows_the_form(azure, load):
    (found,) = problems(load, {**GOOD, "key": ["PLANTED"]})
    assert "{env: NAME}" in str(found)
    assert "PLANTED" not in str(found)


def test_a_plugin_without_configuration_refuses_keys(load):
    with pytest.raises(FloeError, match="telemetry/console: colour: unknown key"):
        load(select("telemetry/console", {"colour": "red"}))


BAD = {
    "no class": ("Plugin = 5", "is no class"),
    "unknown parameter": ("class Plugin:\n    def __init__(self, session): ...", "asks for 'session'"),
    "no model": ("class Plugin:\n    def __init__(self, config: dict): ...", "subclass of PluginConfig"),
    "no annotation": ("class Plugin:\n    def __init__(self, config): ...", "subclass of PluginConfig"),
    "unknown name": (
        "from __future__ import annotations\nclass Plugin:\n    def __init__(self, config: Nope): ...",
        "subclass of PluginConfig",
    ),
    "raises": ("class Plugin:\n    def __init__(self): 1 / 0", "raised ZeroDivisionError"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_plugin_that_is_built_wrongly_is_one_clear_error(site, load, case):
    code, reason = BAD[case]
    site.install("bad-plugin", code)
    with pytest.raises(FloeError) as caught:
        load("storage/bad-plugin")
    assert (caught.value.code.id, caught.value.exit_code) == ("FLOE-P005", 4)
    assert reason in caught.value.problem
    assert "bad-plugin 1.0" in caught.value.problem


def test_a_tolerated_literal_does_not_hide_other_problems(azure, load):
    (found,) = problems(load, {"acount": "x", "account": "y", "key": "PLANTED"}, literal_secrets=True)
    assert "acount: unknown key" in str(found)


def test_what_a_short_form_offers_goes_to_the_model_that_declares_it_and_config_wins(azure, load):
    offered = {"container": "offered", "region": "by name", "endpoint": "http://h", "account": "offered"}
    config = load(select("storage/azure", GOOD, offered=offered)).records[-1].config
    assert (config["container"], config["account"]) == ("offered", "acme")
    assert "endpoint" not in config
