"""References become values at run time only, past the redactor."""

import pytest

from floe_sdk import FloeError, PluginConfig, Secret, redactor

from .conftest import select

VAULT = """
    from floe_sdk import PluginConfig, Secret, hookimpl
    class Config(PluginConfig):
        token: Secret
    class Plugin:
        def __init__(self, config: Config): self.config = config
        @hookimpl
        def secrets_resolve(self, key):
            if key == "boom": raise RuntimeError("PLANTED-in-the-exception")
            if key == "number": return 5
            return f"{key} by {self.config.token.reveal()}"
"""
USER = """
    from floe_sdk import PluginConfig, Secret, StorageAccess, hookimpl
    class Config(PluginConfig):
        password: Secret
        spare: Secret = Secret("env", "X_DEFAULT")
    class Plugin:
        def __init__(self, config: Config): Plugin.last = config
        @hookimpl
        def storage_access(self): return StorageAccess(root="mem://x/")
"""


@pytest.fixture
def revealed(site, load):
    """The value that a plugin gets for a reference."""
    site.install("x-user", USER)

    def reveal(reference, *more, field="password", **options):
        config = {"password": reference}
        platform = load(select("storage/x-user", config, **options.pop("selection", {})), *more, **options)
        from x_user import Plugin

        return getattr(Plugin.last, field).reveal(), platform

    return reveal


def test_the_environment_is_asked_at_run_time_and_the_redactor_knows(revealed, monkeypatch):
    monkeypatch.setenv("X_PASSWORD", "planted-env-value")
    value, platform = revealed({"env": "X_PASSWORD"})
    assert value == "planted-env-value"
    assert redactor.redact("say planted-env-value") == "say ***"
    assert [one.record.identity for one in platform.records] == ["secrets/env", "storage/x-user"]
    assert "planted" not in repr(platform.records)


def test_a_default_that_is_a_secret_is_bound_too(revealed, monkeypatch):
    monkeypatch.setenv("X_DEFAULT", "planted-default")
    assert revealed({"env": "X"}, field="spare")[0] == "planted-default"


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_unset_is_named_at_run_time_only(revealed, monkeypatch, value):
    monkeypatch.delenv("X_PASSWORD", raising=False)
    if value is not None:
        monkeypatch.setenv("X_PASSWORD", value)
    with pytest.raises(FloeError, match="the environment variable X_PASSWORD is") as caught:
        revealed({"env": "X_PASSWORD"})
    assert (caught.value.code.id, caught.value.exit_code) == ("FLOE-S002", 2)


@pytest.mark.parametrize(("text", "value"), [("v1\n", "v1"), ("v1\r\n", "v1"), ("v1\n\n", "v1\n"), (" v1 ", " v1 ")])
def test_a_file_is_relative_to_the_manifest_and_loses_one_newline(revealed, context, text, value):
    (context.platform_root / "secret.txt").write_text(text, newline="")
    assert revealed({"file": "secret.txt"})[0] == value


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfePLANTED"])
def test_a_file_that_gives_no_secret_is_named(revealed, context, content):
    if content is not None:
        (context.platform_root / "secret.txt").write_bytes(content)
    with pytest.raises(FloeError, match=r"secret\.txt") as caught:
        revealed({"file": "secret.txt"})
    assert caught.value.exit_code == 2
    assert "PLANTED" not in str(caught.value)


def test_a_scheme_that_nobody_installed_says_what_to_install(revealed):
    with pytest.raises(FloeError, match="no installed package provides secrets/vault") as caught:
        revealed({"vault": "k"})
    assert "pip install floe-secrets-vault" in caught.value.fix


def test_a_scheme_of_a_selected_plugin_whose_own_secret_is_a_reference(revealed, site, monkeypatch):
    monkeypatch.setenv("X_TOKEN", "planted-token")
    site.install("x-vault", VAULT, plugins={"secrets/vault": "Plugin"})
    value, platform = revealed({"vault": "k"}, select("secrets/vault", {"token": {"env": "X_TOKEN"}}))
    assert value == "k by planted-token"
    assert [one.record.identity for one in platform.records] == ["secrets/env", "secrets/vault", "storage/x-user"]


def test_a_scheme_of_an_installed_plugin_is_selected_by_its_use_and_must_be_approved(revealed, site):
    site.install("x-vault", VAULT, plugins={"secrets/vault": "Plugin"})
    with pytest.raises(FloeError, match="secrets/vault: token: required key is missing"):
        revealed({"vault": "k"})
    with pytest.raises(FloeError, match="secrets/vault of x-vault is not in approved_plugins"):
        revealed({"vault": "k"}, approved=["storage/*"])


@pytest.mark.parametrize(("key", "reason"), [("boom", "raised RuntimeError"), ("number", "gave a int instead of text")])
def test_a_secrets_plugin_that_fails_shows_nothing_of_what_it_says(revealed, site, key, reason):
    site.install("x-vault", VAULT, plugins={"secrets/vault": "Plugin"})
    with pytest.raises(FloeError, match=reason) as caught:
        revealed({"vault": key}, select("secrets/vault", {"token": {"env": "X_TOKEN"}}))
    assert (caught.value.code.id, caught.value.exit_code) == ("FLOE-S003", 4)
    assert "PLANTED" not in str(caught.value)


MANIFEST = """
plugins:
  storage: {type: x-user, config: {password: planted-literal, spare: yes}}
"""


def test_a_tolerated_literal_is_a_pointer_into_the_manifest_with_a_warning(revealed, context):
    (context.platform_root / "manifest.yaml").write_text(MANIFEST)
    value, platform = revealed("planted-literal", literal_secrets=True)
    assert value == "planted-literal"
    assert platform.records[-1].config["password"] == {"manifest": "/plugins/storage/config/password"}
    assert [warning.code.id for warning in platform.warnings] == ["FLOE-S001"]
    assert "planted-literal" not in repr((platform.records, platform.warnings))


def test_a_pointer_may_lead_into_another_file_and_through_a_list(revealed, context):
    (context.platform_root / "parent.yaml").write_text("plugins: {telemetry: [{}, {a/b: 'planted-parent'}]}")
    pointer = {"pointer": lambda path: "parent.yaml#/plugins/telemetry/1/a~1b"}
    assert revealed("literal", literal_secrets=True, selection=pointer)[0] == "planted-parent"


@pytest.mark.parametrize("text", [None, "plugins: {}", "plugins: [", "plugins: {storage: {config: {password: [x]}}}"])
def test_a_manifest_that_no_longer_holds_the_literal_is_an_error(revealed, context, text):
    if text is not None:
        (context.platform_root / "manifest.yaml").write_text(text)
    with pytest.raises(FloeError, match="no text at /plugins/storage/config/password"):
        revealed("literal", literal_secrets=True)


def test_without_a_platform_a_secret_has_no_value():
    class Config(PluginConfig):
        key: Secret

    with pytest.raises(RuntimeError, match="not bound"):
        Config(key={"env": "X"}).key.reveal()
