import pytest

from floe_sdk.testing import SecretsContract

VALUE = "planted-ünïcode 'quoted' value "


class TestEnvSecrets(SecretsContract):
    plugin = "env"

    @pytest.fixture
    def stored(self, monkeypatch):
        monkeypatch.setenv("STORED_HERE", VALUE)
        return "STORED_HERE", VALUE


class TestFileSecrets(SecretsContract):
    plugin = "file"

    @pytest.fixture
    def stored(self, context):
        (context.platform_root / "token").write_text(f"{VALUE}\n", encoding="utf-8")
        return "token", VALUE


class TestManifestSecrets(SecretsContract):
    plugin = "manifest"

    @pytest.fixture
    def stored(self, context):
        (context.platform_root / "manifest.yaml").write_text(f'plugins: {{storage: {{key: "{VALUE}"}}}}', "utf-8")
        return "/plugins/storage/key", VALUE
