import pytest

from floe_sdk.testing import SecretsContract

VALUE = "planted-ünïcode 'quoted' value "


class TestEnvSecrets(SecretsContract):
    plugin = "env"
    not_supported = {
        "health": "the environment is the process's own: there is nothing to ask",
        "unreachable": "the environment is the process's own: it is always there",
    }

    @pytest.fixture
    def stored(self, monkeypatch):
        monkeypatch.setenv("STORED_HERE", VALUE)
        return "STORED_HERE", VALUE


class TestFileSecrets(SecretsContract):
    plugin = "file"
    not_supported = {
        "health": "which files are meant is in the references alone",
        "unreachable": "a file that is not there is a missing key",
    }

    @pytest.fixture
    def stored(self, context):
        (context.platform_root / "token").write_text(f"{VALUE}\n", encoding="utf-8")
        return "token", VALUE


class TestManifestSecrets(SecretsContract):
    plugin = "manifest"
    not_supported = {
        "health": "it is for trying things out; which places are meant is in the references alone",
        "unreachable": "the manifest is there, or nothing was selected",
    }

    @pytest.fixture
    def stored(self, context):
        (context.platform_root / "manifest.yaml").write_text(f'plugins: {{storage: {{key: "{VALUE}"}}}}', "utf-8")
        return "/plugins/storage/key", VALUE
