"""A storage that nobody of floe, DuckDB or PyIceberg has heard of: one plugin, and every command works on it."""

from __future__ import annotations

import json
import sys

import pytest
from support.packages import Site
from support.products import manifest_text

VAULT = """
    from typing import Any
    from floe_sdk import FileSystemIO, PluginConfig, PluginContext, Secret, StorageAccess, hookimpl

    class VaultIO(FileSystemIO):
        schemes = ("vault",)

        def filesystem(self, netloc: str) -> Any:
            import fsspec
            from fsspec.implementations.dirfs import DirFileSystem

            if self.properties["vault.key"] != "a-very-secret-key":
                raise PermissionError(13, "the vault wants another key")
            return DirFileSystem(self.properties["vault.folder"], fsspec.filesystem("file", auto_mkdir=True))

    class Config(PluginConfig):
        key: Secret

    class Plugin:
        def __init__(self, config: Config, context: PluginContext) -> None:
            self.config, self.folder = config, context.platform_root / "behind-the-vault"

        @hookimpl
        def storage_access(self) -> StorageAccess:
            properties = {
                "py-io-impl": "floe_storage_vault.VaultIO",
                "vault.folder": str(self.folder),
                "vault.key": self.config.key,
            }
            return StorageAccess(root="vault://ROOT/lake/", file_io=properties)
"""
INCREMENTAL = """
{{ config(materialized='incremental', unique_key='id') }}
select * from {{ ref('orders') }} {% if is_incremental() %} where id > 1 {% endif %}
"""


@pytest.fixture(params=["", "office"], ids=["a path", "a host and a path"])
def vaulted(product, tmp_path, monkeypatch, request):
    site = Site(tmp_path / "site")
    site.install("floe-storage-vault", VAULT.replace("ROOT", request.param), plugins={"storage/vault": "Plugin"})
    monkeypatch.delitem(sys.modules, "floe_storage_vault", raising=False)  # the other one's
    monkeypatch.syspath_prepend(str(site.folder))
    monkeypatch.setenv("VAULT_KEY", "a-very-secret-key")
    storage = "{type: vault, config: {key: {env: VAULT_KEY}}}"
    text = manifest_text().replace("storage: {type: local}", f"storage: {storage}")
    (product.platform / "manifest.yaml").write_text(text)
    (product.root / "models" / "again.sql").write_text(INCREMENTAL)
    product.folder = product.platform / "behind-the-vault" / request.param / "lake"
    return product


def test_every_command_works_on_it(vaulted):
    assert vaulted.run() == 0, vaulted.out + vaulted.err
    files = {path.suffix for path in vaulted.folder.rglob("*") if path.is_file()}
    assert files >= {".parquet", ".avro", ".json"}
    assert not (vaulted.platform / ".floe" / "dev" / "warehouse").exists()
    assert vaulted.run() == 0, vaulted.out + vaulted.err  # incremental, over what is there
    assert vaulted.floe("tables", vaulted.root) == 0
    assert "totals" in vaulted.out
    assert vaulted.floe("query", "select count(*) as n from again", "--spec", vaulted.root, "--format", "json") == 0
    assert json.loads(vaulted.out) == [{"n": 3}]
    assert vaulted.floe("plan", vaulted.root) == 0, vaulted.err
    assert vaulted.floe("catalog", "maintain", vaulted.root, "--apply", "--older-than", "0") == 0, vaulted.err
    assert vaulted.floe("tables", vaulted.root, "--history", "again") == 0, vaulted.err


def test_a_wrong_key_is_told_and_never_shown(vaulted, monkeypatch):
    monkeypatch.setenv("VAULT_KEY", "a-wrong-secret-key")
    assert vaulted.run() == 1
    assert "the vault wants another key" in vaulted.out + vaulted.err
    assert "a-wrong-secret-key" not in vaulted.out + vaulted.err
