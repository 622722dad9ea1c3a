"""The plugin `catalog/polaris` as the host makes it, for a server of the test's own or one whose address is given."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from floe_catalog_polaris import PolarisCatalogPlugin, PolarisConfig
from floe_sdk import PluginContext, StorageAccess, redactor


@dataclass
class Target:
    """A Polaris, or what speaks as one: where it is, who may ask it, and where its catalog keeps tables."""

    uri: str
    credential: str
    warehouse: str
    root: str
    realm: str | None = None
    management_uri: str | None = None
    file_io: dict[str, str] = field(default_factory=dict)
    endpoint_internal: str | None = None

    @property
    def storage(self):
        root = self.root.rstrip("/") + "/"
        return StorageAccess(root=root, file_io=self.file_io, endpoint_internal=self.endpoint_internal)

    def config(self, **changes):
        """The configuration as YAML has it; a key that is None is left out."""
        client, _, _ = self.credential.partition(":")
        oauth2 = {"client_id": client, "client_secret": {"env": "SECRET"}}
        known = {"uri": self.uri, "warehouse": self.warehouse, "oauth2": oauth2, "realm": self.realm}
        known |= {"management_uri": self.management_uri, "connect_timeout_seconds": 2, "read_timeout_seconds": 20}
        return {key: value for key, value in {**known, **changes}.items() if value is not None}

    @property
    def secret(self):
        return self.credential.partition(":")[2]


def target_of(server, root="file:///warehouse", **more):
    """A `PolarisServer` as a target."""
    return Target(server.catalog_uri, server.credential, "lake", root, **more)


def plugin(target, folder=Path("/nowhere"), *, slug="shop", **changes):
    """The plugin, configured for `target` but for `changes`."""

    def reveal(reference):
        value = {"SECRET": target.secret}.get(reference.key) or os.environ[reference.key]
        redactor.add(value)
        return value

    config = PolarisConfig.model_validate(target.config(**changes), context={"secrets": reveal})
    return PolarisCatalogPlugin(config, PluginContext("dev", "lake", "Shop", slug, folder, folder, folder, folder))


@contextmanager
def connected(target, **changes):
    """A connected catalog."""
    made = plugin(target, **changes)
    try:
        yield made.catalog_connect(target.storage)
    finally:
        made.plugin_close()
