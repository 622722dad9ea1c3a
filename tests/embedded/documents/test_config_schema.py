"""What an editor completes below `plugins.<type>.config`, by the schema that `floe schema manifest` prints."""

from __future__ import annotations

import json

import pytest
import yaml
from jsonschema import Draft202012Validator
from support.packages import Site

AZURE = """
    from pathlib import Path
    from pydantic import Field
    from floe_sdk import PluginConfig, Secret, StorageAccess, hookimpl

    (Path(__file__).parent / "imported-MODULE").touch()

    class Retries(PluginConfig):
        attempts: int = Field(default=3, ge=1, description="How often it is tried.")

    class Config(PluginConfig):
        account: str = Field(description="The account's name.")
        key: Secret = Field(description="The key to it.")
        tier: str = Field(default="hot", alias="accessTier", description="Hot or cool.")
        retries: Retries = Field(default=Retries(), description="What is tried again.")

    class Plugin:
        def __init__(self, config: Config) -> None:
            self.config = config

        @hookimpl
        def storage_access(self) -> StorageAccess:
            return StorageAccess(root="abfss://lake/")
"""
KEYS = {
    "account": "The account's name.",
    "key": "The key to it.",
    "tier": "Hot or cool.",
    "accessTier": "Hot or cool.",
    "retries": "What is tried again.",
}


