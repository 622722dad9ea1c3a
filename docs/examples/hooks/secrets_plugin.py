"""Secrets from a vault, which here is a mapping."""

from floe_sdk import SECRET_NOT_FOUND, FloeError, PluginConfig, Secret, StorageAccess, hookimpl, redactor
from floe_sdk.testing import loaded

VAULT = {"lake/key": "a-very-secret-key"}


class Vault:
    """The scheme is the plugin's name: `{vault: lake/key}`."""

    @hookimpl
    def secrets_resolve(self, key: str) -> str:
        if key not in VAULT:
            raise FloeError(SECRET_NOT_FOUND, f"the vault has no {key!r}", fix="look it up with `vault list`")
        return VAULT[key]


class LakeConfig(PluginConfig):
    """Somebody who needs a secret."""

    key: Secret


class Lake:
    """Keeps a reference, and never the value."""

    def __init__(self, config: LakeConfig) -> None:
        self.key = config.key

    @hookimpl
    def storage_access(self) -> StorageAccess:
        return StorageAccess(root="s3://lake/", file_io={"s3.secret-access-key": self.key})


# secrets_resolve
with loaded(secrets=Vault, storage=(Lake, {"key": {"vault": "lake/key"}})) as platform:
    secret = platform.storage.storage_access().file_io["s3.secret-access-key"]
    print(secret)
    # => Secret(vault:lake/key)
    print(len(secret.reveal()))
    # => 17
    print(redactor.redact("no access with a-very-secret-key"))
    # => no access with ***
