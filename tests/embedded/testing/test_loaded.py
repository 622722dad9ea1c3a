"""`floe_sdk.testing.loaded`: plugins that nobody has installed, as the host sees them."""

import sys

import pytest

from floe_sdk import FloeError, PluginConfig, PluginContext, StorageAccess, hookimpl
from floe_sdk.plugins.discovery import discover
from floe_sdk.testing import loaded


class Config(PluginConfig):
    bucket: str


class BucketStore:
    def __init__(self, config: Config, context: PluginContext) -> None:
        self.config, self.context = config, context

    @hookimpl
    def storage_access(self):
        return StorageAccess(root=f"mem://{self.config.bucket}/{self.context.environment}/")


class Misspelt:
    @hookimpl
    def storage_acess(self):
        return None


def test_a_class_is_a_plugin_for_as_long_as_the_block_lasts(tmp_path):
    path = list(sys.path)
    with loaded(tmp_path, storage=(BucketStore, {"bucket": "lake"})) as platform:
        assert platform.storage.storage_access().root == "mem://lake/dev/"
        assert [each.record.identity for each in platform.records] == ["storage/bucket-store"]
        assert platform.context.platform_root == tmp_path
    assert sys.path == path
    assert [each for each in discover().records if each.distribution == "floe-loaded"] == []


@pytest.mark.parametrize(
    ("plugin", "said"),
    [((BucketStore, {"bukket": "lake"}), "bucket"), (Misspelt, "did you mean 'storage_access'?")],
)
def test_what_the_host_refuses_it_refuses_here(plugin, said):
    path = list(sys.path)
    with pytest.raises(FloeError, match=said.replace("?", r"\?")), loaded(storage=plugin):
        pass
    assert sys.path == path