class Editor:
    """A folder with a manifest, and the schema for it."""

    def __init__(self, folder):
        self.site = Site(folder)
        for name in ("azure", "other"):
            self.site.install(name, AZURE.replace("MODULE", name))
        self.schema = self.err = None

    def write(self, **manifest):
        (self.site.folder / "manifest.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False))

    def open(self, *arguments, code=0, **environment):
        done = self.site.floe("schema", "manifest", *arguments, **environment)
        assert done.returncode == code, done.stderr
        self.err = done.stderr
        self.schema = json.loads(done.stdout) if code == 0 else None
        if self.schema:
            Draft202012Validator.check_schema(self.schema)
        return self

    @property
    def imported(self):
        return sorted(path.name.removeprefix("imported-") for path in self.site.folder.glob("imported-*"))

    def errors(self, document):
        head = {"apiVersion": "floe.dev/v1", "kind": "Manifest", "metadata": {"name": "lake", "version": "1.0.0"}}
        return [error.message for error in Draft202012Validator(self.schema).iter_errors({**head, **document})]

    def completes(self, document, *path):
        """The keys that a schema offers at a place of a document, with their descriptions."""
        parts, value = [self.schema], document
        for step in path:
            parts = [inner for part in parts for one in self._expand(part, value) for inner in _below(one, step)]
            value = value[step]
        offered = [one.get("properties", {}) for part in parts for one in self._expand(part, value)]
        return {name: inner.get("description", "") for each in offered for name, inner in each.items()}

    def _expand(self, part, value):
        if "$ref" in part:
            yield from self._expand(self.schema["$defs"][part["$ref"].rpartition("/")[2]], value)
        yield part
        for one in (*part.get("allOf", ()), *part.get("anyOf", ())):
            yield from self._expand(one, value)
        if "if" in part and Draft202012Validator(part["if"]).is_valid(value):
            yield from self._expand(part["then"], value)


def _below(part, step):
    if isinstance(step, int):
        return [part["items"]] if "items" in part else []
    if step in part.get("properties", {}):
        return [part["properties"][step]]
    other = part.get("additionalProperties")
    return [other] if isinstance(other, dict) else []


@pytest.fixture
def editor(tmp_path):
    return Editor(tmp_path)


def storage(config=None, name="azure"):
    return {"plugins": {"storage": {"type": name, "config": config or {}}}}


def test_the_keys_of_the_named_plugin_are_completed_with_what_they_mean(editor):
    editor.write(**storage())
    editor.open()
    document = storage()
    assert editor.completes(document, "plugins", "storage", "config") == KEYS
    document["plugins"]["storage"] = [document["plugins"]["storage"]]
    assert editor.completes(document, "plugins", "storage", 0, "config") == KEYS
    nested = storage({"retries": {}})
    assert editor.completes(nested, "plugins", "storage", "config", "retries") == {"attempts": "How often it is tried."}
    assert editor.completes(storage(name="other"), "plugins", "storage", "config") == {}
    assert editor.imported == ["azure"]
    assert editor.err == ""


def test_an_environment_completes_too_also_where_its_entry_leaves_out_the_name(editor):
    editor.write(environments={"prod": storage()})
    editor.open()
    for entry in ({"type": "azure", "config": {}}, {"config": {}}):
        document = {"environments": {"prod": {"plugins": {"storage": entry}}}}
        assert editor.completes(document, "environments", "prod", "plugins", "storage", "config") == KEYS


def test_a_wrong_key_is_marked_and_a_right_one_is_not(editor):
    editor.write(**storage())
    editor.open()
    assert editor.errors(storage({"account": "lake", "key": {"env": "KEY"}, "accessTier": "cool"})) == []
    assert editor.errors(storage({"accessTier": "cool"})) == []  # a layer; the others are in those below
    assert editor.errors(storage({"acount": "lake"})) != []
    assert editor.errors(storage({"retries": {"attempts": 0}})) != []
    assert editor.errors({"plugins": {"storage": {"type": "azure", "config": None}}}) == []
    assert editor.errors(storage({"anything": 1}, name="somebody-elses")) == []


def test_the_names_of_what_is_installed_are_completed_without_an_import(editor):
    editor.write(plugins={})
    editor.open()
    (names, *_) = editor.schema["$defs"]["PluginEntry.storage"]["properties"]["type"]["anyOf"]
    assert {"azure", "other", "local"} <= set(names["enum"])
    assert editor.imported == []


def test_all_imports_every_installed_plugin_and_says_so(editor):
    editor.open("--all")
    assert editor.imported == ["azure", "other"]
    assert editor.err.startswith("imports every installed plugin: ")
    assert "storage/azure" in editor.err
    assert editor.completes(storage(name="other"), "plugins", "storage", "config") == KEYS


def test_a_manifest_that_is_being_written_is_enough(editor):
    editor.write(apiVersion="floe.dev/v1", plugins={"storage": {"type": "azure"}, "nonsense": 1}, defaults=3)
    editor.open()
    assert editor.imported == ["azure"]


@pytest.mark.parametrize(
    ("manifest", "environment", "said"),
    [
        ({**storage(), "approved_plugins": ["storage/other"]}, {}, "approved_plugins"),
        ({**storage(), "approved_plugins": {"storage": ["other"]}}, {}, "approved_plugins"),
        (storage(), {"FLOE_PLUGINS_ALLOW": "storage/other"}, "FLOE_PLUGINS_ALLOW"),
        (storage(name="azur"), {}, "storage/azur"),
    ],
    ids=["approved", "approved by type", "variable", "not installed"],
)
def test_what_may_not_be_imported_stays_open_and_is_said(editor, manifest, environment, said):
    editor.write(**manifest)
    editor.open(**environment)
    assert editor.imported == []
    assert "is left open" in editor.err
    assert said in editor.err


def test_a_plugin_that_does_not_load_leaves_its_configuration_open(editor):
    editor.site.install("broken", "raise SystemExit(3)")
    editor.write(**storage(name="broken"))
    editor.open()
    assert "the configuration of storage/broken is left open" in editor.err
    assert editor.errors(storage({"x": 1}, name="broken")) == []


def test_a_parent_manifest_names_plugins_too(editor):
    editor.write(**storage())
    (editor.site.folder / "manifest.yaml").rename(editor.site.folder / "parent.yaml")
    editor.write(extends="parent.yaml")
    editor.open()
    assert editor.completes(storage(), "plugins", "storage", "config") == KEYS


def test_only_a_manifest_names_plugins(editor):
    editor.write(**storage())
    done = editor.site.floe("schema", "spec", "manifest.yaml")
    assert (done.returncode, "belong to the schema of a manifest" in done.stderr) == (2, True)
